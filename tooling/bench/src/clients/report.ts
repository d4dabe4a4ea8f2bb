import type { Machine } from "../machine.ts";
import { textTable } from "../text-table.ts";
import type { Measurement } from "./measure.ts";

/** One line of the result. */
export type ClientSample =
  | ({ readonly client: string; readonly does: string } & Measurement)
  | { readonly client: string; readonly does: string; readonly skipped: string };

export interface ClientsReport {
  readonly messages: number;
  readonly machine: Machine;
  readonly clients: readonly ClientSample[];
}

export function formatReport({ messages, machine, clients }: ClientsReport): string {
  const rows = clients.map((sample) =>
    "skipped" in sample
      ? [sample.client, "", "", "", "", `skipped: ${sample.skipped}`]
      : [
          sample.client,
          sample.cpuUs.toFixed(1),
          (sample.peakBytes / 1e6).toFixed(0),
          Math.round(sample.messagesPerSecond).toString(),
          sample.startCpuMs.toFixed(0),
          sample.does,
        ],
  );
  const { cores, processor, platform, load } = machine;
  return [
    `${messages} messages at QoS 1 from the platform in a box; ${cores} cores, ${processor}, ${platform}, load ${load}`,
    "",
    ...textTable([["client", "CPU us/message", "peak MB", "messages/s", "start CPU ms", ""], ...rows]),
    "",
    "",
  ].join("\n");
}
