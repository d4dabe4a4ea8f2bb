export type Capability =
  | "organisations"
  | "share-groups-per-organisation"
  | "deny-disconnect"
  | "deny-ignore"
  | "bad-password-code"
  | "window"
  | "window-while-draining"
  | "window-cap"
  | "drop-oldest"
  | "queue-qos-0"
  | "session-end-redispatch"
  | "clean-shutdown-redispatch"
  | "copy-per-subscription"
  | "no-retained-to-shares"
  | "disconnect-reasons"
  | "large-packets"
  | "advertised-limits"
  | "websocket-path"
  | "websocket-subprotocol"
  | "close-frame"
  | "qos-2"
  | "restart";

/**
 * What a broker of the platform does, beyond what every MQTT broker must. A test names what it needs, and is skipped,
 * with the reason, where the broker under test lacks it. EMQX is right: what it does is the standard here.
 */
export const CAPABILITIES: Readonly<Record<Capability, string>> = {
  organisations: "A token receives what devices of its own organisation publish, and nothing of others.",
  "share-groups-per-organisation": "Groups of one name in two organisations take nothing from each other.",
  "deny-disconnect": "A refused subscribe or publish ends the connection.",
  "deny-ignore":
    "The broker can be started so that a refused subscribe or publish is answered by its code alone.",
  "bad-password-code":
    "A known user name with a wrong password, and no password at all, have a code of their own (4; 0x86).",
  window: "At most 32 QoS 1 messages are unacknowledged, or the receive maximum of CONNECT if that is less.",
  "window-while-draining":
    "The window also holds while a queue is drained, one message for each acknowledgement.",
  "window-cap": "A receive maximum of more than 32 does not widen the window (MQTT 5).",
  "drop-oldest": "A full queue drops its oldest message.",
  "queue-qos-0": "Messages at QoS 0 are queued for an absent client as well.",
  "session-end-redispatch":
    "What a member of a share group has not acknowledged goes to the others when its session ends.",
  "clean-shutdown-redispatch":
    "It goes to the others also after an ordinary DISCONNECT that keeps no session, as on EMQX 5.10; EMQX 5.8 lost it.",
  "copy-per-subscription": "Two filters of a client that both match give it a message twice.",
  "no-retained-to-shares": "A share group is not sent retained messages.",
  "disconnect-reasons":
    "The broker says why it ends a connection: 0x8E taken over, 0x8D keep-alive missed (MQTT 5).",
  "large-packets": "Packets of up to 10 MiB are delivered over WebSockets.",
  "advertised-limits":
    "CONNACK names the receive maximum, the packet size and the topic alias maximum (MQTT 5).",
  "websocket-path": "Only /mqtt is upgraded; any other path is answered with HTTP 404.",
  "websocket-subprotocol": "An upgrade without the subprotocol mqtt is answered with HTTP 400.",
  "close-frame": "Connections that the broker ends are closed with WebSocket code 1000.",
  "qos-2": "Devices may publish at QoS 2.",
  restart: "The suite can stop and start it.",
};

/** Every capability that is not in the list of what is lacking. */
export function capabilitiesWithout(lacks: Readonly<Partial<Record<Capability, string>>>): Set<Capability> {
  return new Set(allCapabilities().filter((capability) => lacks[capability] === undefined));
}

export function allCapabilities(): Capability[] {
  return Object.keys(CAPABILITIES) as Capability[];
}

export function isCapability(text: string): text is Capability {
  return Object.hasOwn(CAPABILITIES, text);
}
