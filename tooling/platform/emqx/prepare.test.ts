import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prepareEmqx } from "./prepare.ts";

let directory: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "tesa-emqx-test-")), "emqx");
});

afterEach(() => rm(join(directory, ".."), { recursive: true, force: true }));

const mounted = (name: string) => readFile(join(directory, "etc", name), "utf8");

test("prepareEmqx() mounts what EMQX needs, and not the key of the CA", async () => {
  const { mountPath } = await prepareEmqx(directory);
  expect((await readdir(mountPath)).toSorted()).toEqual([
    "acl.conf",
    "ca.pem",
    "dashboard-password",
    "server.key",
    "server.pem",
    "users.csv",
  ]);
});

test("prepareEmqx() makes a certificate for localhost and 127.0.0.1, signed by its CA", async () => {
  const { caCertPath } = await prepareEmqx(directory);
  const authority = new X509Certificate(await readFile(caCertPath, "utf8"));
  const server = new X509Certificate(await mounted("server.pem"));
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.checkHost("localhost")).toBe("localhost");
  expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(await mounted("ca.pem")).toBe(await readFile(caCertPath, "utf8"));
});

test("prepareEmqx() writes every user that may connect, and not the refused one", async () => {
  const { credentials } = await prepareEmqx(directory);
  const [head, ...rows] = (await mounted("users.csv")).trimEnd().split("\n");
  expect(head).toBe("user_id,password,is_superuser");
  const allowed = [credentials.tokenA, credentials.tokenB, ...credentials.devices];
  expect(rows).toEqual(allowed.map(({ username, password }) => `${username},${password},false`));
  expect(rows.join()).not.toContain(credentials.refused.username);
});

test("prepareEmqx() makes tokens of the platform's form for two organisations, one with an underscore", async () => {
  const { tokenA, tokenB, refused, device, deviceB } = (await prepareEmqx(directory)).credentials;
  expect(tokenA.username).toMatch(/^tesa_mqtt_acme_[A-Za-z0-9]{32}$/);
  expect(tokenB.username).toMatch(/^tesa_mqtt_globex_eu_[A-Za-z0-9]{32}$/);
  expect(refused.username).toMatch(/^tesa_mqtt_acme_[A-Za-z0-9]{32}$/);
  for (const { username, password } of [tokenA, tokenB, refused]) expect(password).toBe(username);
  expect(device).toMatchObject({ organisation: "acme", username: "device.acme.acme-1", deviceId: "acme-1" });
  expect(deviceB.organisation).toBe("globex_eu");
});

test("prepareEmqx() closes the folder to others, and leaves the mounted one readable to EMQX' own user", async () => {
  const { mountPath, credentialsPath } = await prepareEmqx(directory);
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
  expect(await modeOf(directory)).toBe("700");
  expect(await modeOf(credentialsPath)).toBe("600");
  expect(await modeOf(join(directory, "ca-key.pem"))).toBe("600");
  expect(await modeOf(mountPath)).toBe("755");
  for (const name of await readdir(mountPath)) expect(await modeOf(join(mountPath, name))).toBe("644");
});

test("prepareEmqx() keeps the CA, the tokens and the dashboard's password, and renews the certificate", async () => {
  const first = await prepareEmqx(directory);
  const before = [await mounted("ca.pem"), await mounted("dashboard-password"), await mounted("server.pem")];
  const second = await prepareEmqx(directory);
  const after = [await mounted("ca.pem"), await mounted("dashboard-password"), await mounted("server.pem")];
  expect(second.credentials).toEqual(first.credentials);
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(after[2]).not.toBe(before[2]);
});

test.each(["not JSON", '{"tokenA": {}}'])(
  "prepareEmqx() replaces credentials that are damaged: %s",
  async (text) => {
    const { credentialsPath } = await prepareEmqx(directory);
    await writeFile(credentialsPath, text);
    const { credentials } = await prepareEmqx(directory);
    expect(credentials.devices).toHaveLength(10);
    expect(JSON.parse(await readFile(credentialsPath, "utf8"))).toEqual(credentials);
  },
);
