/** Somewhere that text can go. */
export interface Destination {
  /** Fulfils when the operating system, or the disk, has all of it. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}
