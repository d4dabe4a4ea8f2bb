import { entries } from "@tesa/log/testing";
import { base64url, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getJson } from "../testing/get-json.ts";
import { readStream } from "../testing/read-stream.ts";
import { SERVERS, type ServedRelay, serveOn } from "../testing/served-relay.ts";
import { keyAccess, TEST_SECRET, testKey } from "../testing/start-relay.ts";

const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ["GET", "/v1/stream"],
  ["GET", "/v1/stream?after=x:1"],
  ["GET", "/v1/stream?view=latest"],
  ["POST", "/v1/tickets"],
  ["GET", "/v1/telemetry"],
  ["GET", "/v1/devices"],
  ["GET", "/v1/gaps"],
];

/** Signed as ours are, with what is wrong put in. */
function sign(claims: Record<string, unknown>, { secret = TEST_SECRET, header = {} } = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", ...header })
    .sign(new TextEncoder().encode(secret));
}

const soon = () => Math.floor(Date.now() / 1_000) + 3_600;
const good = () => ({ org: "acme", scope: ["stream", "history"], exp: soon() });

const BAD_KEYS: readonly (readonly [
  name: string,
  status: number,
  code: string,
  make: () => Promise<string> | string,
])[] = [
  ["that is none", 401, "key-invalid", () => "not.a.key"],
  ["with alg none", 401, "key-invalid", () => new UnsecuredJWT(good()).encode()],
  [
    "signed with another secret",
    401,
    "key-invalid",
    () => sign(good(), { secret: "another-secret-of-thirty-two-bytes!!" }),
  ],
  ["signed with HS512", 401, "key-invalid", () => sign(good(), { header: { alg: "HS512" } })],
  ["whose kid names another secret", 401, "key-invalid", () => sign(good(), { header: { kid: "somebody" } })],
  ["that has ended", 401, "key-expired", () => sign({ ...good(), exp: soon() - 7_200 })],
  ["without an end", 401, "key-invalid", () => sign({ org: "acme", scope: ["stream", "history"] })],
  ["that lasts for two days", 401, "key-invalid", () => sign({ ...good(), exp: soon() + 2 * 86_400 })],
  ["of another organisation", 403, "organisation-not-allowed", () => sign({ ...good(), org: "globex" })],
  ["without an organisation", 401, "key-invalid", () => sign({ ...good(), org: undefined })],
  ["with another scope", 403, "scope-missing", () => sign({ ...good(), scope: ["metrics"] })],
  ["with devices that are no list", 401, "key-invalid", () => sign({ ...good(), devices: "d1" })],
  [
    "whose claims were changed",
    401,
    "key-invalid",
    async () => {
      const [head, , signature] = (await sign({ ...good(), devices: ["d1"] })).split(".");
      return [head, base64url.encode(JSON.stringify(good())), signature].join(".");
    },
  ],
];

