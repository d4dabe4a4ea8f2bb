import { join } from "node:path";
import { stagePackage } from "../stage.ts";
import { publicPackages, readWorkspace, type WorkspacePackage } from "../workspace.ts";

export interface StageReleaseOptions {
  readonly root: string;
  /** URL of the source repository; a statement of provenance is about it. */
  readonly repository?: string | undefined;
}

/** Lays out every package that is published where `changeset publish` looks: `publishConfig.directory`. */
export function stageRelease({ root, repository }: StageReleaseOptions): WorkspacePackage[] {
  const workspace = readWorkspace(root);
  const packages = publicPackages(workspace);
  for (const one of packages) stagePackage(one, stagingFolder(one), { workspace, repository, root });
  return packages;
}

/** Where a package lies as it is published. @throws if its package.json does not say */
export function stagingFolder({ name, folder, manifest }: WorkspacePackage): string {
  const directory = manifest.publishConfig?.directory;
  if (typeof directory !== "string") {
    throw new Error(
      `${name} would be published with its source: add what docs/releasing.md says to package.json.`,
    );
  }
  return join(folder, directory);
}
