import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { DeviceReport } from "./device-link.ts";
import type { PublisherCommand, PublisherEvent, PublisherSettings } from "./protocol.ts";

export type { DeviceReport, PublishingDevice } from "./device-link.ts";
export type { PublisherSettings } from "./protocol.ts";

/** What was published, as the broker has acknowledged it to the devices. */
export interface PublisherReport {
  readonly devices: readonly DeviceReport[];
  /** For how long was published. */
  readonly elapsedMs: number;
}

const PROGRAM = fileURLToPath(new URL("./publisher-process.ts", import.meta.url));

/** Devices that publish numbered messages, in a process of their own: beside a broker they would slow each other down. */
export class Publisher implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #events: PublisherEvent[] = [];
  #wake: () => void = () => {};
  #hasExited = false;

  /** Starts it and connects every device. @throws Error if one cannot connect */
  static async open(settings: PublisherSettings): Promise<Publisher> {
    const publisher = new Publisher();
    try {
      publisher.#tell({ type: "open", settings });
      await publisher.#next("opened");
      return publisher;
    } catch (error) {
      await publisher[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor() {
    this.#child = fork(PROGRAM, { execArgv: ["--conditions=tesa-source"], stdio: ["ignore", 2, 2, "ipc"] });
    this.#child.on("message", (event: PublisherEvent) => {
      this.#events.push(event);
      this.#wake();
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", () => {
        this.#hasExited = true;
        this.#wake();
        resolve();
      });
    });
  }

  start(): void {
    this.#tell({ type: "start" });
  }

  /** Stops, waits for the last acknowledgements, and tells. @throws Error if a device lost its connection meanwhile */
  async stop(): Promise<PublisherReport> {
    this.#tell({ type: "stop" });
    return await this.#next("done");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  #tell(command: PublisherCommand): void {
    if (this.#child.connected) this.#child.send(command);
  }

  async #next<T extends PublisherEvent["type"]>(type: T): Promise<Extract<PublisherEvent, { type: T }>> {
    for (;;) {
      for (const event of this.#events) {
        if (event.type === "failed") throw new Error(event.reason);
        if (event.type === type) return event as Extract<PublisherEvent, { type: T }>;
      }
      if (this.#hasExited) throw new Error("The publisher's process has ended by itself.");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