describe.each(SERVERS)("on %s", (on) => {
  let server: ServedRelay;
  beforeAll(async () => {
    server = await serveOn(on, { access: await keyAccess() });
    await server.log.append(entries(1));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("GET /v1/access says that a key is needed, without one and with one that is bad", async () => {
    expect(await getJson(`${server.url}/v1/access`)).toEqual({ access: "keys" });
    expect(await getJson(`${server.url}/v1/access`, { authorization: "Bearer not.a.key" })).toEqual({
      access: "keys",
    });
  });

  test("GET /v1/access says where no key is needed", async () => {
    await using open = await serveOn(on);
    expect(await getJson(`${open.url}/v1/access`)).toEqual({ access: "open" });
  });

  describe.each(ROUTES)("%s %s", (method, path) => {
    test.each(BAD_KEYS)("refuses a key %s: %i %s", async (_name, status, code, make) => {
      const key = await make();
      const answer = await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}` },
      });
      const text = await answer.text();
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(JSON.parse(text)).toMatchObject({ status, code });
      expect(text).not.toContain(key);
      expect(await server.clients()).toBe(0);
    });

    test("refuses a request without a key: 401 key-missing", async () => {
      const answer = await fetch(`${server.url}${path}`, { method });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(await answer.json()).toMatchObject({ code: "key-missing" });
    });
  });
});

describe.each(SERVERS)("on %s", (on) => {
  describe("a key for one device", () => {
    const onlyD1 = async () => ({ authorization: `Bearer ${await testKey({ devices: ["d1"] })}` });
    const both = () => entries(6, (index) => ({ device: index % 2 === 0 ? "d1" : "d2" }));

    test("shows nothing of another one: live, replay, latest, history, devices", async () => {
      await using server = await serveOn(on, { access: await keyAccess() });
      const headers = await onlyD1();
      await server.log.append(both());
      await using live = await readStream(`${server.url}/v1/stream?after=${server.log.epoch}:0`, headers);
      await using latest = await readStream(`${server.url}/v1/stream?view=latest`, headers);
      await server.log.append(both());
      await live.received(6);
      await latest.received(2);
      const history = await getJson(`${server.url}/v1/telemetry`, headers);
      const devices = await getJson(`${server.url}/v1/devices`, headers);
      const seen = [
        ...live.events.filter(({ event }) => event === "message").map(({ data }) => data),
        ...latest.events.filter(({ event }) => event === "message").map(({ data }) => data),
        ...history.messages,
        ...devices.devices.map(({ latest }: { latest: unknown }) => latest),
      ];
      expect(new Set(seen.map(({ deviceId }) => deviceId))).toEqual(new Set(["d1"]));
      expect([live.seqs.length, history.messages.length, devices.devices.length]).toEqual([6, 6, 1]);
    });

    test.each(["/v1/stream?device=d2", "/v1/stream?device=d1&device=d2", "/v1/telemetry?device=d2"])(
      "is refused at %s",
      async (path) => {
        await using server = await serveOn(on, { access: await keyAccess() });
        const answer = await fetch(`${server.url}${path}`, { headers: await onlyD1() });
        expect(answer.status).toBe(403);
        expect(await answer.json()).toMatchObject({ code: "device-not-allowed" });
      },
    );
  });

  test("a stream ends when its key ends", async () => {
    await using server = await serveOn(on, { access: await keyAccess() });
    const key = await testKey({ expiresInMs: 2_000 });
    await using client = await readStream(`${server.url}/v1/stream`, { authorization: `Bearer ${key}` });
    expect(await client.ended()).toBe(true);
    expect(await server.clients()).toBe(0);
  });

  test("while secrets rotate, keys of both are good, and none of a third", async () => {
    const old = "old-test-secret-of-more-than-thirty-two-bytes";
    const { parseRelaySecrets } = await import("../index.ts");
    const secrets = await parseRelaySecrets(`${TEST_SECRET} ${old}`);
    await using server = await serveOn(on, { access: { type: "keys", secrets, organisation: "acme" } });
    const status = async (key: string) =>
      (await fetch(`${server.url}/v1/devices`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await status(await testKey())).toBe(200);
    expect(await status(await testKey({ secretText: old }))).toBe(200);
    expect(await status(await testKey({ secretText: "third-test-secret-of-more-than-thirty-two" }))).toBe(
      401,
    );
  });

  test("more clients than allowed are refused, with one key and in all, and let in when others have gone", async () => {
    await using server = await serveOn(on, {
      access: await keyAccess(),
      limits: { clients: 3, clientsPerKey: 2 },
    });
    const first = { authorization: `Bearer ${await testKey()}` };
    const second = { authorization: `Bearer ${await testKey({ devices: ["d1"] })}` };
    const url = `${server.url}/v1/stream`;
    const leaving = await readStream(url, first);
    await using _second = await readStream(url, first);
    await expect(readStream(url, first)).rejects.toThrow(/^429: .*too-many-clients/);
    await using _third = await readStream(url, second);
    await expect(readStream(url, second)).rejects.toThrow(/^503: .*too-many-clients/);
    await leaving[Symbol.asyncDispose]();
    await expect.poll(() => server.clients()).toBe(2);
    await using _again = await readStream(url, first);
  });
});
