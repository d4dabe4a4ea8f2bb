/** Where the pieces for one client go: the body of a stream, or a WebSocket. */
export interface Outlet<Piece> {
  /** Whether it takes more now. What is written nevertheless is buffered. */
  readonly isReady: boolean;
  write(pieces: readonly Piece[]): void;
  /** Ends it after what was written; may be called twice. */
  close(): void;
  /** Ends it at once: what was written may get lost. */
  abort(): void;
}

/** What an outlet tells. */
export interface OutletEvents {
  /** It takes more again. May be called although it always did. */
  readonly onReady: () => void;
  /** The client has gone, or the outlet was ended. May be called twice. */
  readonly onGone: () => void;
}
