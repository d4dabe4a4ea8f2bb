import { randomBytes } from "node:crypto";
import type { IConnackPacket, IConnectPacket } from "mqtt-packet";
import type { Broker, BrokerSettings } from "./broker.ts";
import { authenticate, type Identity } from "./identity.ts";
import { connackCode, REASON } from "./reason-codes.ts";
import type { ConnectRefusal } from "./types.ts";

/** What the broker makes of a CONNECT. */
export type Admission =
  /** `reason`: of MQTT 5, whatever the client speaks. */
  { readonly type: "refused"; readonly reason: number } | AcceptedConnect;

/** A CONNECT that was accepted, with what was agreed. */
export interface AcceptedConnect {
  readonly type: "accepted";
  readonly identity: Identity;
  readonly clientId: string;
  readonly isClientIdAssigned: boolean;
  readonly version: 4 | 5;
  readonly cleanStart: boolean;
  readonly expirySeconds: number;
  /** Whether the client asked for a longer session than it gets. */
  readonly isExpiryCapped: boolean;
  /** How many QoS 1 messages may be unacknowledged. */
  readonly window: number;
  /** The largest packet that the client takes, in bytes. */
  readonly maxPacketSize: number;
  /** 0: none. */
  readonly keepAliveSeconds: number;
}

const REFUSALS: Readonly<Record<ConnectRefusal, number>> = {
  "not-authorised": REASON.notAuthorized,
  "bad-password": REASON.badUserNameOrPassword,
  unavailable: REASON.serverUnavailable,
  busy: REASON.serverBusy,
};
/** Without a receive maximum of the client (MQTT 5, 3.1.2.11.3). */
const DEFAULT_RECEIVE_MAXIMUM = 65_535;
const TOPIC_ALIAS_MAXIMUM = 65_535;

/** Decides on a CONNECT whose protocol version is offered. `refusal` is the one that a fault asks for. */
export function admit(packet: IConnectPacket, broker: Broker, refusal: ConnectRefusal | null): Admission {
  if (refusal !== null) return { type: "refused", reason: REFUSALS[refusal] };
  const version = packet.protocolVersion === 5 ? 5 : 4;
  const { clean = true, properties = {} } = packet;
  if (properties.receiveMaximum === 0 || properties.maximumPacketSize === 0) {
    return { type: "refused", reason: REASON.protocolError };
  }
  if (version === 4 && packet.clientId === "" && !clean) {
    return { type: "refused", reason: REASON.clientIdentifierNotValid };
  }
  const credentials = { username: packet.username, password: packet.password?.toString() };
  const identity = authenticate(credentials, broker);
  if (typeof identity === "string") return { type: "refused", reason: REFUSALS[identity] };
  const wantedExpiry =
    version === 5 ? (properties.sessionExpiryInterval ?? 0) : clean ? 0 : Number.POSITIVE_INFINITY;
  const { maxInflight, maxSessionExpirySeconds } = broker.settings;
  return {
    type: "accepted",
    identity,
    version,
    clientId: packet.clientId === "" ? `box-${randomBytes(8).toString("hex")}` : packet.clientId,
    isClientIdAssigned: packet.clientId === "",
    cleanStart: clean,
    expirySeconds: Math.min(wantedExpiry, maxSessionExpirySeconds),
    isExpiryCapped: wantedExpiry > maxSessionExpirySeconds,
    window: Math.min(maxInflight, properties.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM),
    maxPacketSize: properties.maximumPacketSize ?? Number.POSITIVE_INFINITY,
    keepAliveSeconds: packet.keepalive ?? 0,
  };
}

/** The CONNACK that refuses. */
export function refusingConnack(reason: number, version: 4 | 5): IConnackPacket {
  const code = connackCode(reason, version);
  return {
    cmd: "connack",
    sessionPresent: false,
    ...(version === 5 ? { reasonCode: code } : { returnCode: code }),
  };
}

/** The CONNACK that accepts. */
export function acceptingConnack(
  accepted: AcceptedConnect,
  sessionPresent: boolean,
  settings: BrokerSettings,
): IConnackPacket {
  if (accepted.version === 4) return { cmd: "connack", sessionPresent, returnCode: 0 };
  return {
    cmd: "connack",
    sessionPresent,
    reasonCode: REASON.success,
    properties: {
      ...(accepted.isExpiryCapped ? { sessionExpiryInterval: accepted.expirySeconds } : {}),
      receiveMaximum: settings.maxInflight,
      maximumQoS: 1,
      retainAvailable: true,
      maximumPacketSize: settings.maxPacketSize,
      ...(accepted.isClientIdAssigned ? { assignedClientIdentifier: accepted.clientId } : {}),
      topicAliasMaximum: TOPIC_ALIAS_MAXIMUM,
      wildcardSubscriptionAvailable: true,
      subscriptionIdentifiersAvailable: true,
      sharedSubscriptionAvailable: true,
    },
  };
}
