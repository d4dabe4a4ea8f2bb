import { chooseBroker } from "@tesa/conformance/broker/choice";
import { readCredentialsFile } from "@tesa/conformance/broker/credentials-file";
import type { ChaosBroker } from "./broker.ts";
import { startNetwork } from "./network.ts";

const LOOPBACK = /^(localhost|127\.0\.0\.1)$/;

/** What {@link findBroker} goes by. */
export interface FindOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As for the platform in a box. */
  readonly delayMs: number;
}

/**
 * Takes a broker that runs already, with the variables `TESA_TEST_BROKER_...` of the conformance suite. It keeps no books;
 * and its connections can be cut only where it is on this machine, since the name in its certificate has to stay right
 * when another port of this machine stands before it.
 *
 * @throws Error that names every variable that is missing or wrong
 */
export async function findBroker(url: string, { env, delayMs }: FindOptions): Promise<ChaosBroker> {
  const choice = chooseBroker({ ...env, TESA_TEST_BROKER: url });
  if (choice.type !== "url") throw new Error(`--broker is "${url}", but a wss:// URL is needed.`);
  const { credentials, name, version } = readCredentialsFile(choice.credentialsPath);
  const target = new URL(choice.wss);
  const network = LOOPBACK.test(target.hostname)
    ? await startNetwork({ host: target.hostname, port: Number(target.port || 443), delayMs })
    : undefined;
  const wss = new URL(target);
  if (network !== undefined) wss.port = String(network.port);
  return {
    name: `${name} ${version}`,
    wss: wss.href,
    mqtts: choice.mqtts,
    caCertPath: choice.caCertPath,
    token: credentials.tokenA.username,
    devices: [credentials.device],
    canCut: network !== undefined,
    cut: () => network?.cut() ?? 0,
    connections: () => network?.connections ?? 0,
    subscribers: () => undefined,
    outstanding: () => undefined,
    ledger: () => undefined,
    async [Symbol.asyncDispose]() {
      await network?.[Symbol.asyncDispose]();
    },
  };
}
