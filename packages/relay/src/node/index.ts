export { createNodeStreams } from "./node-outlet.ts";
