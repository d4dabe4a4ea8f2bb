import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Box, openBox, TestClient } from "@tesa/platform/testing";
import { createRelayKey, parseRelaySecrets, type RelayScope } from "@tesa/relay";
import { bundle } from "../scripts/bundle.ts";
import { type Served, serve } from "../scripts/serve.ts";

export const SECRET = "a-secret-for-tests-of-32-or-more-bytes";

/** The Worker in workerd, with the platform in a box behind it, over wss. */
export interface Edge extends AsyncDisposable {
  readonly box: Box;
  readonly served: Served;
  readonly url: (path: string) => URL;
  /** Publishes as the one device of another organisation. */
  publishAs(organisation: string, topic: string, payload: string): Promise<void>;
  /** What the Worker and workerd have said. */
  readonly log: readonly string[];
}

/** What to be different from the Worker as it would be deployed. */
export interface EdgeOptions {
  /** @default what is deployed */
  readonly entry?: string;
  readonly bindings?: Readonly<Record<string, string>>;
  /** Folder of the built page. @default what is deployed */
  readonly dashboard?: string;
  /** Of which the Worker has tokens. @default acme */
  readonly organisations?: readonly string[];
}

export async function openEdge({
  entry,
  bindings = {},
  dashboard,
  organisations = ["acme"],
}: EdgeOptions = {}): Promise<Edge> {
  const folder = mkdtempSync(join(tmpdir(), "tesa-edge-"));
  const script = await bundle(join(folder, "bundle"), { entry, conditions: ["tesa-source"] });
  const box = await openBox();
  const log: string[] = [];
  const tokens = organisations.map((organisation) =>
    organisation === "acme" ? box.token : box.platform.tokens.issue({ organisation }),
  );
  const served = await serve({
    script,
    bindings: {
      MQTT_API_TOKEN: tokens.join(" "),
      MQTT_BROKER_URL: box.platform.urls.wss,
      MQTT_RECONNECT_PERIOD: "100",
      TESA_RELAY_SECRET: SECRET,
      ...bindings,
    },
    dashboard,
    storage: join(folder, "storage"),
    caCertPath: box.platform.caCertPath,
    onLog: (line) => log.push(line),
  });
  return {
    box,
    served,
    log,
    url: (path) => new URL(path, served.url),
    async publishAs(organisation, topic, payload) {
      const deviceId = topic.split("/")[1] ?? "";
      const credentials = box.platform.devices.register({ organisation, deviceId });
      await using client = new TestClient({ url: box.platform.urls.mqtts, caPath: box.platform.caCertPath });
      await client.connect({ clientId: deviceId, ...credentials });
      await client.publish(topic, payload);
    },
    async [Symbol.asyncDispose]() {
      await served.miniflare.dispose();
      await box[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function makeKey(
  organisation = "acme",
  { scope, secret: text = SECRET }: { readonly scope?: readonly RelayScope[]; readonly secret?: string } = {},
): Promise<string> {
  const [secret] = await parseRelaySecrets(text);
  if (secret === undefined) throw new Error("There is no secret.");
  const { key } = await createRelayKey({ secret, organisation, now: Date.now(), ...(scope && { scope }) });
  return key;
}

/** Waits until something holds. @throws Error after 30 s, naming it */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  for (const start = Date.now(); !(await holds()); ) {
    if (Date.now() - start > limitMs) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
