import { createServer } from "node:net";

/**
 * Below the ports that systems give out for connections and for port 0 (Linux: 32,768 and more), so that none of those
 * takes one before it is used.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const TRIES = 100;

/**
 * A port of 127.0.0.1 that nobody listens on now, for what takes its port as a number.
 *
 * @throws Error if hardly any is free
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) return port;
  }
  throw new Error(
    `No port is free on 127.0.0.1: ${TRIES} between ${FIRST_PORT} and ${LAST_PORT} were tried.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
