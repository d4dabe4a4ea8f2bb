import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { buildPackages } from "../pack.ts";
import { type FakeRegistry, startFakeRegistry } from "../testing/fake-registry.ts";
import { userEnvironment } from "../testing/tool-path.ts";
import { publicPackages, ROOT, readWorkspace } from "../workspace.ts";
import { stageRelease } from "./stage-release.ts";

const run = promisify(execFile);
/** The repository as it is now, in a folder where versions can be changed and tags be made. */
const copy = mkdtempSync(join(tmpdir(), "tesa-release-"));
const CHANGESET = join(ROOT, "node_modules/@changesets/cli/bin.js");
const names = publicPackages(readWorkspace()).map(({ name }) => name);
let registry: FakeRegistry;
let env: Record<string, string>;

beforeAll(async () => {
  await buildPackages(publicPackages(readWorkspace()));
  copyRepository();
  registry = await startFakeRegistry();
  const npmrc = join(copy, "..", `${copy.split("/").at(-1)}.npmrc`);
  writeFileSync(npmrc, `registry=${registry.url}\n//${new URL(registry.url).host}/:_authToken=fake\n`);
  env = {
    ...userEnvironment(`${pnpmFolder()}:${dirname(process.execPath)}:${process.env.PATH}`),
    NPM_CONFIG_USERCONFIG: npmrc,
    npm_config_registry: registry.url,
    pnpm_config_registry: registry.url,
  };
}, 120_000);
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(copy, { recursive: true, force: true });
  rmSync(`${copy}.npmrc`, { force: true });
});

test("a release goes from changesets to packages on the registry", { timeout: 180_000 }, async () => {
  const before = new Map(publicPackages(readWorkspace(copy)).map((one) => [one.name, one.manifest.version]));
  await changeset("status");
  await changeset("version");
  expect(readdirSync(join(copy, ".changeset")).filter(isChangeset)).toEqual([]);
  const released = publicPackages(readWorkspace(copy)).filter(
    ({ name, manifest }) => manifest.version !== before.get(name),
  );
  expect(released.map(({ name }) => name)).toEqual(names);
  for (const { folder, manifest } of released) {
    expect(readFileSync(join(folder, "CHANGELOG.md"), "utf8")).toContain(`## ${manifest.version}`);
  }

  commit("Version packages");
  stageRelease({ root: copy, repository: "https://git.example.com/acme/streaming" });
  await changeset("publish");
  expect(registry.published.map(({ name }) => name).toSorted()).toEqual(names);
  const versions = new Map(released.map(({ name, manifest }) => [name, manifest.version]));
  for (const { name, version, manifest, tarball } of registry.published) {
    expect(version).toBe(versions.get(name));
    expect(tarball.length).toBeGreaterThan(1_000);
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|tesa-source|devDependencies/);
    expect(manifest).toMatchObject({ repository: { url: "git+https://git.example.com/acme/streaming.git" } });
    const dependencies = Object.entries((manifest.dependencies ?? {}) as Record<string, string>);
    for (const [dependency, range] of dependencies) {
      if (versions.has(dependency)) expect(range).toBe(versions.get(dependency));
    }
  }
  const tags = execFileSync("git", ["tag"], { cwd: copy, encoding: "utf8" }).trim().split("\n");
  expect(tags.toSorted()).toEqual(
    released.map(({ name, manifest }) => `${name}@${manifest.version}`).toSorted(),
  );

  // What is there already is not published again.
  await changeset("publish");
  expect(registry.published).toHaveLength(names.length);
});

test("each package passes npm publish --dry-run", { timeout: 120_000 }, async () => {
  const folders = stageRelease({ root: copy }).map(({ folder }) => join(folder, "package"));
  const nothing = await startFakeRegistry();
  try {
    for (const folder of folders) {
      const args = ["publish", "--dry-run", "--json", "--registry", nothing.url];
      const { stdout } = await run("npm", args, { cwd: folder, env });
      expect(JSON.parse(stdout)).toBeTypeOf("object");
    }
    expect(nothing.published).toEqual([]);
  } finally {
    await nothing[Symbol.asyncDispose]();
  }
});

test("the release workflow publishes with provenance", async () => {
  const workflow = parse(readFileSync(join(ROOT, ".github/workflows/release.yml"), "utf8"));
  expect(workflow.jobs.publish.permissions).toMatchObject({ "id-token": "write" });
  const setting = workflow.jobs.publish.env;
  expect(setting).toMatchObject({ pnpm_config_provenance: "true" });
  // pnpm obeys the setting: where no workload identity is to be had, it publishes nothing.
  const folder = join(copy, "packages/core");
  const args = ["publish", "--no-git-checks", "--json", "--force"];
  const before = registry.published.length;
  const failed = await run("pnpm", args, { cwd: folder, env: { ...env, ...setting } }).catch(
    (error: { stdout: string }) => error,
  );
  expect(failed.stdout).toContain("ERR_PNPM_PROVENANCE");
  expect(registry.published).toHaveLength(before);
});

function copyRepository(): void {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).split("\0");
  for (const file of files) {
    if (file === "" || !existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const { folder } of publicPackages(readWorkspace())) {
    cpSync(join(folder, "dist"), join(folder.replace(ROOT, `${copy}/`), "dist"), { recursive: true });
  }
  // There is something to release for each package, even when the last release took all changesets along.
  const bumps = names.map((name) => `"${name}": patch\n`).join("");
  writeFileSync(join(copy, ".changeset/try-a-release.md"), `---\n${bumps}---\n\nTry a release\n`);
  execFileSync("git", ["init", "-q", "-b", "main"], { cwd: copy });
  // Tags, too, are made by somebody, whom not every machine knows.
  for (const [key, value] of [
    ["user.name", "Release test"],
    ["user.email", "release@example.com"],
  ] as const) {
    execFileSync("git", ["config", key, value], { cwd: copy });
  }
  commit("Begin");
}

function commit(message: string): void {
  execFileSync("git", ["add", "-A"], { cwd: copy });
  execFileSync("git", ["commit", "-qm", message], { cwd: copy });
}

async function changeset(command: string): Promise<void> {
  await run(process.execPath, [CHANGESET, command], { cwd: copy, env }).catch(
    (error: { stdout: string; stderr: string }) => {
      expect.unreachable(`changeset ${command}:\n${error.stdout}\n${error.stderr}`);
    },
  );
}

function isChangeset(file: string): boolean {
  return file.endsWith(".md") && file !== "README.md";
}

/** The pnpm that runs these tests. */
function pnpmFolder(): string {
  const path = process.env.npm_execpath;
  if (path === undefined || !/pnpm/.test(path)) expect.unreachable("Run this test through pnpm.");
  return dirname(path);
}
