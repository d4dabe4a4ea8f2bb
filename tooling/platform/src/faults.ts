import type { Broker } from "./broker.ts";
import type { Connection } from "./connection.ts";
import type { Faults } from "./types.ts";

/** The faults of a platform. `restart` is what stops its listeners, waits, and starts them again. */
export function createFaults(broker: Broker, restart: (downMs: number) => Promise<void>): Faults {
  const applications = (): Connection[] =>
    [...broker.connections].filter(({ isApplication }) => isApplication);
  const chosen = (clientId: string | undefined): Connection[] =>
    applications().filter((connection) => clientId === undefined || connection.clientId === clientId);
  const { faults } = broker;
  return {
    refuse: (refusal) => {
      faults.refusal = refusal;
    },
    ignoreConnects: (on) => {
      faults.ignoresConnects = on;
    },
    ignoreSubscribes: (on) => {
      faults.ignoresSubscribes = on;
    },
    dropConnections: ({ clientId } = {}) => {
      const connections = chosen(clientId);
      for (const connection of connections) connection.cut("dropped");
      return connections.length;
    },
    kick: ({ clientId } = {}) => chosen(clientId).filter((connection) => connection.kick()).length,
    goSilent: (on) => {
      faults.isSilent = on;
      for (const connection of applications()) {
        if (on) connection.link.silence();
        else if (connection.link.isSilent) connection.cut("silent");
      }
    },
    slowDown: (delayMs) => {
      if (!(delayMs >= 0)) throw new Error(`A delay of ${delayMs} ms is none: give 0 or more.`);
      faults.delayMs = delayMs;
      for (const { link } of applications()) link.slowDown(delayMs);
    },
    restart: ({ downMs = 0 } = {}) => restart(downMs),
    inject: (bytes) => applications().filter((connection) => connection.inject(Buffer.from(bytes))).length,
  };
}
