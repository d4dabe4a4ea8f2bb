/** Reason codes of MQTT 5 (2.4) that the broker uses. */
export const REASON = {
  success: 0x00,
  noMatchingSubscribers: 0x10,
  noSubscriptionExisted: 0x11,
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  administrativeAction: 0x98,
  qosNotSupported: 0x9b,
} as const;

/** The return codes of MQTT 3.1.1's CONNACK (3.2.2.3) that answer a refusal of MQTT 5. */
const RETURN_CODES: Readonly<Record<number, number>> = {
  [REASON.success]: 0,
  [REASON.unsupportedProtocolVersion]: 1,
  [REASON.clientIdentifierNotValid]: 2,
  [REASON.serverUnavailable]: 3,
  [REASON.serverBusy]: 3,
  [REASON.badUserNameOrPassword]: 4,
  [REASON.notAuthorized]: 5,
};

/** What a CONNACK of this version says for a reason. */
export function connackCode(reason: number, version: 4 | 5): number {
  return version === 5 ? reason : (RETURN_CODES[reason] ?? 3);
}
