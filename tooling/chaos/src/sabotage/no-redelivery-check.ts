// For `--import`: the program gets a log that stores again whatever the broker sends again.
import { replaceModule } from "./replace-module.ts";

replaceModule("@tesa/log/sqlite", new URL("./forgetful-log.ts", import.meta.url));
