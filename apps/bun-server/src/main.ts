import { silenceDebugOutput } from "@tesa/process/silence";

silenceDebugOutput();
// Only now: what this imports looks at the environment as it is imported.
const { readConfiguration, runProgram, streamTelemetry } = await import("@tesa/process");
const { readRelaySettings } = await import("./relay-settings.ts");
const { serveRelay } = await import("./serve-relay.ts");
const { readServerEnvironment } = await import("./settings.ts");

await runProgram(async () => {
  const environment = readServerEnvironment();
  const { relay, problems } = await readRelaySettings(environment);
  const configuration = await readConfiguration(environment, { config: problems });
  const { organisation } = configuration.settings.firstToken;
  // Messages go into the log; the relay, PostgreSQL and the webhook read it, each at its own pace.
  const { exitCode } = await streamTelemetry({
    configuration,
    openService: (context) => serveRelay({ ...context, ...relay, organisation }),
  });
  return exitCode;
});
