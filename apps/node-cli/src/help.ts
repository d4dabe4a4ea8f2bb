import { CONFIG_VARIABLES } from "@tesa/core/config";

/** What `--help` ends with, so that it is enough without the README. */
export const EXAMPLES = {
  program: `
Begin here:
  tesa demo                                   see it work: a platform in a box with simulated devices
  tesa doctor                                 check your settings, step by step
  tesa stream                                 stream your own devices (token in .env: MQTT_API_TOKEN=...)

tesa <command> --help tells more about each.`,
  stream: `
Examples:
  tesa stream                                 every device of your organisation
  tesa stream --device gateway-7 --sensor temperature
  tesa stream --count 10 --timeout 60         ten messages, or exit code 124 after a minute
  tesa stream | jq '.readings[]'              one JSON object per line
  tesa stream --output telemetry.ndjson       appended to a file, each batch on the disk before it is acknowledged
  tesa stream --env-file .tesa/platform.env   the platform in a box (tesa platform)`,
  doctor: `
Examples:
  tesa doctor
  tesa doctor --env-file staging.env --timeout 30
  tesa doctor --json | jq '.steps[] | select(.status == "failed")'`,
  platform: `
Examples:
  tesa platform                               any free ports, 8 simulated devices of organisation acme
  tesa platform --wss-port 8085 --mqtts-port 8884 --organisation acme --organisation globex
  echo help | tesa platform                   the faults that can be caused on standard input`,
  simulate: `
Examples:
  tesa platform --no-simulate                 in one terminal
  tesa simulate --rate 50 --bad-every 10      in another
  tesa simulate --count 1000 --seed 7         the same messages each time, time stamps aside

The file of credentials is JSON, as \`tesa platform\` writes it:
  { "url": "mqtts://127.0.0.1:8884", "caCertPath": "ca.pem",
    "devices": [{ "organisation": "acme", "deviceId": "d1", "kind": "climate",
                  "credentials": { "username": "...", "password": "..." } }] }`,
  demo: `
Examples:
  tesa demo                                   until Ctrl-C
  tesa demo --duration 10                     ten seconds, then exit 0
  tesa demo --rate 200 --devices 50`,
} as const;

/** The exit codes of every command. */
export const EXIT_CODE_HELP = `
Exit codes:
    0  done, or ended by SIGINT or SIGTERM after writing what had arrived
   64  wrong usage                    69  broker not reachable (stream: with --no-wait)
   70  a defect in tesa itself        74  the output could not be written
   75  taken over: another client uses the same client id
   77  token or subscription refused  78  bad configuration
  124  --timeout                     130  a second Ctrl-C`;

/** The environment variables, from the one list that also checks them. */
export function variablesHelp(): string {
  const width = Math.max(...CONFIG_VARIABLES.map(({ name }) => name.length));
  const lines = CONFIG_VARIABLES.map((variable) => {
    const fallback =
      variable.default === undefined ? "" : `\n${" ".repeat(width + 4)}(default: ${variable.default})`;
    return `  ${variable.name.padEnd(width)}  ${variable.description}${fallback}`;
  });
  return `
Environment variables, or lines of .env in the current folder (a flag wins over the environment, that over .env):
${lines.join("\n")}
  ${"NO_COLOR".padEnd(width)}  Set to anything: no colours (FORCE_COLOR=1: colours everywhere)
  ${"TESA_DEBUG".padEnd(width)}  1: print the stack of an unexpected error`;
}
