import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { openAuthority } from "@tesa/platform/certificates";
import type { BrokerStartOptions, RoleCredentials, StartedBroker } from "../broker-under-test.ts";
import type { Capability } from "../capabilities.ts";
import { findFreePorts } from "./free-ports.ts";
import { findPlugin, mosquittoVersion, runMosquitto } from "./mosquitto-process.ts";
import { mosquittoConf, securityFile } from "./mosquitto-settings.ts";

/** Found with mosquitto 2.0.11 by this suite; EMQX is right. */
export const MOSQUITTO_LACKS: Readonly<Partial<Record<Capability, string>>> = {
  "share-groups-per-organisation":
    "it has one topic space, and gives a share group's member what it then may not have",
  "deny-disconnect": "it answers a refused subscribe or publish and keeps the connection",
  "bad-password-code": "it refuses every wrong credential as not authorised",
  "window-while-draining":
    "it sends up to 32 more messages at an acknowledgement, whatever is still unacknowledged",
  "window-cap": "the client's receive maximum is its window, however great",
  "drop-oldest": "a full queue takes no newer message",
  "session-end-redispatch": "it drops what a share group's member had not acknowledged",
  "clean-shutdown-redispatch": "it drops it at any end",
  "no-retained-to-shares": "it sends them retained messages",
  "disconnect-reasons": "over WebSockets it ends the connection without a DISCONNECT",
  "large-packets": "over WebSockets it stalls at packets of megabytes",
  "advertised-limits": "it advertises 10 topic aliases",
  "websocket-path": "it takes any path",
  "websocket-subprotocol": "it upgrades without a subprotocol, and cuts the connection at a wrong one",
  "close-frame": "it sends no close frame",
};

/**
 * Starts Debian's mosquitto as a child process, with a configuration of its own, on free loopback ports.
 * @throws Error where the binary is missing
 */
export async function startMosquitto({ denyAction = "ignore" }: BrokerStartOptions): Promise<StartedBroker> {
  if (denyAction === "disconnect") throw new Error("mosquitto cannot disconnect on a refused subscribe.");
  const version = await mosquittoVersion();
  const directory = await mkdtemp(join(tmpdir(), "tesa-mosquitto-"));
  const removeFiles = () => rm(directory, { recursive: true, force: true });
  try {
    const authority = await openAuthority(directory);
    const credentials = createCredentials();
    const [mqtts = 0, wss = 0] = await findFreePorts(2);
    const configPath = await writeFiles(directory, { mqtts, wss }, credentials, authority);
    let running = await runMosquitto(configPath, [mqtts, wss]);
    return {
      choice: "mosquitto",
      name: "mosquitto",
      version,
      urls: { wss: `wss://127.0.0.1:${wss}/mqtt`, mqtts: `mqtts://127.0.0.1:${mqtts}` },
      caCertPath: authority.caCertPath,
      credentials,
      lacks: MOSQUITTO_LACKS,
      restart: async () => {
        await running.stop();
        running = await runMosquitto(configPath, [mqtts, wss]);
      },
      stop: async () => {
        await running.stop();
        await removeFiles();
      },
    };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}

async function writeFiles(
  directory: string,
  ports: { readonly mqtts: number; readonly wss: number },
  credentials: RoleCredentials,
  authority: Awaited<ReturnType<typeof openAuthority>>,
): Promise<string> {
  const server = await authority.issueServerCertificate();
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const conf = mosquittoConf({
    certificatePath: await write("server.pem", server.certificate),
    keyPath: await write("server.key", server.key),
    securityPath: await write("security.json", securityFile(credentials)),
    pluginPath: findPlugin(),
    user: userInfo().username,
    mqttsPort: ports.mqtts,
    wssPort: ports.wss,
  });
  return write("mosquitto.conf", conf);
}

function createCredentials(): RoleCredentials {
  const token = (organisation: string) => {
    const text = `tesa_mqtt_${organisation}_${randomBytes(16).toString("hex")}`;
    return { username: text, password: text };
  };
  const device = (deviceId: string) => ({
    username: deviceId,
    password: randomBytes(16).toString("hex"),
    deviceId,
  });
  return {
    tokenA: token("acme"),
    tokenB: token("globex_eu"),
    refused: token("acme"),
    device: device("acme-1"),
    deviceB: device("globex-1"),
  };
}
