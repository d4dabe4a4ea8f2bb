import { dirname, posix, relative, resolve } from "node:path";
import type { WorkspacePackage } from "../workspace.ts";

export interface CopiedMarkdownOptions {
  /** The app's absolute folder. */
  readonly folder: string;
  /** The document, relative to it. */
  readonly file: string;
  /** Packages that the copy carries. */
  readonly vendored: readonly WorkspacePackage[];
  /** Where the copy has an installed package, relative to its own root. */
  readonly installedAt: (name: string) => string;
}

/**
 * A document of a copy: links into packages lead to the installed ones; other links out of the app's folder have nothing
 * to lead to and become plain text.
 */
export function copiedMarkdown(text: string, options: CopiedMarkdownOptions): string {
  return withoutCopying(text).replace(
    /\[((?:[^\][]|\[[^\]]*\])*)\]\((\.{1,2}\/[^)\s]*)\)/g,
    (link, label: string, target: string) => {
      const from = resolve(options.folder, dirname(options.file));
      const [path = "", anchor] = target.split("#");
      const absolute = resolve(from, path);
      if (isInside(absolute, options.folder)) return link;
      const owner = options.vendored.find(({ folder }) => isInside(absolute, folder));
      if (owner === undefined) return label;
      const within = relative(owner.folder, absolute).replaceAll("\\", "/");
      // Only the README is shipped with a package.
      if (within !== "" && within !== "README.md") return label;
      const up = posix.relative(dirname(options.file), ".");
      const installed = posix.join(up, options.installedAt(owner.name), "README.md");
      return `[${label}](${installed}${anchor === undefined ? "" : `#${anchor}`})`;
    },
  );
}

/** How to make a copy is of no use in one. */
function withoutCopying(text: string): string {
  return text.replaceAll(/^npx -y pnpm@12 copy-app .*\n(?:cd .*\n)?/gm, "");
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
