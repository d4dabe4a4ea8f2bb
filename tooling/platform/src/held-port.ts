import { type AddressInfo, createServer, Socket } from "node:net";

/** A port of 127.0.0.1 that nobody gets by chance. */
export interface HeldPort {
  /** Gives it back. May be called twice. */
  release(): void;
}

const HOST = "127.0.0.1";

/**
 * Keeps a port while nothing listens on it: a connection of our own has it at its near end. Whoever connects to it is refused
 * as before, and a server of this process can listen on it; but the system gives it to nobody who asks for any free port,
 * which on a busy machine may happen within milliseconds.
 *
 * What cannot be held is not: then it is as without.
 */
export async function holdPort(port: number): Promise<HeldPort> {
  const peer = createServer();
  const near = new Socket();
  const release = () => {
    // Without the minute that an orderly close would keep the port in TIME_WAIT for.
    near.resetAndDestroy();
    peer.close();
  };
  near.on("error", release);
  peer.on("connection", (far) => far.on("error", () => {}).unref());
  await new Promise<void>((resolve) => peer.once("error", () => resolve()).listen(0, HOST, resolve));
  if (!peer.listening) return { release };
  const { port: peerPort } = peer.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    near
      .once("close", resolve)
      .connect({ host: HOST, port: peerPort, localPort: port, localAddress: HOST }, resolve);
  });
  peer.unref();
  near.unref();
  return { release };
}
