// Puts the decoder as it is now into the flow.
import { readFileSync, writeFileSync } from "node:fs";
import { decoderText } from "./decoder.mjs";

const file = new URL("../flows/wss-streaming-flow.json", import.meta.url);
const flow = JSON.parse(readFileSync(file, "utf8"));
flow.find(({ id }) => id === "tesa-decode").initialize = await decoderText();
writeFileSync(file, `${JSON.stringify(flow, undefined, 4)}\n`);
