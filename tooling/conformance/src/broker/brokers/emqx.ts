import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareEmqx, startEmqx } from "@tesa/platform/emqx";
import type { BrokerStartOptions, StartedBroker } from "../broker-under-test.ts";
import { findFreePorts } from "./free-ports.ts";

/**
 * Starts EMQX in Docker by compose.yaml, on free ports and under a project name of its own, so that it neither meets
 * another run nor the one that a developer has up.
 * @throws Error that begins with "Docker is missing" where it is; there is no other broker to fall back to
 */
export async function startEmqxInDocker(options: BrokerStartOptions): Promise<StartedBroker> {
  const directory = await mkdtemp(join(tmpdir(), "tesa-emqx-"));
  const removeFiles = () => rm(directory, { recursive: true, force: true });
  try {
    const prepared = await prepareEmqx(directory);
    const [mqtts = 0, wss = 0, quic = 0, dashboard = 0] = await findFreePorts(4);
    const emqx = await startEmqx({
      project: `tesa-test-${randomBytes(4).toString("hex")}`,
      mountPath: prepared.mountPath,
      ports: { mqtts, wss, quic, dashboard },
      denyAction: options.denyAction ?? "disconnect",
    });
    const { tokenA, tokenB, refused, device, deviceB } = prepared.credentials;
    return {
      choice: "emqx",
      name: "EMQX",
      version: emqx.version,
      urls: { wss: `wss://127.0.0.1:${wss}/mqtt`, mqtts: `mqtts://127.0.0.1:${mqtts}` },
      caCertPath: prepared.caCertPath,
      credentials: { tokenA, tokenB, refused, device, deviceB },
      lacks: {},
      restart: emqx.restart,
      stop: async () => {
        await emqx.down();
        await removeFiles();
      },
    };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}
