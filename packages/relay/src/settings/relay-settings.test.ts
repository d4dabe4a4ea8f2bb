import { expect, test } from "vitest";
import { readRelaySettings } from "./relay-settings.ts";

const SECRET = "test-secret-of-more-than-thirty-two-bytes";

test("readRelaySettings() has a default for everything but the secret", async () => {
  const { settings, problems } = await readRelaySettings({ record: { TESA_RELAY_SECRET: SECRET } });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    port: 8080,
    hostname: "127.0.0.1",
    origins: [],
    access: { type: "keys" },
  });
});

test("readRelaySettings() takes two secrets, a port of 0 and a list of origins", async () => {
  const { settings, problems } = await readRelaySettings({
    record: {
      PORT: "0",
      HOST: "0.0.0.0",
      TESA_RELAY_SECRET: `${SECRET} ${SECRET}-2`,
      TESA_RELAY_ORIGINS: "https://a.example, http://localhost:5173",
    },
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    port: 0,
    origins: ["https://a.example", "http://localhost:5173"],
    access: { secrets: [{}, {}] },
  });
});

test("readRelaySettings() takes no keys for an answer on the loopback interface alone", async () => {
  const read = (record: Readonly<Record<string, string>>) => readRelaySettings({ record });
  expect(await read({ TESA_RELAY_OPEN: "1" })).toMatchObject({
    problems: [],
    settings: { access: { type: "open" } },
  });
  expect((await read({ TESA_RELAY_OPEN: "1", HOST: "0.0.0.0" })).problems).toEqual([
    expect.stringMatching(/^TESA_RELAY_OPEN is for this machine alone, but HOST is "0\.0\.0\.0"/),
  ]);
  expect((await read({ TESA_RELAY_OPEN: "1", TESA_RELAY_SECRET: SECRET })).problems).toEqual([
    "TESA_RELAY_OPEN and TESA_RELAY_SECRET are both set: remove one.",
  ]);
  expect((await read({})).problems).toEqual([expect.stringMatching(/^TESA_RELAY_SECRET is not set/)]);
});

test("readRelaySettings() reports everything at once, by the names that the user knows, and never the secret", async () => {
  const record = {
    PORT: "65536",
    HOST: " ",
    TESA_RELAY_SECRET: "hunter2hunter2",
    TESA_RELAY_OPEN: "yes\u009b",
    TESA_RELAY_ORIGINS: "https://a.example/",
  };
  const { problems } = await readRelaySettings({ record, label: (name) => `${name} (in .env)` });
  expect(problems).toEqual([
    "HOST (in .env) is set but empty: give it a value, or remove it.",
    'PORT (in .env) "65536" is no port: give a whole number from 0 to 65535.',
    'TESA_RELAY_OPEN (in .env) "yes?" is neither 1 nor 0.',
    expect.stringMatching(
      /^TESA_RELAY_SECRET \(in \.env\) has to be one secret of at least 32 bytes.* the first has 14 bytes/,
    ),
    'TESA_RELAY_ORIGINS (in .env) has "https://a.example/" in it: an origin looks like https://app.example.com.',
  ]);
  expect(problems.join().match(/TESA_RELAY_SECRET/g)).toHaveLength(1);
  expect(problems.join()).not.toContain("hunter2");
});
