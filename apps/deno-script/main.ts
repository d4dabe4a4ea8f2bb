#!/usr/bin/env -S deno run --no-prompt --allow-net=mqtt.tesaiot.com:8085 --allow-read=.env,ca.pem --ignore-env --allow-env=MQTT_API_TOKEN,MQTT_TOPIC,TESA_DEVICE,TESA_SENSOR
// Streams the telemetry of your TESAIoT devices: one JSON object per line on standard output, how it goes on standard
// error. The line above gives it what it needs and nothing else; `deno.json` has tasks with more settings, and with a log.
import process from "node:process";
import { silenceDebugOutput } from "@tesa/process/silence";

// No debug switch may print the token. Only then what looks at the environment as it is imported.
silenceDebugOutput();
const { ndjsonOutput, problemsError, readConfiguration, readEnvironment, runProgram, streamTelemetry } =
  await import("@tesa/process");
const { missingPermissions } = await import("./permissions.ts");

await runProgram(async () => {
  // Environment, then .env; everything that is wrong with them is told at once.
  const environment = readEnvironment({ env: process.env });
  const refused = problemsError({ usage: [], config: missingPermissions(environment) });
  if (refused !== null) throw refused;
  const configuration = await readConfiguration(environment);
  const output = ndjsonOutput(process.stdout);
  const { exitCode } = await streamTelemetry({
    configuration,
    openOutputs: () => ({
      ...output,
      // A message is acknowledged to the broker when this has fulfilled.
      sink: { write: (messages) => output.sink.write(messages) },
    }),
  });
  return exitCode;
});
