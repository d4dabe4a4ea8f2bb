export { type Closing, type ConnectOptions, TestClient, type TestClientOptions } from "./test-client.ts";
