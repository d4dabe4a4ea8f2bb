export { networkError } from "./network-error.ts";
export { createMqttTransport, type MqttTransportOptions } from "./node-transport.ts";
export { connackError, disconnectError } from "./reasons.ts";
export { systemClock } from "./system-clock.ts";
