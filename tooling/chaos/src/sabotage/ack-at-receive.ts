// For `--import`: the program gets a transport that acknowledges at once, as every client library does by itself.
import { replaceModule } from "./replace-module.ts";

replaceModule("@tesa/core/mqtt", new URL("./hasty-transport.ts", import.meta.url));
