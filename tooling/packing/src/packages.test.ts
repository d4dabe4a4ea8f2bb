import { execFile } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { denoConfig, vendorForDeno } from "./copy/deno-copy.ts";
import { entryPoints, type Installed, installPacked } from "./testing/installed.ts";
import { RUNTIMES, toolPath, userEnvironment } from "./testing/tool-path.ts";
import { publicPackages, readWorkspace } from "./workspace.ts";

const run = promisify(execFile);
const names = publicPackages(readWorkspace()).map(({ name }) => name);
let installed: Installed;
let env: Record<string, string>;

beforeAll(async () => {
  installed = await installPacked();
  env = { ...userEnvironment(toolPath(join(installed.folder, "bin"))), DENO_NO_UPDATE_CHECK: "1" };
}, 120_000);
afterAll(() => installed[Symbol.dispose]());

test("there are packages to publish", () => {
  expect(names).toContain("@tesa/core");
});

test.each(names)("%s passes publint", async (name) => {
  const { buffer, byteOffset, byteLength } = tarball(name);
  const archive = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball: archive }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg as never, { color: false }))).toEqual([]);
});

// The packages are ES modules, for runtimes that resolve `exports`: what `attw --profile esm-only` looks at.
const ESM_ONLY = new Set(["node16-esm", "bundler"]);

test.each(names)("%s has types that fit its modules", async (name) => {
  const analysis = await checkPackage(createPackageFromTarballData(tarball(name)));
  if (!analysis.types) expect.unreachable(`${name} has no types`);
  else {
    const problems = analysis.problems.filter(
      (problem) => !("resolutionKind" in problem) || ESM_ONLY.has(problem.resolutionKind),
    );
    expect(problems).toEqual([]);
  }
});

test.each(names)("%s says what it is, and under which licence", (name) => {
  const folder = join(installed.folder, "node_modules", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(manifest).toMatchObject({
    description: expect.stringMatching(/^[A-Z].*\.$/),
    license: "Apache-2.0",
    sideEffects: expect.anything(),
    engines: { node: expect.any(String) },
    publishConfig: { access: "public" },
  });
  for (const file of ["README.md", "LICENSE"]) expect(existsSync(join(folder, file))).toBe(true);
});

test.each(names)("the declarations of %s are complete for a strict compiler", async (name) => {
  const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  const file = consumerOf(name, "ts");
  const strict = ["--strict", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022"];
  const args = [tsc, "--noEmit", ...strict, "--lib", "ES2022,DOM,DOM.AsyncIterable", "--types", "node", file];
  await expectSuccess(RUNTIMES.node, args, installed.folder);
});

test.each(names)("Deno checks the declarations of %s in node_modules", async (name) => {
  await expectSuccess(RUNTIMES.deno, ["check", consumerOf(name, "ts")], installed.folder);
});

test("Deno checks all declarations where an import map leads to them", async () => {
  const target = join(installed.folder, "vendored");
  vendorForDeno(installed.packages, { target, workspace: readWorkspace() });
  const config = denoConfig({}, { manifest: undefined, packages: installed.packages });
  const own = Object.entries(config.imports ?? {}).filter(([, path]) => path.startsWith("./"));
  writeFileSync(join(target, "deno.json"), JSON.stringify({ imports: Object.fromEntries(own) }));
  const others = new Set(
    installed.packages.flatMap(({ manifest }) =>
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    ),
  );
  const dependencies = Object.fromEntries(
    [...others].filter((one) => !names.includes(one)).map((one) => [one, "*"]),
  );
  writeFileSync(join(target, "package.json"), JSON.stringify({ dependencies }));
  symlinkSync(join(installed.folder, "node_modules"), join(target, "node_modules"));
  // What is right is wrong here: where a declaration is not found, everything is `any`, and nothing is wrong.
  const uses = [
    'import { parseToken } from "@tesa/core";',
    'import { createMqttTransport } from "@tesa/core/mqtt";',
    "const a: number = parseToken;",
    "const b: number = createMqttTransport;",
    "export { a, b };",
  ];
  writeFileSync(join(target, "wrong.ts"), uses.join("\n"));
  const failed = await run(RUNTIMES.deno, ["check", "wrong.ts"], { cwd: target, env }).catch(
    (error: unknown) => error,
  );
  expect(String((failed as { stderr?: string }).stderr).match(/TS\d+/g)).toEqual(["TS2322", "TS2322"]);
  const imports = own.map(([entry]) => exportAll(entry));
  writeFileSync(join(target, "all.ts"), imports.join(""));
  await expectSuccess(RUNTIMES.deno, ["check", "all.ts"], target);
});

/** A module that uses every entry point of a package. */
function consumerOf(name: string, extension: string): string {
  const file = `${name.replace("@tesa/", "")}.${extension}`;
  const imports = entryPoints(name, installed.folder).map(exportAll);
  expect(imports.length).toBeGreaterThan(0);
  writeFileSync(join(installed.folder, file), imports.join(""));
  return file;
}

function exportAll(entry: string): string {
  return `export * as _${entry.replaceAll(/\W/g, "_")} from "${entry}";\n`;
}

async function expectSuccess(file: string, args: readonly string[], cwd: string): Promise<void> {
  await run(file, args, { cwd, env }).catch((error: { stdout: string; stderr: string }) => {
    expect.unreachable(`${args.join(" ")}\n${error.stdout}${error.stderr}`);
  });
}

function tarball(name: string): Buffer {
  return readFileSync(installed.tarballs.get(name) ?? "");
}
