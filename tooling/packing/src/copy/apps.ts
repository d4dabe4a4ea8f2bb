import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ROOT } from "../workspace.ts";

/**
 * How a copy of an app is started, as its README says: shell commands, run in the copy. The `copy` of `conformance.json`,
 * or of `copy.json` for an app that is no client and stands in no matrix; a test does in a copy what stands here, and makes
 * sure that the README says the same.
 */
export interface CopyDeclaration {
  /** @default nothing has to be installed */
  readonly install?: string;
  /** Commands between installing and starting, such as a build. @default none */
  readonly prepare?: readonly string[];
  readonly start: string;
  /** What a user is told to start instead, where `start` is for the platform in a box. @default `start` */
  readonly next?: string;
  /** Other commands of the README that start it, each with a text that is then in its output. @default none */
  readonly also?: Readonly<Record<string, string>>;
  /** Commands of the README for when it runs, in their order, each with a text of its output; "" for none. @default none */
  readonly beside?: Readonly<Record<string, string>>;
  /** Programs that must be on the PATH; without one of them, the test of the copy is skipped. */
  readonly programs?: readonly string[];
  /** Files that only the repository needs, as globs, beyond tests and their configuration. @default none */
  readonly leaveOut?: readonly string[];
}

/** How an app speaks: messages on standard output, a relay that is asked, or a page that is looked at. */
export type AppOutput = "stdout" | "relay" | "page";

/** An app that can be copied. */
export interface App {
  readonly name: string;
  readonly folder: string;
  /** @default "stdout" */
  readonly output: AppOutput;
  /** Whether a signal ends it in order. @default true; false where its `lacks` in `conformance.json` names signals */
  readonly endsBySignal: boolean;
  /** Which word in `TESA_REQUIRE` makes it a must. */
  readonly requires: string | undefined;
  /** @default undefined: it can be copied, but nobody says how the copy is started */
  readonly copy: CopyDeclaration | undefined;
}

/** The apps of the repository: folders in `apps` with a README. */
export function findApps(root: string = ROOT): App[] {
  return globSync("apps/*/README.md", { cwd: root })
    .map((readme) => readApp(join(root, dirname(readme))))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readApp(folder: string): App {
  const path = ["conformance.json", "copy.json"].map((name) => join(folder, name)).find(existsSync);
  const declared = path
    ? (JSON.parse(readFileSync(path, "utf8")) as {
        readonly output?: AppOutput;
        readonly requires?: string;
        readonly lacks?: Readonly<Record<string, string>>;
        readonly copy?: CopyDeclaration;
      })
    : {};
  return {
    name: basename(folder),
    folder,
    output: declared.output ?? "stdout",
    endsBySignal: declared.lacks?.signals === undefined,
    requires: declared.requires,
    copy: declared.copy,
  };
}
