export { TEST_CONFIG } from "./config.ts";
export { createFakeClock, type FakeClock, settle } from "./fake-clock.ts";
export {
  createFakeTransport,
  type FakeAttempt,
  type FakeConnection,
  type FakeTransport,
} from "./fake-transport.ts";
