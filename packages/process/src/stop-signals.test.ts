import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MODULE = fileURLToPath(new URL("./stop-signals.ts", import.meta.url));

/** A program that stops at a signal, takes its handlers away, and still has something to do. */
const PROGRAM = `
  const { onStopSignals } = await import(${JSON.stringify(MODULE)});
  const alive = setInterval(() => {}, 1_000);
  const release = onStopSignals({ onStop: () => {
    release();
    console.log("released");
    process.stdin.once("data", () => {
      console.log("finished");
      clearInterval(alive);
      process.stdin.destroy();
    });
  } });
  if (process.argv[1] === "release") {
    release();
    console.log("released");
  } else console.log("ready");
`;

async function start(argument: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, argument], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  const ended = once(child, "close");
  const says = (words: string) => expect.poll(() => text, { timeout: 20_000 }).toContain(words);
  return { child, says, ended };
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "a SIGTERM that follows a %s does not cut short what is left to do after the handlers were taken away",
  async (first) => {
    const { child, ended, says } = await start("stop");
    await says("ready");
    child.kill(first);
    await says("released");
    child.kill("SIGTERM");
    child.stdin.write("go on\n");
    await says("finished");
    expect(await ended).toEqual([0, null]);
  },
);

test("without a signal before, SIGTERM ends a process whose handlers were taken away", async () => {
  const { child, ended, says } = await start("release");
  await says("released");
  child.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
});
