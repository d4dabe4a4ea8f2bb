import { expect, test } from "vitest";
import { publishedManifest } from "./published-manifest.ts";
import type { Manifest, WorkspacePackage } from "./workspace.ts";

const CORE: Manifest = { name: "@tesa/core", version: "1.2.3" };
const LOG: Manifest = {
  name: "@tesa/log",
  version: "0.1.0",
  exports: {
    ".": { "tesa-source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./testing": { "tesa-source": "./src/testing/index.ts" },
    "./package.json": "./package.json",
  },
  scripts: { test: "vitest run" },
  dependencies: { "@tesa/core": "workspace:*", zod: "^4.0.0" },
  peerDependencies: { "@tesa/core": "workspace:^" },
  devDependencies: { "@tesa/core": "workspace:*" },
  publishConfig: { access: "public", directory: "package", linkDirectory: false },
};
const workspace = new Map<string, WorkspacePackage>(
  [CORE, LOG].map((manifest) => [manifest.name, { name: manifest.name, folder: "/nowhere", manifest }]),
);

test("what is published names released versions, and no source", () => {
  expect(publishedManifest(LOG, { workspace })).toEqual({
    name: "@tesa/log",
    version: "0.1.0",
    files: ["**"],
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    dependencies: { "@tesa/core": "1.2.3", zod: "^4.0.0" },
    peerDependencies: { "@tesa/core": "^1.2.3" },
    publishConfig: { access: "public" },
  });
});

test("the source repository is named where provenance needs it", () => {
  const repository = "https://git.example.com/acme/streaming";
  expect(publishedManifest(CORE, { workspace, repository })).toMatchObject({
    repository: { type: "git", url: `git+${repository}.git` },
  });
});

test("a package that the workspace does not have is not published as one of it", () => {
  const manifest: Manifest = { name: "x", version: "1.0.0", dependencies: { "@tesa/gone": "workspace:*" } };
  expect(() => publishedManifest(manifest, { workspace })).toThrow(
    "@tesa/gone is workspace:*, but no package of the workspace has that name.",
  );
});
