export { networkError } from "./network-error.ts";
export { connackError, disconnectError } from "./reasons.ts";
export { systemClock } from "./system-clock.ts";
export { createMqttTransport, type MqttTransportOptions } from "./transport.ts";
