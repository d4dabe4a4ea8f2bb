import { TesaError } from "@tesa/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeTarget, parseConnectionString } from "./connection-string.ts";

const refusal = (text: string): TesaError => {
  try {
    parseConnectionString(text);
  } catch (error) {
    if (error instanceof TesaError) return error;
  }
  throw new Error(`Not refused: ${text}`);
};

test("parseConnectionString() takes every part, decoded", () => {
  expect(
    parseConnectionString("postgresql://a%40b:p%2Fw%3A@db.example.com:6432/my%20db?application_name=x"),
  ).toEqual({
    host: "db.example.com",
    port: 6432,
    database: "my db",
    user: "a@b",
    password: "p/w:",
    tls: { rejectUnauthorized: true, minVersion: "TLSv1.2" },
    applicationName: "x",
    serverOptions: undefined,
    channelBinding: false,
  });
});

test("parseConnectionString() has defaults for all but the database", () => {
  expect(parseConnectionString("postgres:///telemetry")).toMatchObject({
    host: "localhost",
    port: 5432,
    user: undefined,
    password: undefined,
    tls: false,
    applicationName: "tesa",
  });
});

test.each([
  ["postgres://localhost/d", false],
  ["postgres://127.1.2.3/d", false],
  ["postgres://[::1]/d", false],
  ["postgres://u@%2Frun%2Fpostgresql/d", false],
  ["postgres:///d?host=/run/postgresql", false],
  ["postgres://localhost/d?sslmode=require", true],
  ["postgres://db/d", true],
  ["postgres://127.0.0.1.example.com/d", true],
  ["postgres://10.0.0.1/d", true],
  ["postgres://db/d?sslmode=disable", false],
  ["postgres://db/d?sslmode=prefer", true],
  ["postgres://db/d?sslmode=verify-ca", true],
])("parseConnectionString() of %s uses TLS: %s", (text, usesTls) => {
  const { tls } = parseConnectionString(text);
  expect(tls !== false).toBe(usesTls);
  if (tls !== false) expect(tls).toMatchObject({ rejectUnauthorized: true });
});

test("parseConnectionString() trusts the certificates given", () => {
  expect(parseConnectionString("postgres://db/d", "PEM").tls).toMatchObject({ ca: "PEM" });
});

test.each([
  ["mysql://h/d", "must begin with postgres://"],
  ["host=localhost dbname=d", "must begin with postgres://"],
  ["", "must begin with postgres://"],
  ["postgres://u:secret@h", "names no database"],
  ["postgres://u:secret@h/", "names no database"],
  ["postgres://u:secret@h1,h2/d", "several hosts"],
  ["postgres://u:secret@h/d?host=a,b", "several hosts"],
  ["postgres://u:secret@h/d?port=99999", "port"],
  ["postgres://u:secret@h:99999/d", "no valid URL"],
  ["postgres://u:secret@h/d?sslmode=no-verify", "sslmode=no-verify"],
  ["postgres://u:secret@h/d?sslmode=allow", "sslmode=allow"],
  ["postgres://u:secret@h/d?uselibpqcompat=true", "unknown parameter (uselibpqcompat)"],
  ["postgres://u:secret@h/d?sslrootcert=/nowhere/ca", "(ENOENT)"],
  ["postgres://u:12#secret@h/d", "%23"],
  ["postgres://u:12/secret@h/d", "%2F"],
  ["postgres://u:@secret/@h/d", "%2F"],
  ["postgres://u:12?secret@h/d", "%3F"],
  ["postgres://u:secret%@h/d", "%25"],
])("parseConnectionString() refuses %s and says why", (text, reason) => {
  const error = refusal(text);
  expect(error.code).toBe("config");
  expect(error.message).toContain(reason);
  expect(error.message).not.toContain("secret");
  expect(error.cause).toBeUndefined();
});

test("parseConnectionString() tells no password, whatever is in it and wherever it goes wrong", () => {
  const characters = fc.constantFrom(..."#/?@:%&=[]\\ ,;<>^`|+ß€\u{1f600}");
  fc.assert(
    fc.property(fc.array(characters, { maxLength: 6 }), fc.nat(6), (special, cut) => {
      const password = `${special.slice(0, cut).join("")}Xq7Zw9${special.slice(cut).join("")}`;
      try {
        const target = parseConnectionString(`postgres://user:${password}@host.example:5432/db`);
        expect(describeTarget(target)).not.toContain("Xq7Zw9");
      } catch (error) {
        expect(error).toBeInstanceOf(TesaError);
        expect(String(error)).not.toContain("Xq7Zw9");
      }
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test("parseConnectionString() gets any password back that is percent-encoded", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (password) => {
      const text = `postgres://user:${encodeURIComponent(password)}@host/db`;
      expect(parseConnectionString(text).password).toBe(password);
    }),
    { seed: 1 },
  );
});
