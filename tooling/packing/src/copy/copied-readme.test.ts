import { expect, test } from "vitest";
import { copiedMarkdown } from "./copied-readme.ts";

const options = {
  folder: "/repo/apps/one",
  file: "README.md",
  vendored: [
    { name: "@tesa/core", folder: "/repo/packages/core", manifest: { name: "@tesa/core", version: "0.0.0" } },
  ],
  installedAt: (name: string) => `node_modules/${name}`,
};

test.each([
  ["a link inside the app stays", "[main](./src/main.ts)", "[main](./src/main.ts)"],
  [
    "a link to a package leads to the installed one",
    "[`@tesa/core`](../../packages/core#what-it-promises)",
    "[`@tesa/core`](node_modules/@tesa/core/README.md#what-it-promises)",
  ],
  [
    "a link to source that is not shipped says where that is",
    "[x](../../packages/core/src/x.ts)",
    "x (`packages/core/src/x.ts` in the repository)",
  ],
  [
    "a link to another part of the repository says where that is",
    "see [scale-out](../../docs/scale-out.md).",
    "see scale-out (`docs/scale-out.md` in the repository).",
  ],
  [
    "a link to another app says where that is",
    "[the CLI](../two/README.md#configure)",
    "the CLI (`apps/two` in the repository)",
  ],
  ["a link to the web stays", "[x](https://example.com/../y)", "[x](https://example.com/../y)"],
  [
    "how to copy is left out",
    "npx -y pnpm@12 copy-app one ../x # so\ncd ../x\nnpm install\n",
    "npm install\n",
  ],
  [
    "how to copy another app is not",
    "npx -y pnpm@12 copy-app two ../y\n(cd ../y && npm install)\n",
    "npx -y pnpm@12 copy-app two ../y\n(cd ../y && npm install)\n",
  ],
  [
    "what holds in the repository alone is replaced by what holds in a copy",
    "# One\n\n<!-- repository -->\n\nFrom the root:\n\n<!-- copy\n\nHere:\n\n-->\n<!-- /repository -->\n\n```sh\n",
    "# One\n\nHere:\n\n```sh\n",
  ],
  [
    "or left out, each for itself",
    "a\n<!-- repository -->\nb\n<!-- /repository -->\nc\n<!-- repository -->\nd\n<!-- copy\ne\n-->\n<!-- /repository -->\nf\n",
    "a\nc\ne\nf\n",
  ],
])("%s", (_, text, copied) => {
  expect(copiedMarkdown(text, options)).toBe(copied);
});

test("a document in a folder finds the way to the packages", () => {
  expect(copiedMarkdown("[c](../../../packages/core)", { ...options, file: "docs/more.md" })).toBe(
    "[c](../node_modules/@tesa/core/README.md)",
  );
});
