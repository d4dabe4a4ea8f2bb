/** What `tesa stream` tells the `tesa demo` that started it. */
export type MessageToParent =
  | { readonly type: "live" }
  | { readonly type: "ended"; readonly messages: number };

/** The process that started this one, if it wants to know. */
export interface Parent {
  tell(message: MessageToParent): void;
}

/** Connects to a parent that opened a channel. When the parent is gone, however it went, `onGone` is called. */
export function connectToParent(onGone: () => void): Parent {
  if (process.send === undefined) return { tell: () => {} };
  process.once("disconnect", onGone);
  // The channel must not keep the process alive once everything else is done.
  process.channel?.unref();
  return {
    tell(message) {
      // A parent that has just gone is noticed by "disconnect".
      if (process.connected) process.send?.(message, undefined, {}, () => {});
    },
  };
}
