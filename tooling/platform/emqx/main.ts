/** `emqx up`, `emqx down`, `emqx prepare`: the platform on EMQX in Docker, by compose.yaml. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PLATFORM_PORTS, startEmqx, stopEmqx } from "./compose.ts";
import { type PreparedEmqx, prepareEmqx } from "./prepare.ts";

const DIRECTORY = fileURLToPath(new URL("../../../.tesa/emqx", import.meta.url));
const USAGE = `usage: emqx up | down | prepare

  up       prepares the files, starts EMQX in Docker and says how to connect
  down     ends it and forgets what it stored
  prepare  only writes the files that compose.yaml mounts: CA, certificate, users, access rules
`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...rest]: readonly string[]): Promise<number> {
  const isHelp = command === "--help" || command === "-h";
  if (isHelp || rest.length > 0 || !["up", "down", "prepare"].includes(command ?? "")) {
    (isHelp ? process.stdout : process.stderr).write(USAGE);
    return isHelp ? 0 : 64;
  }
  try {
    const prepared = await prepareEmqx(DIRECTORY);
    if (command === "down") await stopEmqx(prepared);
    else if (command === "up") process.stdout.write(howToConnect(prepared, await startEmqx(prepared)));
    else process.stdout.write(`Prepared ${relative(process.cwd(), DIRECTORY) || "."}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** The token itself stays in its file: a terminal's history is no place for it. */
function howToConnect(prepared: PreparedEmqx, { version }: { readonly version: string }): string {
  const { wss, mqtts, quic, dashboard } = PLATFORM_PORTS;
  return `EMQX ${version} is up, on this machine alone.

  applications  MQTT_BROKER_URL=wss://localhost:${wss}/mqtt
                CA_CERT_PATH=${prepared.caCertPath}
                MQTT_API_TOKEN: the password of "tokenA" in ${prepared.credentialsPath}
  devices       mqtts://localhost:${mqtts}, and MQTT over QUIC on ${quic}/udp: "devices" in the same file
  dashboard     http://localhost:${dashboard}, user admin, password in ${prepared.mountPath}/dashboard-password
`;
}
