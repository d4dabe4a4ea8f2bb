/** Our stream with the log in memory: acknowledged when the reader is done with it. */
import { createMemoryLog } from "@tesa/core";
import { receiveInto } from "./stream.ts";
import { finish, readTask } from "./task.ts";

const log = createMemoryLog({ random: Math.random });
finish({ ...(await receiveInto(log, readTask())), stored: null });
