export {
  type Authority,
  type CertificateKind,
  type KeyAndCertificate,
  openAuthority,
} from "./certificates.ts";
export { startPlatform } from "./platform.ts";
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
