import { expect, test } from "vitest";
import { findUnwanted } from "./tree-rules.ts";

const find = (text: string, path = "packages/core/src/a.ts") => findUnwanted([{ path, text }]);
const base64 = "MIIB".repeat(16);
// Put together here, so that this file itself does not hold what it is about.
const mark = (kind: string) => `-----${"BEGIN"} ${kind}-----`;
const path = (...parts: string[]) => `/${parts.join("/")}`;
const random = "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P";

test.each([
  ["a registry host", `registry=https://${"registry"}.npmjs.org/`],
  ["another registry host", `see ${"proxy"}.golang.org for it`],
  ["a private key", `${mark("PRIVATE KEY")}\n${base64}`],
  ["an EC key", `${mark("EC PRIVATE KEY")}\r\n${base64}`],
  ["a certificate inside a string", `"${mark("CERTIFICATE")}\\n${base64}"`],
  ["a token", `MQTT_API_TOKEN=tesa_mqtt_${"acme"}_${random}`],
  ["a work folder", `cd ${path("work", "main")}`],
  ["a home folder", `"${path("home", "ann", "x.ts")}"`],
  ["a temporary folder", `CA_CERT_PATH=${path("tmp", "ca.pem")}`],
])("findUnwanted() reports %s", (_what, text) => {
  expect(find(`first line\n${text}\n`)).toEqual([expect.stringMatching(/^packages\/core\/src\/a\.ts:2 /)]);
});

test.each([
  ["a token that is visibly fake", "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001"],
  ["a placeholder", "tesa_mqtt_yourorg_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],
  ["the shape of a token", "tesa_mqtt_<org_prefix>_<32 random characters>"],
  ["code that wraps its own bytes", `\`${mark("CERTIFICATE")}\\n\${base64}\``],
  ["a URL that has such a folder", `https://example.com${path("home", "ann", "x")}`],
  ["a relative path", `..${path("home", "ann")} .${path("tmp", "x")}`],
  ["a folder alone", "somewhere below /tmp, say"],
])("findUnwanted() accepts %s", (_what, text) => {
  expect(find(text)).toEqual([]);
});

test("findUnwanted() reports a lockfile that names a host, and no other file for an ordinary link", () => {
  const text = "tarball: https://example.com/a.tgz";
  expect(find(text, "pnpm-lock.yaml")).toHaveLength(1);
  expect(find(text, "README.md")).toEqual([]);
});

test.each(["ca.pem", "tooling/platform/server.key", "a/b.P12"])(
  "findUnwanted() reports the file %s by its name",
  (name) => {
    expect(find("", name)).toHaveLength(1);
  },
);
