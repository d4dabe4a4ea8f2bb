// Runs a flow without the editor, as a program among others: messages on standard output, one JSON object per line; how it
// goes on standard error; SIGINT and SIGTERM finish what has come, and end with 0.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { silenceDebugOutput } from "@tesa/process/silence";

// No debug switch may print the token. Only then what looks at the environment as it is imported.
silenceDebugOutput();
process.env.TESA_FLOW ||= "flows/acknowledged-flow.json";
const { exitCodeFor } = await import("@tesa/core");
const { onStopSignals, runProgram, standardOutput } = await import("@tesa/process");
const { DRAIN_EVENT } = await import("node-red-contrib-tesa");
const require = createRequire(import.meta.url);

await runProgram(async () => {
  const RED = require("node-red");
  const settings = require("./settings.cjs");
  const { promise: ended, resolve: end } = Promise.withResolvers();
  const output = standardOutput(process.stdout);
  let written = Promise.resolve();
  // For the dashboard page, which is served where PORT is set.
  const server = createServer((request, response) => RED.httpNode(request, response));
  RED.init(server, {
    ...settings,
    // Nothing is edited here. Several processes may run from this folder, and must not write its files at the same time.
    readOnly: true,
    httpAdminRoot: false,
    httpNodeRoot: "/",
    disableEditor: true,
    logging: { stderr: { level: "info", handler: () => logLine } },
    functionGlobalContext: {
      /** Writes a line; what the flow's node "standard output" calls. */
      print(line) {
        written = written
          .then(() => output.write(`${line}\n`))
          .catch((error) => {
            // Nobody reads any more: that ends it well.
            end(error.code === "EPIPE" ? 0 : exitCodeFor(error));
          });
      },
      /** Ends the process; what the flow's node "end" calls when the stream has ended by itself. */
      end,
    },
  });
  const release = onStopSignals({ onStop: () => end(0) });
  await RED.start();
  if (process.env.PORT) server.listen(settings.uiPort, settings.uiHost);
  const exitCode = await ended;
  const draining = [];
  RED.events.emit(DRAIN_EVENT, (work) => draining.push(work));
  await Promise.allSettled(draining);
  // Nodes hand on messages in turns of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  await written;
  await RED.stop();
  release();
  process.exit(exitCode);
});

function logLine({ level, msg, type, name, id }) {
  const who = type === undefined ? "" : `[${type}:${name || id}] `;
  const text = msg instanceof Error ? msg.message : typeof msg === "string" ? msg : JSON.stringify(msg);
  if (level <= 40) process.stderr.write(`${who}${text}\n`);
}
