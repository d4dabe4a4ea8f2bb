/**
 * What the package uses of the classes that every runtime has; see the file of this name in the core. It is not part of
 * the published declarations.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
