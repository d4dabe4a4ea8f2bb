export { accessRules, type Organisation } from "./acl.ts";
export {
  type ComposeOptions,
  type EmqxPorts,
  PLATFORM_PORTS,
  type RunningEmqx,
  startEmqx,
  stopEmqx,
} from "./compose.ts";
export { type EmqxCredentials, type EmqxDevice, type PreparedEmqx, prepareEmqx } from "./prepare.ts";
