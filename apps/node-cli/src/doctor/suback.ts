import { printable, quote } from "@tesa/process";
import type { IDisconnectPacket, ISubackPacket } from "mqtt-packet";
import type { LinkEvent, MqttLink } from "./mqtt-link.ts";
import { type Failed, formatDuration, type Outcome, type Step, type StepData } from "./step.ts";

export interface SubackInput {
  readonly link: MqttLink;
  readonly filters: readonly string[];
  /** What the user calls `MQTT_TOPIC`. */
  readonly setting: string;
}

/** What a platform token may subscribe to. Source: the platform's access rules. */
const TOKEN_FILTER = "device/+/telemetry/#";
/** MQTT 3.1.1, 3.9.3; MQTT 5, 3.9.3: from here on a reason code is a refusal. */
const FIRST_REFUSAL = 0x80;
const NOT_AUTHORISED = 0x87;
/** MQTT 5, 3.8.3.1: retained messages come only for a subscription that did not exist before, as `tesa stream` asks. */
const RETAIN_ON_NEW_SUBSCRIPTION = 1;

/** Step 8: whether the token may read each topic filter. One SUBSCRIBE each, since a refusal may end the connection. */
export const subackStep: Step<SubackInput, MqttLink> = {
  name: "suback",
  async run(input, { signal }) {
    const { link, filters } = input;
    const granted: { filter: string; reasonCode: number }[] = [];
    for (const [index, filter] of filters.entries()) {
      const rh = link.protocolVersion === 5 ? { rh: RETAIN_ON_NEW_SUBSCRIPTION } : {};
      const subscription = { topic: filter, qos: 1, ...rh } as const;
      link.send({ cmd: "subscribe", messageId: index + 1, subscriptions: [subscription] });
      const event = await link.next(["suback", "disconnect"], signal);
      const answer = reasonCodeOf(event);
      if (answer === undefined) return endedInstead(input, filter, event);
      if (answer >= FIRST_REFUSAL) return refused(input, filter, answer, event);
      granted.push({ filter, reasonCode: answer });
    }
    return accepted(link, granted);
  },
  timedOut: ({ filters, setting }, timeoutMs) => ({
    status: "failed",
    code: "subscription-timeout",
    detail: `no SUBACK for ${filters.map((filter) => quote(filter)).join(", ")} within ${formatDuration(timeoutMs)}`,
    cause:
      "The broker took the token but does not answer: the back end that it asks for access rights hangs.",
    action: `This is the platform's to mend, not ${setting}'s. Try again in some minutes; if it stays so, tell whoever runs the platform.`,
  }),
};

function reasonCodeOf(event: LinkEvent): number | undefined {
  if (event.type !== "packet" || event.packet.cmd !== "suback") return undefined;
  const packet: ISubackPacket = event.packet;
  const [code] = packet.granted;
  return typeof code === "number" ? code : undefined;
}

function accepted(
  link: MqttLink,
  granted: readonly { readonly filter: string; readonly reasonCode: number }[],
): Outcome<MqttLink> {
  const detail = granted
    .map(({ filter, reasonCode }) => `${printable(filter)} granted at QoS ${reasonCode}`)
    .join(", ");
  const data = { granted };
  if (granted.every(({ reasonCode }) => reasonCode > 0)) return { status: "ok", value: link, detail, data };
  return {
    status: "warning",
    value: link,
    detail,
    cause:
      "The broker grants only QoS 0: messages are not acknowledged, and those sent while a client is away are lost.",
    action: "Ask whoever runs the broker to allow QoS 1.",
    data,
  };
}

function refused({ setting }: SubackInput, filter: string, reasonCode: number, event: LinkEvent): Failed {
  const reason =
    event.type === "packet" && event.packet.cmd === "suback"
      ? event.packet.properties?.reasonString
      : undefined;
  return {
    status: "failed",
    code: "subscription-refused",
    detail: `the broker refused ${quote(filter)} by SUBACK ${hex(reasonCode)}${reason === undefined ? "" : `: ${quote(reason)}`}`,
    ...adviceForFilter(filter, setting),
    data: { filter, reasonCode },
  };
}

/** With EMQX's `deny_action = disconnect`, the platform's setting, a refusal ends the connection instead. */
function endedInstead({ setting, link }: SubackInput, filter: string, event: LinkEvent): Failed {
  if (event.type === "malformed") {
    return {
      status: "failed",
      code: "protocol",
      detail: `the broker answered ${quote(filter)} with something that is not MQTT: ${quote(event.problem)}`,
      cause: "The broker, or something between here and it, is out of order.",
      action: "Try again; if it stays so, tell whoever runs the broker.",
      data: { filter },
    };
  }
  const packet = event.type === "packet" && event.packet.cmd === "disconnect" ? event.packet : undefined;
  if (packet !== undefined && packet.reasonCode !== NOT_AUTHORISED) return disconnected(filter, packet);
  const closeCode = event.type === "closed" ? event.code : null;
  const data = { filter, reasonCode: packet?.reasonCode ?? null, closeCode };
  if (packet === undefined && link.protocolVersion === 5) return closed(filter, data);
  const how = packet === undefined ? "closed the connection" : "sent DISCONNECT 0x87, not authorised,";
  return {
    status: "failed",
    code: "subscription-refused",
    detail: `the broker ${how} instead of answering ${quote(filter)}`,
    ...adviceForFilter(filter, setting),
    data,
  };
}

/** On MQTT 5 a refusal has a DISCONNECT of its own, so a mere end is a loss; on 3.1.1 nobody could tell. */
function closed(filter: string, data: StepData): Failed {
  return {
    status: "failed",
    code: "connection-lost",
    detail: `the broker closed the connection without a word instead of answering ${quote(filter)}`,
    cause: "The broker is stopping or restarting, or the network failed in between.",
    action: "Run it again; if it stays so, tell whoever runs the platform.",
    data,
  };
}

function disconnected(filter: string, { reasonCode = 0, properties }: IDisconnectPacket): Failed {
  const reason = properties?.reasonString;
  return {
    status: "failed",
    code: "connection-lost",
    detail: `the broker sent DISCONNECT ${hex(reasonCode)} instead of answering ${quote(filter)}${reason === undefined ? "" : `: ${quote(reason)}`}`,
    cause: "The broker is stopping, overloaded, or an administrator ended the connection.",
    action: "Try again in some minutes; if it stays so, tell whoever runs the platform.",
    data: { filter, reasonCode },
  };
}

function adviceForFilter(
  filter: string,
  setting: string,
): { readonly cause: string; readonly action: string } {
  // The access rules are checked on what follows the group of a shared subscription.
  const bare = filter.replace(/^\$share\/[^/]*\//, "");
  if (!/^devices?\/[^/#]+\/telemetry(\/|$)/.test(bare)) {
    return {
      cause: `A token may read telemetry and nothing else: ${TOKEN_FILTER}, or a part of it.`,
      action: `Correct ${setting}, or leave it out to read every device of your organisation.`,
    };
  }
  return {
    cause:
      "The device is not one of the token's organisation, or does not exist, or the token has been revoked meanwhile.",
    action: `Compare the device id in ${setting} with the Admin UI; ${TOKEN_FILTER} reads every device of your organisation.`,
  };
}

function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}
