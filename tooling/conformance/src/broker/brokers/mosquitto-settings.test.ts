import { expect, test } from "vitest";
import type { RoleCredentials } from "../broker-under-test.ts";
import { mosquittoConf, securityFile } from "./mosquitto-settings.ts";

const CREDENTIALS: RoleCredentials = {
  tokenA: { username: "token-a", password: "secret-a" },
  tokenB: { username: "token-b", password: "secret-b" },
  refused: { username: "nobody", password: "secret-r" },
  device: { username: "pump-1", password: "secret-d", deviceId: "pump-1" },
  deviceB: { username: "fan-1", password: "secret-e", deviceId: "fan-1" },
};

test("mosquittoConf() binds both listeners to loopback, the websockets one by its socket domain too", () => {
  const lines = mosquittoConf({
    certificatePath: "server.pem",
    keyPath: "server.key",
    securityPath: "security.json",
    pluginPath: "plugin.so",
    user: "me",
    mqttsPort: 1,
    wssPort: 2,
  }).split("\n");
  expect(lines.filter((line) => line.startsWith("listener "))).toEqual([
    "listener 1 127.0.0.1",
    "listener 2 127.0.0.1",
  ]);
  const websockets = lines.slice(lines.indexOf("listener 2 127.0.0.1"));
  expect(websockets).toContain("socket_domain ipv4");
  expect(websockets).toContain("protocol websockets");
  expect(lines).toContain("allow_anonymous false");
});

test("securityFile() knows each role but the refused one, and holds no password in the clear", () => {
  const text = securityFile(CREDENTIALS);
  const { clients } = JSON.parse(text);
  expect(clients.map(({ username }: { username: string }) => username)).toEqual([
    "token-a",
    "token-b",
    "pump-1",
    "fan-1",
  ]);
  expect(text).not.toMatch(/secret-/);
});

test("securityFile() denies what it does not allow", () => {
  expect(JSON.parse(securityFile(CREDENTIALS)).defaultACLAccess).toEqual({
    publishClientSend: false,
    publishClientReceive: false,
    subscribe: false,
    unsubscribe: true,
  });
});
