import { connect, type Socket } from "node:net";
import { type Failed, formatDuration, type Step } from "./step.ts";
import { portHint, type Target } from "./target.ts";

export interface TcpInput {
  readonly target: Target;
  readonly addresses: readonly string[];
}

/** A connection, and the address that it goes to. */
export interface TcpConnection {
  readonly socket: Socket;
  readonly address: string;
}

/** Step 4: a TCP connection, to the first of the addresses that takes one. */
export const tcpStep: Step<TcpInput, TcpConnection> = {
  name: "tcp",
  async run({ target, addresses }, limits) {
    const failures: AddressFailure[] = [];
    for (const [index, address] of addresses.entries()) {
      // An address that swallows everything must leave time for the ones after it.
      const shareMs = limits.timeoutMs / addresses.length;
      const patience =
        index === addresses.length - 1
          ? limits.signal
          : AbortSignal.any([limits.signal, AbortSignal.timeout(shareMs)]);
      const startedAt = performance.now();
      try {
        const socket = await connectTcp(address, target.port, patience);
        return connected({ socket, address }, target, failures);
      } catch (error) {
        if (limits.signal.aborted) throw error;
        const code = patience.aborted ? "ETIMEDOUT" : ((error as NodeJS.ErrnoException).code ?? "unknown");
        failures.push({ address, code, ms: Math.round(performance.now() - startedAt) });
      }
    }
    return refused(target, failures);
  },
  timedOut: ({ target, addresses }, timeoutMs) => ({
    status: "failed",
    code: "connect-timeout",
    detail: `no answer from ${addresses.join(", ")} port ${target.port} within ${formatDuration(timeoutMs)}`,
    cause: "A firewall drops the packets (many networks let only 80 and 443 out), or the host is down.",
    action: `Ask whether this network lets connections out to port ${target.port}, or try another network.`,
  }),
};

interface AddressFailure {
  readonly address: string;
  readonly code: string;
  readonly ms: number;
}

/** Opens a connection. Rejects with the signal's reason when that aborts first. */
export function connectTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = connect({ host, port });
    const settle = () => signal.removeEventListener("abort", onAbort);
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // Stays for good: an error in a later step is that step's to tell, and must not end the process.
    socket.on("error", (error) => {
      settle();
      reject(error);
    });
    socket.once("connect", () => {
      settle();
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function connected(value: TcpConnection, { port }: Target, failures: readonly AddressFailure[]) {
  const detail = `connected to ${value.address} port ${port}`;
  const data = { address: value.address, port, failed: failures };
  if (failures.length === 0) return { status: "ok", value, detail, data } as const;
  return {
    status: "warning",
    value,
    detail,
    cause: `Not reachable: ${failures.map(({ address, code }) => `${address} (${code})`).join(", ")}.`,
    action: "Each connect may lose time on these. Often IPv6 is announced in this network and does not work.",
    data,
  } as const;
}

function refused(target: Target, failures: readonly AddressFailure[]): Failed {
  const codes = new Set(failures.map(({ code }) => code));
  const tried = failures.map(({ address, code }) => `${address} (${code})`).join(", ");
  const hint = portHint(target);
  return {
    status: "failed",
    code: "network",
    detail: `no connection to port ${target.port}: ${tried}`,
    cause: causeOf(codes) + hint,
    action: `Check host and port in ${target.setting} (${target.url}), that the broker runs, and that no firewall refuses.`,
    data: { port: target.port, failed: failures },
  };
}

function causeOf(codes: ReadonlySet<string>): string {
  if (codes.has("ECONNREFUSED"))
    return "The host is there, but nothing listens on this port, or a firewall refuses.";
  if (codes.has("ENETUNREACH") || codes.has("EHOSTUNREACH")) return "This network has no way to the host.";
  if (codes.has("EACCES") || codes.has("EPERM"))
    return "This computer's own firewall or sandbox forbids the connection.";
  if (codes.has("ECONNRESET")) return "Something in between, often a firewall, cut the connection.";
  return "The host does not answer: it is down, or a firewall drops the packets.";
}
