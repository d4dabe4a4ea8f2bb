/**
 * Node's own debug output holds what is read and written, the token in CONNECT included, and its child processes'
 * environments. It cannot be switched off once the process runs: only another process can be without it.
 */
const NODE_SWITCHES = ["NODE_DEBUG", "NODE_DEBUG_NATIVE"] as const;
const WRONG_USAGE = 64;

/**
 * Makes sure that no debug switch of a library or of Node prints the token. To be called before anything else is
 * imported: the `debug` package reads DEBUG at import.
 */
export function silenceDebugOutput(): void {
  delete process.env.DEBUG;
  const set = NODE_SWITCHES.filter((name) => process.env[name]);
  if (set.length === 0) return;
  const names = set.join(" and ");
  if (process.execve === undefined) {
    process.stderr.write(`tesa: ${names} would print your token. Unset it, and start again.\n`);
    process.exit(WRONG_USAGE);
  }
  process.stderr.write(`tesa: ${names} is ignored: it would print your token.\n`);
  const env = { ...process.env };
  for (const name of set) delete env[name];
  // The same process goes on as a new one: same process id, same streams, same signals.
  const args = [process.execPath, ...process.execArgv, "--", ...process.argv.slice(1)];
  process.execve(process.execPath, args, env);
}
