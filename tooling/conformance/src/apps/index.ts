export {
  type Capability,
  type KnownFailing,
  type Manifest,
  readKnownFailing,
  readManifest,
} from "./manifest.ts";
export { testClient } from "./suite.ts";
