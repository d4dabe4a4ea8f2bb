export type {
  BrokerDescription,
  BrokerStartOptions,
  BrokerUnderTest,
  DeviceCredentials,
  RoleCredentials,
} from "./broker-under-test.ts";
export { CAPABILITIES, type Capability } from "./capabilities.ts";
export { type SharedBroker, sharedBroker } from "./shared.ts";
export { startBrokerUnderTest } from "./start.ts";
