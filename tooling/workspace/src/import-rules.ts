/** A file of the workspace; `path` is relative to the root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const READERS = ["@tesa/relay", "@tesa/webhook", "@tesa/postgres"];
const BELOW_APPS = "apps > process > relay, webhook, postgres > log > core";

/** What each package may import of the workspace. Apps and tooling may import any package. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  log: ["@tesa/core"],
  postgres: ["@tesa/core", "@tesa/log"],
  webhook: ["@tesa/core", "@tesa/log"],
  relay: ["@tesa/core", "@tesa/log"],
  process: [...READERS, "@tesa/core", "@tesa/log"],
  // A part of another program, as an app is.
  "node-red-contrib-tesa": ["@tesa/process", "@tesa/core", "@tesa/log"],
};

/** Lists every import that the architecture does not allow, one sentence each. */
export function findBreaches(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importedModules(text).flatMap((module) => {
      const reason = whyNot(path, module);
      return reason === undefined ? [] : [`${path} imports ${module}: ${reason}`];
    }),
  );
}

function importedModules(text: string): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}

function whyNot(path: string, module: string): string | undefined {
  const [group, name = ""] = path.split("/");
  const isTest = path.endsWith(".test.ts");
  if (group === "packages") {
    if (/^mqtt(\/|$)/.test(module) && !path.startsWith("packages/core/src/mqtt/")) {
      return "only @tesa/core/mqtt may import the mqtt package";
    }
    if (module.startsWith("@tesa/") && !(isTest && module.startsWith("@tesa/workspace"))) {
      const target = module.split("/").slice(0, 2).join("/");
      const allowed =
        target === `@tesa/${name}` ||
        (ALLOWED[name] ?? [...READERS, "@tesa/log", "@tesa/core"]).includes(target);
      if (!allowed) return `imports point down only: ${BELOW_APPS}; never to tooling`;
    }
  }
  if (/(^|\/)\.\.\/(\.\.\/)+(packages|apps|tooling)\//.test(module)) {
    return "import another package by its name";
  }
  return undefined;
}
