export {
  type Authority,
  type CertificateKind,
  type KeyAndCertificate,
  openAuthority,
} from "./certificates.ts";
export { startPlatform } from "./platform.ts";
export {
  type PublishedMessage,
  SIMULATOR_RATES,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "./simulator.ts";
export { type FleetOptions, type SimulatedDevice, simulatedFleet } from "./simulator-fleet.ts";
export { DEVICE_KINDS, type DeviceKind } from "./simulator-payloads.ts";
export type {
  BrokerOptions,
  ClientInfo,
  ConnectRefusal,
  Credentials,
  DeviceStore,
  Faults,
  IssuedToken,
  Ledger,
  LedgerEntry,
  Platform,
  PlatformEvent,
  PlatformOptions,
  TokenStore,
} from "./types.ts";
