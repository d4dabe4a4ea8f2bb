export { MAX_NESTING, telemetryMessage } from "./flow-message.ts";
export type { NodeConfig, NodeMessage, NodeRed, NodeRedNode } from "./node-red.ts";
export { DRAIN_EVENT, registerTesaStream } from "./tesa-stream.ts";
