/** What the node uses of Node-RED's API for nodes. */
export interface NodeRed {
  readonly nodes: {
    createNode(node: NodeRedNode, config: NodeConfig): void;
    registerType(
      type: string,
      create: (this: NodeRedNode, config: NodeConfig) => void,
      options?: { readonly credentials?: Readonly<Record<string, { readonly type: "text" | "password" }>> },
    ): void;
  };
  readonly events: {
    on(event: string, listener: (argument: unknown) => void): void;
    removeListener(event: string, listener: (argument: unknown) => void): void;
  };
  readonly settings: { readonly userDir?: string };
  /** Translates; the texts are in `nodes/locales`. */
  _(key: string, values?: Readonly<Record<string, unknown>>): string;
}

/** The settings of a node, as the editor saved them. An empty field is an empty string. */
export interface NodeConfig {
  readonly id: string;
  readonly name?: string;
  readonly [field: string]: unknown;
}

/** A message between nodes. */
export interface NodeMessage {
  readonly topic: string;
  readonly payload: unknown;
  /** The payload as a line of JSON, where it is telemetry. */
  readonly ndjson?: string;
}

/** A node that runs in a flow. */
export interface NodeRedNode {
  readonly id: string;
  readonly credentials?: Readonly<Record<string, string | undefined>>;
  on(event: "close", listener: (removed: boolean, done: () => void) => void): void;
  send(outputs: readonly (NodeMessage | readonly NodeMessage[] | null)[]): void;
  status(status: {
    readonly fill?: "red" | "green" | "yellow" | "blue" | "grey";
    readonly shape?: "dot" | "ring";
    readonly text?: string;
  }): void;
  warn(text: string): void;
  error(text: string): void;
}
