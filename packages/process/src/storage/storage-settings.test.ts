import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readEnvironment } from "../environment/environment.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { StorageReader } from "./storage-settings.ts";

/** 32 bytes of nothing. */
const SECRET = `whsec_${Buffer.alloc(32, "FAKE").toString("base64")}`;

const STORES = {
  TESA_LOG: "sqlite:telemetry.db",
  TESA_POSTGRES_URL: "postgres://tesa:hunter2hunter2@127.0.0.1:1/telemetry",
  TESA_WEBHOOK_URL: "https://example.com/PATHSECRET",
  TESA_WEBHOOK_SECRET: SECRET,
};

type Env = Readonly<Record<string, string | undefined>>;

function reader(env: Env, flags: Parameters<typeof readEnvironment>[0]["flags"] = {}): StorageReader {
  return new StorageReader(readEnvironment({ flags, env, envFile: false }));
}

test("all settings are read", async () => {
  const storage = reader({
    ...STORES,
    TESA_KEEP: "7d,1000000, 10GB",
    TESA_POSTGRES_TABLE: "plant.telemetry",
    TESA_WEBHOOK_NAME: "plant",
    TESA_WEBHOOK_SECRET: `${SECRET} ${SECRET}`,
  });
  expect(await storage.all()).toEqual({
    log: { type: "sqlite", path: "telemetry.db" },
    retention: { maxAgeMs: 7 * 86_400_000, maxRows: 1_000_000, maxBytes: 10_000_000_000 },
    postgres: { connectionString: STORES.TESA_POSTGRES_URL, table: "plant.telemetry" },
    webhook: { url: STORES.TESA_WEBHOOK_URL, secret: [SECRET, SECRET], name: "plant" },
    warnings: [],
  });
  expect(storage.problems).toEqual([]);
});

test("nothing set is a memory log, with nothing behind it", async () => {
  expect(await reader({}).all()).toEqual({
    log: { type: "memory" },
    retention: {},
    postgres: undefined,
    webhook: undefined,
    warnings: [],
  });
});

test("the secret may lie in a file, which ends with a line break", async () => {
  using folder = temporaryFolder();
  const path = folder.file("secret");
  writeFileSync(path, `${SECRET}\n`);
  const storage = reader({ ...STORES, TESA_WEBHOOK_SECRET: undefined, TESA_WEBHOOK_SECRET_FILE: path });
  expect((await storage.all()).webhook?.secret).toEqual([SECRET]);
  expect(storage.problems).toEqual([]);
});

test("a password in the flag is warned of, since process lists show it; in the environment it is not", async () => {
  const { TESA_POSTGRES_URL: value, ...env } = STORES;
  const flagged = await reader(env, { TESA_POSTGRES_URL: { flag: "--postgres", value } }).all();
  expect(flagged.warnings).toEqual([
    expect.stringMatching(/^--postgres has a password .* TESA_POSTGRES_URL/),
  ]);
  expect((await reader(STORES).all()).warnings).toEqual([]);
});

