import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCredentialsFile } from "./credentials-file.ts";

const login = (name: string) => ({ username: name, password: `${name}-password` });
const SMALLEST = {
  tokenA: login("a"),
  tokenB: login("b"),
  refused: login("r"),
  device: login("d"),
};

describe("readCredentialsFile()", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tesa-credentials-test-"));
    path = join(folder, "credentials.json");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (content: unknown) => {
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return readCredentialsFile(path);
  };

  test("needs no more than a user name and a password per role", () => {
    expect(read(SMALLEST)).toEqual({
      credentials: { ...SMALLEST, device: { ...login("d"), deviceId: "acme-1" }, deviceB: undefined },
      name: "a broker",
      version: "unknown",
      lacks: {},
    });
  });

  test("takes the device's id, a device of organisation B, name, version and what the broker lacks", () => {
    const file = read({
      ...SMALLEST,
      device: { ...login("d"), deviceId: "pump-1" },
      deviceB: { ...login("e"), deviceId: "fan-1" },
      name: "EMQX",
      version: "5.10.3",
      lacks: { organisations: "one topic space for all" },
    });
    expect(file.credentials.device.deviceId).toBe("pump-1");
    expect(file.credentials.deviceB?.deviceId).toBe("fan-1");
    expect(file).toMatchObject({ name: "EMQX", version: "5.10.3" });
    expect(file.lacks).toEqual({ organisations: "one topic space for all" });
  });

  test("names every problem at once, and no password", () => {
    const bad = {
      tokenA: { username: 1, password: "hunter2" },
      device: { ...login("d"), deviceId: 7 },
      lacks: { magic: "x" },
    };
    const use = () => read(bad);
    for (const role of ["tokenA", "tokenB", "refused"]) {
      expect(use).toThrow(`"${role}" needs "username" and "password", both text.`);
    }
    expect(use).toThrow('"device": "deviceId" is no text.');
    expect(use).toThrow('"lacks": there is no capability "magic".');
    expect(use).not.toThrow(/hunter2/);
  });

  test("refuses what is no JSON without quoting it", () => {
    expect(() => read("{ hunter2")).toThrow(`TESA_TEST_BROKER_CREDENTIALS: ${path} is no JSON.`);
  });

  test("says which file it could not read", () => {
    expect(() => readCredentialsFile(path)).toThrow(`TESA_TEST_BROKER_CREDENTIALS: ${path} cannot be read.`);
  });
});
