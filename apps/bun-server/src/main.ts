import { fileURLToPath } from "node:url";
import { silenceDebugOutput } from "@tesa/process/silence";

silenceDebugOutput();
// Only now: what this imports looks at the environment as it is imported.
const { readConfiguration, readEnvironment, runProgram, streamTelemetry, VARIABLES } = await import(
  "@tesa/process"
);
const { RELAY_VARIABLES, readRelaySettings } = await import("./relay-settings.ts");
const { serveRelay } = await import("./serve-relay.ts");

await runProgram(async () => {
  const environment = readEnvironment({
    env: process.env,
    variables: [...VARIABLES, ...RELAY_VARIABLES],
    // The folder where it was started, then its own.
    folders: [process.cwd(), fileURLToPath(new URL("..", import.meta.url))],
  });
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