test.each<[string, Env, readonly RegExp[]]>([
  ["an unknown log", { TESA_LOG: "telemetry.db" }, [/^TESA_LOG "telemetry\.db" is no log\. Write sqlite:/]],
  [
    "an empty log",
    { TESA_LOG: " ", TESA_POSTGRES_URL: undefined, TESA_WEBHOOK_URL: undefined },
    [/is set but empty/],
  ],
  ["a log in a URL", { TESA_LOG: "sqlite://telemetry.db" }, [/^TESA_LOG .* is written as a URL/]],
  ["a log without a file", { TESA_LOG: "sqlite:" }, [/^TESA_LOG "sqlite:" names no file/]],
  ["a database in memory", { TESA_LOG: "sqlite::memory:" }, [/^TESA_LOG "sqlite::memory:" names no file/]],
  [
    "no log that lasts",
    { TESA_LOG: "memory:", TESA_KEEP: "7d" },
    [
      /^TESA_POSTGRES_URL needs a log that lasts, .* add TESA_LOG=sqlite:/,
      /^TESA_WEBHOOK_URL needs a log that lasts/,
      /^TESA_KEEP needs a log that lasts/,
    ],
  ],
  ["an unknown unit", { TESA_KEEP: "7 years" }, [/^TESA_KEEP "7 years" is no limit\. Write an age/]],
  ["a limit of nothing", { TESA_KEEP: "0" }, [/^TESA_KEEP "0" is out of range/]],
  ["the same limit twice", { TESA_KEEP: "7d,1w" }, [/^TESA_KEEP "1w" limits the same a second time/]],
  [
    "another database",
    { TESA_POSTGRES_URL: "mysql://u:hunter2@db/x" },
    [/^TESA_POSTGRES_URL: .*postgres:\/\//],
  ],
  [
    "no database",
    { TESA_POSTGRES_URL: "postgres://u:hunter2@db" },
    [/^TESA_POSTGRES_URL: .*names no database/],
  ],
  ["no name of a table", { TESA_POSTGRES_TABLE: "a.b.c" }, [/^TESA_POSTGRES_TABLE: "a\.b\.c" is no table/]],
  ["FTP", { TESA_WEBHOOK_URL: "ftp://example.com/x" }, [/^TESA_WEBHOOK_URL begins with ftp:; use https/]],
  ["no URL of a webhook", { TESA_WEBHOOK_URL: "example.com" }, [/^TESA_WEBHOOK_URL is not a URL/]],
  [
    "a webhook in the clear",
    { TESA_WEBHOOK_URL: "http://93.184.216.34/" },
    [/^TESA_WEBHOOK_URL .*by plain http/],
  ],
  [
    "a webhook with a password at the metadata service",
    { TESA_WEBHOOK_URL: "http://me:hunter2@169.254.169.254/" },
    [
      /^TESA_WEBHOOK_URL has a user or a password/,
      /^TESA_WEBHOOK_URL leads to 169\.254\.169\.254: link-local/,
    ],
  ],
  ["no secret", { TESA_WEBHOOK_SECRET: undefined }, [/^TESA_WEBHOOK_SECRET is not set: .*openssl rand/]],
  ["an empty secret", { TESA_WEBHOOK_SECRET: "" }, [/^TESA_WEBHOOK_SECRET is set but empty/]],
  [
    "a short secret",
    { TESA_WEBHOOK_SECRET: "whsec_aHVudGVyMg==" },
    [/^TESA_WEBHOOK_SECRET cannot be used: .*7 bytes/],
  ],
  [
    "another secret",
    { TESA_WEBHOOK_SECRET: "hunter2hunter2" },
    [/^TESA_WEBHOOK_SECRET .*secret is not whsec_/],
  ],
  [
    "a secret file that is not there",
    { TESA_WEBHOOK_SECRET: undefined, TESA_WEBHOOK_SECRET_FILE: "missing" },
    [/^TESA_WEBHOOK_SECRET_FILE: the file "missing" cannot be read \(ENOENT\)/],
  ],
  ["two secrets", { TESA_WEBHOOK_SECRET_FILE: "file" }, [/^TESA_WEBHOOK_SECRET and .*_FILE are both set/]],
  ["a strange name", { TESA_WEBHOOK_NAME: "a b" }, [/^TESA_WEBHOOK_NAME "a b" is no name/]],
])("%s is a problem that shows no secret", async (_, env, problems) => {
  const storage = reader({ ...STORES, ...env });
  await storage.all();
  expect(storage.problems).toHaveLength(problems.length);
  for (const [index, problem] of problems.entries()) expect(storage.problems[index]).toMatch(problem);
  expect(storage.problems.join()).not.toMatch(/RkFLR|hunter2|aHVudGVyMg|PATHSECRET/);
});
