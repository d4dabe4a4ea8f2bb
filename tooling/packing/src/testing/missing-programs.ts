import { spawnSync } from "node:child_process";

/**
 * Which of the programs cannot be run, each with the reason where it is there: what rustup and pyenv put on the PATH ends
 * with an error as long as they have nothing to run.
 */
export function findMissingPrograms(
  { programs = [] }: { readonly programs?: readonly string[] },
  env: NodeJS.ProcessEnv,
): string[] {
  return programs.flatMap((program) => {
    const { error, status, stderr } = spawnSync(program, ["--version"], { env, encoding: "utf8" });
    if (error !== undefined) return [program];
    if (status === 0) return [];
    return [
      `${program} that runs (${program} --version: ${stderr.trim().split("\n")[0] || `exit code ${status}`})`,
    ];
  });
}
