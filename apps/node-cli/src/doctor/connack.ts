import { randomBytes } from "node:crypto";
import type { Config, Token } from "@tesa/core";
import { connackError } from "@tesa/core/mqtt";
import { quote } from "@tesa/process";
import type { IConnackPacket } from "mqtt-packet";
import type { WebSocket } from "ws";
import { adviceForRefusal, versionName } from "./connack-refusal.ts";
import { createMqttLink, type LinkEvent, type MqttLink } from "./mqtt-link.ts";
import { type Failed, formatDuration, type Limits, type Outcome, type Step } from "./step.ts";

export interface ConnackInput {
  readonly config: Config;
  readonly token: Token;
  readonly socket: WebSocket;
  /** Makes the connection anew, through all steps before, for a second try with MQTT 3.1.1. */
  readonly reopen: (limits: Limits) => Promise<WebSocket | Failed>;
  /** Told of each link as it is made, so that its owner can end it. */
  readonly onLink: (link: MqttLink) => void;
}

/** Step 7: whether the broker takes the token. */
export const connackStep: Step<ConnackInput, MqttLink> = {
  name: "connack",
  async run(input, limits) {
    const wanted = input.config.protocolVersion;
    const first = await connect(input, input.socket, wanted === "auto" ? 5 : wanted, limits);
    const next = !knowsNoMqtt5(first) || wanted !== "auto" ? first : await connectAgain(input, limits);
    return judge(next, input.config.keepAliveSeconds);
  },
  timedOut: (_input, timeoutMs) => ({
    status: "failed",
    code: "connect-timeout",
    detail: `no CONNACK within ${formatDuration(timeoutMs)}`,
    cause:
      "The WebSocket works, but the broker behind it hangs or is overloaded, or its authentication does not answer.",
    action: "Try again in some minutes; if it stays so, tell whoever runs the platform.",
  }),
};

/** An answer to CONNECT. */
interface Answer {
  readonly link: MqttLink;
  readonly event: LinkEvent;
  readonly afterMs: number;
  /** Whether MQTT 5 had been tried before in vain. */
  readonly fellBack: boolean;
}

async function connectAgain(input: ConnackInput, limits: Limits): Promise<Answer | Failed> {
  const socket = await input.reopen(limits);
  if ("status" in socket) return { ...socket, detail: `connecting again for MQTT 3.1.1: ${socket.detail}` };
  const answer = await connect(input, socket, 4, limits);
  return { ...answer, fellBack: true };
}

async function connect(
  { config, token, onLink }: ConnackInput,
  socket: WebSocket,
  protocolVersion: 4 | 5,
  { signal }: Limits,
): Promise<Answer> {
  const link = createMqttLink(socket, protocolVersion);
  onLink(link);
  const startedAt = performance.now();
  link.send({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion,
    // Its own, whatever MQTT_CLIENT_ID says: with that one it would take over the session of the user's own client.
    clientId: `tesa-doctor-${randomBytes(6).toString("hex")}`,
    // Nothing is kept for the doctor when it has gone. (MQTT 5: no session expiry is 0.)
    clean: true,
    keepalive: config.keepAliveSeconds,
    username: token.reveal(),
    password: Buffer.from(token.reveal()),
    ...(protocolVersion === 5 ? { properties: { receiveMaximum: config.receiveMaximum } } : {}),
  });
  // A broker that refuses may say so by DISCONNECT, against the standard.
  const event = await link.next(["connack", "disconnect"], signal);
  return { link, event, afterMs: performance.now() - startedAt, fellBack: false };
}

/** MQTT 5, 4.13 and 3.1.2.2: a broker that knows no 5 says 0x84, or 1 as in MQTT 3.1.1, or closes. */
function knowsNoMqtt5({ event }: Answer): boolean {
  if (event.type !== "packet") return event.type === "closed";
  const code = event.packet.cmd === "connack" ? codeOf(event.packet) : undefined;
  return code === 0x84 || code === 1;
}

function codeOf(packet: IConnackPacket): number {
  return packet.reasonCode ?? packet.returnCode ?? 0;
}

function judge(answer: Answer | Failed, keepAliveSeconds: number): Outcome<MqttLink> {
  if ("status" in answer) return answer;
  const { event, link } = answer;
  if (event.type === "packet" && event.packet.cmd === "connack") {
    const code = codeOf(event.packet);
    if (code !== 0) return refused(answer, event.packet, code);
    link.keepAlive(event.packet.properties?.serverKeepAlive ?? keepAliveSeconds);
    return accepted(answer, event.packet);
  }
  const version = versionName(link.protocolVersion);
  const how =
    event.type === "closed"
      ? `closed the connection (WebSocket close code ${event.code})`
      : event.type === "malformed"
        ? `sent something that is not MQTT: ${quote(event.problem)}`
        : "sent DISCONNECT";
  return {
    status: "failed",
    code: event.type === "malformed" ? "protocol" : "connection-lost",
    detail: `the broker ${how} instead of answering CONNECT (${version})`,
    cause:
      "A broker that is starting, stopping or overloaded does this, as does a service that is no MQTT broker.",
    action:
      "Try again in some minutes; if it stays so, check host, port and path, and tell whoever runs the platform.",
    data: { protocolVersion: link.protocolVersion },
  };
}

function accepted({ link, fellBack }: Answer, { properties = {} }: IConnackPacket): Outcome<MqttLink> {
  const version = versionName(link.protocolVersion);
  const data = {
    protocolVersion: link.protocolVersion,
    receiveMaximum: properties.receiveMaximum ?? null,
    maximumPacketSize: properties.maximumPacketSize ?? null,
    sessionExpiryInterval: properties.sessionExpiryInterval ?? null,
    serverKeepAlive: properties.serverKeepAlive ?? null,
    sharedSubscriptions: properties.sharedSubscriptionAvailable ?? null,
  };
  const told = [
    ["receive maximum", data.receiveMaximum],
    ["maximum packet size", data.maximumPacketSize],
    ["session expiry", data.sessionExpiryInterval],
    ["keep-alive", data.serverKeepAlive],
  ].flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  const detail = `${version}, token accepted${told.length === 0 ? "" : `; ${told.join(", ")}`}`;
  if (!fellBack) return { status: "ok", value: link, detail, data };
  return {
    status: "warning",
    value: link,
    detail,
    cause: "The broker does not speak MQTT 5, which each connect tries first.",
    action:
      "Set TESA_PROTOCOL_VERSION to 3.1.1 to save the first try. On 3.1.1 refusals carry less information.",
    data,
  };
}

function refused({ link, afterMs }: Answer, packet: IConnackPacket, code: number): Failed {
  const { protocolVersion } = link;
  const error = connackError(code, protocolVersion);
  const reason = packet.properties?.reasonString;
  const codeText =
    protocolVersion === 5 ? `0x${code.toString(16).toUpperCase().padStart(2, "0")}` : `${code}`;
  const advice = adviceForRefusal(error.code, code, afterMs);
  return {
    status: "failed",
    code: error.code,
    detail: `refused by CONNACK ${codeText}, ${advice.name} (${versionName(protocolVersion)})${reason === undefined ? "" : `: ${quote(reason)}`}`,
    cause: advice.cause,
    action: advice.action,
    data: { protocolVersion, reasonCode: code, reasonString: reason ?? null },
  };
}
