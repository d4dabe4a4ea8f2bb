/** `pnpm stage`: builds every package that is published, and lays it out as it is published. */
import { relative } from "node:path";
import { buildPackages } from "../pack.ts";
import { publicPackages, ROOT, readWorkspace } from "../workspace.ts";
import { stageRelease, stagingFolder } from "./stage-release.ts";

const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
const repository = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL ?? "https://github.com"}/${GITHUB_REPOSITORY}`;

await buildPackages(publicPackages(readWorkspace()));
for (const one of stageRelease({ root: ROOT, repository })) {
  process.stderr.write(`${one.name} ${one.manifest.version}: ${relative(ROOT, stagingFolder(one))}\n`);
}
