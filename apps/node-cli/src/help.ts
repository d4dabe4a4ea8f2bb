import { type Variable, wrap } from "@tesa/process";

/** What `--help` ends with, so that it is enough without the README. */
export const EXAMPLES = {
  program: `
Begin here:
  tesa demo     see it work: a platform in a box with simulated devices
  tesa stream   stream your own devices (in .env: MQTT_API_TOKEN=tesa_mqtt_...)
  tesa doctor   find out why that does not work

tesa <command> --help tells more about each.`,
  stream: `
Examples:
  tesa stream                                 every device of your organisation
  tesa stream --device YOUR-DEVICE --sensor temperature
  tesa stream --count 10 --timeout 60         ten messages, or exit code 124
  tesa stream | jq '.readings[]'              one JSON object per line
  tesa stream --output telemetry.ndjson       appended to a file
  tesa stream --log sqlite:./telemetry.db     kept, and acknowledged from there
  tesa stream --log sqlite:./telemetry.db --keep 30d \\
    --postgres postgres://tesa@db.local/plant --webhook https://example.com/in
  tesa stream --dotenv .tesa/platform.env     from the platform in a box`,
  history: `
Examples:
  tesa history --log sqlite:./telemetry.db     the newest messages
  tesa history --device press-1 --from 1h      of the last hour
  tesa history --from 2026-11-23T08:00 --to 2026-11-23T09:00 > hour.ndjson
  tesa history --gaps                          when some may be missing

A time is ISO 8601 (local, unless it says otherwise) or how long ago: 30s,
15min, 2h, 7d. TESA_LOG can name the log.`,
  replay: `
Examples:
  tesa replay --log sqlite:./telemetry.db --from 1h    as fast as it came
  tesa replay recorded.ndjson --speed 10               ten times as fast
  tesa replay --speed max --webhook https://example.com/telemetry

A time is ISO 8601 (local, unless it says otherwise) or how long ago: 30s,
15min, 2h, 7d. TESA_LOG can name the log.`,
  webhook: `
Examples:
  tesa webhook list --log sqlite:./telemetry.db    what was given up, and why
  tesa webhook replay 3 4                          send two of them again
  tesa webhook replay --all
  tesa webhook discard 5                           forget one

TESA_LOG can name the log. A stream may go on meanwhile.`,
  relay: `
Examples:
  tesa relay key                               for an hour, all devices
  tesa relay key --device press-1,press-2 --expires 12h
  tesa relay key --org acme --scope metrics    for Prometheus
  curl -N -H "Authorization: Bearer $(tesa relay key)" \\
    http://127.0.0.1:8080/v1/stream

TESA_RELAY_SECRET, in the environment or .env, signs it: the relay's own.`,
  doctor: `
Examples:
  tesa doctor
  tesa doctor --dotenv staging.env --timeout 30
  tesa doctor --json | jq '.steps[] | select(.status == "failed")'`,
  platform: `
Examples:
  tesa platform                               eight simulated devices
  tesa platform --wss-port 8085 --mqtts-port 8884
  tesa platform --organisation acme --organisation globex
  echo help | tesa platform                   lists the faults that it can cause`,
  simulate: `
Examples:
  tesa platform --no-simulate                 in one terminal
  tesa simulate --rate 50 --bad-every 10      in another
  tesa simulate --count 1000 --seed 7         the same messages each time

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

/** As wide as terminals have always been; commander falls back to the same. Narrower ones get narrower lines. */
const COLUMNS = { max: 80, min: 50 } as const;

const EXIT_CODES: readonly (readonly [number, string])[] = [
  [0, "done, or ended by SIGINT or SIGTERM after writing what had arrived"],
  [64, "wrong usage"],
  [
    69,
    "the broker cannot be reached (stream: only with --no-wait), its certificate was refused, or there is no MQTT at the URL's path",
  ],
  [70, "a defect in tesa itself"],
  [74, "the log or the output could not be written, or the log not be opened"],
  [75, "taken over: another client uses the same client id"],
  [77, "token or subscription refused"],
  [78, "bad configuration"],
  [124, "--timeout"],
  [130, "a second Ctrl-C"],
];

/** The exit codes of commands that have fewer, or other reasons for them. */
export const OWN_EXIT_CODES: Readonly<
  Record<"history" | "replay" | "webhook" | "platform" | "simulate" | "demo", typeof EXIT_CODES>
> = {
  history: exitCodes([0, 64, 70, 74, 78], {
    0: "done, or nobody reads the pipe any more",
    74: "there is no log at that path, it cannot be read, or the output not be written",
  }),
  replay: exitCodes([0, 64, 70, 74, 78, 130], {
    0: "done, or ended by SIGINT or SIGTERM",
    74: "there is no log or file at that path, it cannot be read, the output not be written, or the webhook refused messages",
  }),
  webhook: exitCodes([0, 64, 69, 70, 74, 78, 130], {
    0: "done, or ended by SIGINT or SIGTERM",
    64: "wrong usage, or there is no dead letter of a number that was given",
    69: "replay: the webhook cannot be reached",
    74: "there is no log at that path, it cannot be read or written; replay: the webhook refused some again",
  }),
  platform: exitCodes([0, 64, 69, 70, 130], {
    0: "ended by SIGINT, SIGTERM or SIGHUP",
    69: "a port is taken, or another platform uses the data folder",
  }),
  simulate: exitCodes([0, 64, 69, 70, 78, 130], {
    0: "done, or ended by SIGINT or SIGTERM",
    69: "the broker cannot be reached, refused a device, or did not take a message",
    78: "the file of credentials cannot be used",
  }),
  demo: exitCodes([0, 64, 69, 70, 74, 130], {
    69: "no message came in the time of --duration",
    74: "the output could not be written",
  }),
};

function exitCodes(codes: readonly number[], texts: Readonly<Record<number, string>>): typeof EXIT_CODES {
  return EXIT_CODES.filter(([code]) => codes.includes(code)).map(([code, text]) => [
    code,
    texts[code] ?? text,
  ]);
}

/** The exit codes of a command. */
export function exitCodeHelp(codes: typeof EXIT_CODES = EXIT_CODES): string {
  return `\nExit codes:\n${definitions(codes.map(([code, text]) => [String(code).padStart(3), text]))}`;
}

/** The environment variables, from the lists by which they are read. */
export function variablesHelp(listed: readonly Variable[]): string {
  const variables = listed.map((variable): [string, string] => [
    variable.name,
    `${variable.description}${variable.default === undefined ? "" : ` (default: ${variable.default})`}`,
  ]);
  const own: [string, string][] = [
    ["NO_COLOR", "Set to anything: no colours (FORCE_COLOR=1: colours everywhere)"],
    ["TESA_DEBUG", "1: print the stack of an unexpected error"],
  ];
  return `
Environment variables, or lines of .env in the current folder
(a flag wins over the environment, and that over .env):
${definitions([...variables, ...own])}`;
}

/** Terms in one column, and beside them what they mean, wrapped. */
function definitions(entries: readonly (readonly [string, string])[]): string {
  const termWidth = Math.max(...entries.map(([term]) => term.length));
  const indent = " ".repeat(termWidth + 4);
  const columns = Math.max(COLUMNS.min, Math.min(COLUMNS.max, process.stdout.columns || COLUMNS.max));
  return entries
    .map(([term, text]) => {
      const lines = wrap(text, columns - indent.length);
      return `  ${term.padEnd(termWidth)}  ${lines.join(`\n${indent}`)}`;
    })
    .join("\n");
}
