// Prints a key for clients of the relay, good for an hour: for all devices, or for those that are named.
//
//   bun src/key.ts [device ...]
import { silenceDebugOutput } from "@tesa/process/silence";

silenceDebugOutput();
const { runProgram } = await import("@tesa/process");
const { createRelayKey } = await import("@tesa/relay");
const { readServerSettings } = await import("./settings.ts");

await runProgram(async () => {
  const { relay, settings } = await readServerSettings();
  const [secret] = relay.access.type === "keys" ? relay.access.secrets : [];
  if (secret === undefined) {
    process.stderr.write("tesa: TESA_RELAY_OPEN=1 does without keys.\n");
    return 78;
  }
  const devices = process.argv.slice(2);
  const { key } = await createRelayKey({
    secret,
    organisation: settings.firstToken.organisation,
    now: Date.now(),
    ...(devices.length === 0 ? {} : { devices }),
  });
  process.stdout.write(`${key}\n`);
  return 0;
});
