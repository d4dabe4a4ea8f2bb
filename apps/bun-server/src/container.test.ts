import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";

const APP = join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(join(APP, name), "utf8");
const folder = mkdtempSync(join(tmpdir(), "tesa-emqx-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the image is made of files that are there, and runs the program as a user without rights", () => {
  const dockerfile = read("Dockerfile");
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, files = ""]) =>
    files.split(" "),
  );
  // vendor/ and a lockfile are there in a copy alone.
  const missing = copied.filter((file) => !existsSync(join(APP, file)));
  expect(missing).toEqual(["bun.lock*", "vendor"]);
  expect(dockerfile).toMatch(/^USER bun$/m);
  expect(dockerfile.trimEnd().split("\n").at(-1)).toBe('CMD ["bun", "src/main.ts"]');
});

test("compose publishes on this machine alone, and mounts files that are there", () => {
  // The tag resets what the other file says.
  const text = read("compose.emqx.yaml").replace("!reset ", "");
  for (const file of [parse(read("compose.yaml")), parse(text)]) {
    for (const service of Object.values<Service>(file.services)) {
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      for (const mount of service.volumes ?? []) {
        const [source = ""] = mount.split(":");
        expect(source.startsWith("./") ? existsSync(join(APP, source)) : source in file.volumes).toBe(true);
      }
    }
  }
});

interface Service {
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

test("EMQX is set as in the platform in a box, whose settings an EMQX has loaded", () => {
  expect(read("emqx/emqx.conf")).toBe(read("../../tooling/platform/emqx/emqx.conf"));
});

test("prepare.sh makes every file that EMQX is told to read, random, once", () => {
  const prepare = () => execFileSync("sh", [join(APP, "emqx/prepare.sh"), folder], { stdio: "pipe" });
  prepare();
  const named = [...read("emqx/emqx.conf").matchAll(/\/opt\/emqx\/etc\/tesa\/([\w.-]+)"/g)].map(
    ([, name]) => name,
  );
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(named));
  const token = readFileSync(join(folder, "token"), "utf8");
  expect(token).toMatch(/^tesa_mqtt_acme_[0-9a-f]{32}$/);
  expect(readFileSync(join(folder, "users.csv"), "utf8")).toContain(`\n${token},${token},false\n`);
  const [server, ca] = ["server.pem", "ca.pem"].map(
    (name) => new X509Certificate(readFileSync(join(folder, name))),
  );
  expect(server?.verify(ca?.publicKey ?? expect.fail())).toBe(true);
  expect(server?.checkHost("emqx")).toBe("emqx");
  // The key of the CA signs nothing more.
  expect(readdirSync(folder)).not.toContain("ca.key");
  prepare();
  expect(readFileSync(join(folder, "token"), "utf8")).toBe(token);
});
