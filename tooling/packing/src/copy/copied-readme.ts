import { basename, dirname, posix, relative, resolve } from "node:path";
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
 * A document of a copy. What holds in the repository alone is left out, or replaced:
 *
 * ```md
 * <!-- repository -->
 * From the root of the repository:
 * <!-- copy
 * In this folder:
 * -->
 * <!-- /repository -->
 * ```
 *
 * Links into packages lead to the installed ones; other links out of the app's folder have nothing to lead to, and
 * become text that says where it is in the repository.
 */
export function copiedMarkdown(text: string, options: CopiedMarkdownOptions): string {
  return withoutCopying(withoutRepository(text), basename(options.folder)).replace(
    /\[((?:[^\][]|\[[^\]]*\])*)\]\((\.{1,2}\/[^)\s]*)\)/g,
    (link, label: string, target: string) => {
      const from = resolve(options.folder, dirname(options.file));
      const [path = "", anchor] = target.split("#");
      const absolute = resolve(from, path);
      if (isInside(absolute, options.folder)) return link;
      const there = `${label} (\`${placeInRepository(absolute, options.folder)}\` in the repository)`;
      const owner = options.vendored.find(({ folder }) => isInside(absolute, folder));
      if (owner === undefined) return there;
      const within = relative(owner.folder, absolute).replaceAll("\\", "/");
      // Only the README is shipped with a package.
      if (within !== "" && within !== "README.md") return there;
      const up = posix.relative(dirname(options.file), ".");
      const installed = posix.join(up, options.installedAt(owner.name), "README.md");
      return `[${label}](${installed}${anchor === undefined ? "" : `#${anchor}`})`;
    },
  );
}

/** Of an app's folder, `apps/<name>`, is known where it is. */
function placeInRepository(absolute: string, appFolder: string): string {
  return relative(resolve(appFolder, "../.."), absolute)
    .replaceAll("\\", "/")
    .replace(/\/README\.md$/, "");
}

function withoutRepository(text: string): string {
  return text.replaceAll(
    /^<!-- repository -->\n(?:(?!<!-- \/repository)[\s\S])*?(?:<!-- copy\n((?:(?!-->)[\s\S])*)-->\n)?<!-- \/repository -->\n/gm,
    (_, copy: string | undefined) => (copy === undefined ? "" : `${copy.trim()}\n`),
  );
}

/** How to make a copy is of no use in one; how to make one of another app is. */
function withoutCopying(text: string, app: string): string {
  return text.replaceAll(new RegExp(`^npx -y pnpm@12 copy-app ${app} .*\\n(?:cd .*\\n)?`, "gm"), "");
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
