import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { NodeConfig, NodeMessage, NodeRed, NodeRedNode } from "./node-red.ts";
import { DRAIN_EVENT, registerTesaStream } from "./tesa-stream.ts";

const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

/** As much of Node-RED as the node sees. */
class FakeNodeRed extends EventEmitter implements NodeRedNode {
  readonly id = "node-1";
  readonly sent: (readonly (NodeMessage | readonly NodeMessage[] | null)[])[] = [];
  readonly statuses: unknown[] = [];
  readonly errors: string[] = [];
  readonly events = new EventEmitter();
  credentials: Record<string, string> = {};
  send(outputs: readonly (NodeMessage | readonly NodeMessage[] | null)[]): void {
    this.sent.push(outputs);
  }
  status(status: unknown): void {
    this.statuses.push(status);
  }
  warn(): void {}
  error(text: string): void {
    this.errors.push(text);
  }

  deploy(config: Partial<NodeConfig>): void {
    let create: ((this: NodeRedNode, config: NodeConfig) => void) | undefined;
    const RED: NodeRed = {
      nodes: {
        createNode: () => {},
        registerType: (type, constructs) => {
          expect(type).toBe("tesa-stream");
          create = constructs;
        },
      },
      events: this.events,
      settings: { userDir: import.meta.dirname },
      _: (key) => key,
    };
    registerTesaStream(RED);
    create?.call(this, { id: this.id, ...config });
  }

  get states(): unknown[] {
    return this.sent.map(([, state]) => (state as NodeMessage).payload);
  }
}

beforeEach(() => {
  for (const name of ["MQTT_API_TOKEN", "MQTT_BROKER_URL", "TESA_LOG"]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test("nothing happens before all nodes of the flow are there", async () => {
  const node = new FakeNodeRed();
  node.deploy({ broker: "nowhere" });
  await new Promise((resolve) => setImmediate(resolve));
  expect(node.sent).toEqual([]);
});

test("everything that is wrong with the fields is told at once, by their names in the editor", async () => {
  const node = new FakeNodeRed();
  node.credentials = { token: FAKE };
  node.deploy({ broker: "nowhere", log: "file:x", filter: "a/#/b" });
  node.events.emit("flows:started");
  await vi.waitFor(() => expect(node.errors).toHaveLength(1));
  for (const label of ["Broker", "Log", "Topic"]) expect(node.errors[0]).toContain(label);
  expect(node.states).toEqual([{ type: "closed", exitCode: 78, code: "config", message: node.errors[0] }]);
  expect(node.statuses).toEqual([{ fill: "red", shape: "ring", text: "config" }]);
  expect(JSON.stringify([node.sent, node.errors])).not.toContain(FAKE);
});

test("a node that is removed while it connects ends", async () => {
  const node = new FakeNodeRed();
  node.credentials = { token: FAKE };
  // Port 9 is where nobody listens.
  node.deploy({ broker: "wss://127.0.0.1:9/mqtt" });
  node.events.emit("flows:started");
  await vi.waitFor(() => expect(node.states).toContainEqual({ type: "connecting" }));
  await new Promise<void>((done) => node.emit("close", true, done));
  expect(node.states.at(-1)).toEqual({ type: "closed", exitCode: 0 });
  expect(node.events.listenerCount(DRAIN_EVENT) + node.events.listenerCount("flows:started")).toBe(0);
});
