export { type Box, openBox } from "./box.ts";
export { type ProgramOptions, type ProgramResult, type RunningProgram, startProgram } from "./program.ts";
export { spellingsIn } from "./spellings.ts";
export { type Closing, type ConnectOptions, TestClient, type TestClientOptions } from "./test-client.ts";
export { type ReceivedRequest, type Receiver, SECRET, startReceiver } from "./webhook-receiver.ts";
