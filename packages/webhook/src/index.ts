// What users need first.

// For those who bring their own way of sending.
export { type AddressKind, addressKind } from "./address.ts";
export type { WebhookFetch, WebhookResponse } from "./fetch.ts";
export { openWebhookForwarder, type WebhookForwarder } from "./forwarder.ts";
export type { WebhookForwarderOptions, WebhookOptions } from "./options.ts";
export { type ReplayOptions, type ReplayResult, replayDeadLetters } from "./replay.ts";
export { DEFAULT_SCHEDULE } from "./retry-schedule.ts";
export { findSecretProblems, signWebhook, type WebhookHeaders } from "./sign.ts";
export { findAddressProblem, parseTarget, type WebhookTarget } from "./target.ts";
