import type { Cursor, TelemetryLog } from "@tesa/log";

/**
 * A log whose cursors can be opened again, as by a process after a crash; `failSave` makes saving fail, as on a full
 * disk.
 */
export function reopenable(
  log: TelemetryLog,
  hooks: { failSave?: (name: string) => boolean } = {},
): TelemetryLog {
  const cursors = new Map<string, Cursor<unknown>>();
  return new Proxy(log, {
    get(target, key) {
      if (key === "cursor") {
        return async (name: string) => {
          const cursor = cursors.get(name) ?? (await target.cursor(name));
          cursors.set(name, cursor);
          const close = () => {
            cursors.delete(name);
            cursor.close();
          };
          return withHooks(cursor, { ...hooks, close });
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function withHooks(
  cursor: Cursor<unknown>,
  hooks: { readonly failSave?: (name: string) => boolean; readonly close: () => void },
): Cursor<unknown> {
  return {
    name: cursor.name,
    get position() {
      return cursor.position;
    },
    get state() {
      return cursor.state;
    },
    save: async (next) => {
      if (hooks.failSave?.(cursor.name)) throw new Error("disk full");
      await cursor.save(next);
    },
    close: hooks.close,
  };
}
