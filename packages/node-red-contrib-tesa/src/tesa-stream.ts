import { exitCodeFor, type Gap, type StreamState, TesaError } from "@tesa/core";
import { asTesaError } from "@tesa/process";
import { telemetryMessage } from "./flow-message.ts";
import type { NodeConfig, NodeMessage, NodeRed, NodeRedNode } from "./node-red.ts";
import { nodeEnvironment } from "./node-settings.ts";
import { openSource, type TelemetrySource } from "./telemetry-source.ts";

/** Whoever runs Node-RED in a program of his own emits this, with a function that takes what is to be waited for. */
export const DRAIN_EVENT = "tesa-stream:drain";

/** Makes the node `tesa-stream` known. */
export function registerTesaStream(RED: NodeRed): void {
  RED.nodes.registerType(
    "tesa-stream",
    function (config) {
      RED.nodes.createNode(this, config);
      streamInto(this, config, RED);
    },
    { credentials: { token: { type: "password" } } },
  );
}

/** Streams as long as the node is part of a deployed flow. */
function streamInto(node: NodeRedNode, config: NodeConfig, RED: NodeRed): void {
  let source: Promise<TelemetrySource | undefined> = Promise.resolve(undefined);
  // Before that, nodes behind this one may not be there yet.
  const onStarted = () => {
    RED.events.removeListener("flows:started", onStarted);
    source = open(node, config, RED);
  };
  const onDrain = (waitFor: unknown) => {
    if (typeof waitFor === "function") waitFor(source.then((opened) => opened?.drain()));
  };
  RED.events.on("flows:started", onStarted);
  RED.events.on(DRAIN_EVENT, onDrain);
  node.on("close", (_removed, done) => {
    RED.events.removeListener("flows:started", onStarted);
    RED.events.removeListener(DRAIN_EVENT, onDrain);
    void source.then((opened) => opened?.close()).finally(done);
  });
}

async function open(
  node: NodeRedNode,
  config: NodeConfig,
  RED: NodeRed,
): Promise<TelemetrySource | undefined> {
  const tellTrouble = createTroubleLog(node);
  try {
    const environment = nodeEnvironment({
      config,
      token: node.credentials?.token,
      userDir: RED.settings.userDir,
      warn: (text) => node.warn(text),
    });
    const source = await openSource(environment, {
      name: `node-red:${node.id}`,
      observer: {
        onMessages: (messages) => node.send([messages.map(telemetryMessage), null]),
        onState: (state) => {
          show(node, state, RED);
          tellTrouble(state);
        },
        onGap: (gap) => node.send([null, gapMessage(gap)]),
        onLogTrouble: (trouble) => {
          if (trouble !== null) node.warn(trouble.error.message);
        },
        onWarning: (text) => node.warn(text),
      },
    });
    void source.ended.then((error) => tellEnd(node, error, RED));
    return source;
  } catch (cause) {
    tellEnd(node, cause instanceof TesaError ? cause : asTesaError(cause, "log", "It cannot start"), RED);
    return undefined;
  }
}

function gapMessage({ kind, from, to }: Gap): NodeMessage {
  return { topic: "gap", payload: { kind, from, to } };
}

function show(node: NodeRedNode, state: StreamState, RED: NodeRed): void {
  const text = RED._(`tesa-stream.state.${state.type}`);
  if (state.type === "live") node.status({ fill: "green", shape: "dot", text });
  else if (state.type === "waiting") {
    node.status({ fill: "yellow", shape: "ring", text: `${text}: ${state.error.code}` });
  } else if (state.type !== "closed") node.status({ fill: "yellow", shape: "ring", text });
  // The end is told when everything behind the stream has ended, too.
  if (state.type === "closed") return;
  const payload = { type: state.type, ...(state.type === "waiting" ? failure(state.error) : {}) };
  node.send([null, { topic: "state", payload }]);
}

/** Logs why the stream waits, once until it is live again or the reason is another one. */
function createTroubleLog(node: NodeRedNode): (state: StreamState) => void {
  let told: string | undefined;
  return (state) => {
    if (state.type === "live") told = undefined;
    if (state.type !== "waiting" || state.error.code === told) return;
    told = state.error.code;
    node.warn(state.error.message);
  };
}

function tellEnd(node: NodeRedNode, error: TesaError | null, RED: NodeRed): void {
  const text = RED._("tesa-stream.state.closed");
  if (error === null) node.status({ fill: "grey", shape: "ring", text });
  else {
    node.status({ fill: "red", shape: "ring", text: error.code });
    node.error(error.message);
  }
  const payload = { type: "closed", exitCode: exitCodeFor(error), ...(error === null ? {} : failure(error)) };
  node.send([null, { topic: "state", payload }]);
}

function failure({ code, message }: TesaError): { readonly code: string; readonly message: string } {
  return { code, message };
}
