/** Calls back in a later turn of the event loop. */
export type AfterTurn = (callback: () => void) => void;

/**
 * For runtimes that may have no `setImmediate`. Browsers hold a nested `setTimeout` back by 4 ms, and by a second in a
 * hidden tab; a message to oneself they do not.
 */
export function createWebAfterTurn(): AfterTurn {
  if (typeof setImmediate === "function") return (callback) => setImmediate(callback);
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => waiting.shift()?.());
  port1.start();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}
