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
  ["a link to source that is not shipped is text", "[x](../../packages/core/src/x.ts)", "x"],
  [
    "a link to another part of the repository is text",
    "see [scale-out](../../docs/scale-out.md).",
    "see scale-out.",
  ],
  ["a link to the web stays", "[x](https://example.com/../y)", "[x](https://example.com/../y)"],
  [
    "how to copy is left out",
    "npx -y pnpm@12 copy-app one ../x # so\ncd ../x\nnpm install\n",
    "npm install\n",
  ],
])("%s", (_, text, copied) => {
  expect(copiedMarkdown(text, options)).toBe(copied);
});

test("a document in a folder finds the way to the packages", () => {
  expect(copiedMarkdown("[c](../../../packages/core)", { ...options, file: "docs/more.md" })).toBe(
    "[c](../node_modules/@tesa/core/README.md)",
  );
});
