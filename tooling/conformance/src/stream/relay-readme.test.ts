import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startProgram } from "@tesa/platform/testing";
import { createRelayKey, parseRelaySecrets } from "@tesa/relay";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { openBox, until } from "./harness.ts";

const FOLDER = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(new URL("../../../../packages/relay/README.md", import.meta.url), "utf8");
const [whole = "", key = ""] = [...readme.matchAll(/```ts\n(.*?)```/gsu)].map(([, code]) => code);
const SECRET = "test-secret-of-more-than-thirty-two-bytes";
const program = (code: string) => [
  process.execPath,
  "--conditions=tesa-source",
  "--input-type=module-typescript",
  "--eval",
  code,
];

test("the example of the relay's README serves what the platform sends, by SSE, WebSocket and as history", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tesa-relay-readme-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const example = whole.replace('"./telemetry.db"', JSON.stringify(join(folder, "telemetry.db")));
  expect(example).not.toBe(whole);
  await using box = await openBox();
  await using relay = startProgram({
    command: program(example),
    cwd: FOLDER,
    env: {
      MQTT_API_TOKEN: box.token,
      MQTT_BROKER_URL: box.platform.urls.wss,
      CA_CERT_PATH: box.platform.caCertPath,
      TESA_RELAY_SECRET: SECRET,
      PORT: "0",
    },
  });
  await until("its address printed", () => /^http:/m.test(relay.stdout));
  const [url = ""] = /http:\S+/.exec(relay.stdout) ?? [];
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 15_000 }).toBe(200);

  const headers = { authorization: `Bearer ${await makeKey("acme")}` };
  const live = await fetch(`${url}/v1/stream`, { headers });
  const { ticket } = await getJson(fetch(`${url}/v1/tickets`, { method: "POST", headers }));
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws?ticket=${ticket}`);
  const frames: string[] = [];
  socket.on("message", (data) => frames.push(String(data)));
  onTestFinished(() => socket.terminate());
  await until("a first frame", () => frames.length > 0);

  await box.publish(3);
  await until("three frames", () => frames.filter((frame) => frame.includes('"telemetry"')).length >= 3);
  expect(await readUntil(live, '"seq":3,')).toMatch(/^id: \w+:3$/m);
  const { messages } = await getJson(fetch(`${url}/v1/telemetry`, { headers }));
  expect(messages).toMatchObject([{ seq: 1, deviceId: "press-1" }, { seq: 2 }, { seq: 3 }]);
  const stranger = { authorization: `Bearer ${await makeKey("globex")}` };
  expect((await fetch(`${url}/v1/telemetry`, { headers: stranger })).status).toBe(403);
});

test("the key that the README's example makes is one", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    program(`${key}console.log(key, expiresAt);`).slice(1),
    { cwd: FOLDER, env: { PATH: process.env.PATH, TESA_RELAY_SECRET: SECRET } },
  );
  const [token = "", expiresAt] = stdout.trim().split(" ");
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  expect(claims).toMatchObject({ org: "acme", devices: ["press-1"], scope: ["stream", "history"] });
  expect(claims.exp * 1_000).toBe(Number(expiresAt));
});

async function makeKey(organisation: string): Promise<string> {
  const [secret] = await parseRelaySecrets(SECRET);
  if (secret === undefined) throw new Error("There is no secret.");
  return (await createRelayKey({ secret, organisation, now: Date.now() })).key;
}

// biome-ignore lint/suspicious/noExplicitAny: the test looks into it.
async function getJson(answer: Promise<Response>): Promise<any> {
  return (await answer).json();
}

/** What has come of a body when the text is in it. */
async function readUntil({ body }: Response, expected: string): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(expected)) break;
  }
  return text;
}
