// The decoder of the flow that has no node of ours: `decode()` of @tesa/core and the message that "tesa stream" makes of it,
// as text for a function node.
import { build } from "esbuild";

const ENTRY = `
import { decode } from "@tesa/core";
import { telemetryMessage } from "../../packages/node-red-contrib-tesa/src/flow-message.ts";
export function message(seq, input) {
  return telemetryMessage({ seq, ...decode(input) });
}
`;

// Function nodes have Node's Buffer, but not the web's TextDecoder.
const HEAD = `// Made of decode() of @tesa/core by "npm run decoder"; change it there.
class TextDecoder {
  decode(bytes) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = buffer.toString("utf8");
    // What is no UTF-8 comes back as something else.
    if (Buffer.compare(Buffer.from(text, "utf8"), buffer) !== 0) throw new TypeError("not UTF-8");
    return text.startsWith("\\uFEFF") ? text.slice(1) : text;
  }
}
`;

/** What stands in "On Start": it makes \`tesa\` known to the function. */
export async function decoderText() {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: new URL("..", import.meta.url).pathname },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "tesaDecoder",
    platform: "neutral",
    target: "es2022",
    conditions: ["tesa-source"],
    legalComments: "none",
  });
  const code = outputFiles[0].text.replaceAll(/^ *\/\/ .*\n/gm, "");
  return `${HEAD}${code}globalThis.tesa = tesaDecoder;\n`;
}
