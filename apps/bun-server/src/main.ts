import { silenceDebugOutput } from "@tesa/process/silence";

silenceDebugOutput();
// Only now: what this imports looks at the environment as it is imported.
const { runProgram, streamTelemetry } = await import("@tesa/process");
const { serveRelay } = await import("./serve-relay.ts");
const { readServerSettings } = await import("./settings.ts");

await runProgram(async () => {
  const configuration = await readServerSettings();
  const { dashboard, relay, settings } = configuration;
  const { organisation } = settings.firstToken;
  // Messages go into the log; the relay, PostgreSQL and the webhook read it, each at its own pace.
  const { exitCode } = await streamTelemetry({
    configuration,
    openService: (context) => serveRelay({ ...context, ...relay, dashboard, organisation }),
  });
  return exitCode;
});
