import { createServer } from "node:net";

/**
 * Finds this many different free TCP ports on loopback, for a broker that cannot say which ones it took. All are held
 * while looking, so they differ; between letting go and the broker's bind another process may still take one.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => hold()));
  const ports = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ release }) => release()));
  return ports;
}

function hold(): Promise<{ readonly port: number; readonly release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("No port was given."));
      const release = () => new Promise<void>((done) => void server.close(() => done()));
      resolve({ port: address.port, release });
    });
  });
}
