import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { type CaFile, readCaFile } from "@tesa/process";
import { type CertificateSummary, daysLeft, formatDay, summariseChain, toJson } from "./certificate.ts";
import { formatDuration, type Limits, type Outcome, type Step } from "./step.ts";
import { portHint, type Target } from "./target.ts";
import { explainTlsError } from "./tls-failure.ts";

/** Below this many days left, the certificate's renewal is overdue: most authorities' tools renew at 30. */
const WARN_BELOW_DAYS = 14;

export interface TlsInput {
  readonly target: Target;
  readonly socket: Socket;
  readonly caCertPath: string | undefined;
  /** What the user calls `CA_CERT_PATH`. */
  readonly caSetting: string;
}

/** Step 5: TLS over the TCP connection, the server verified as every client of this project does. */
export const tlsStep: Step<TlsInput, Duplex> = {
  name: "tls",
  async run(input, limits) {
    const { target, socket, caCertPath, caSetting } = input;
    if (!target.secure) {
      return {
        status: "skipped",
        value: socket,
        detail: "not used: ws:// on this computer",
        data: { used: false },
      };
    }
    const caFile =
      caCertPath === undefined ? undefined : await readCaFile(caCertPath, caSetting, limits.signal);
    if (caFile !== undefined && "status" in caFile) return caFile;
    return secure(input, caFile, limits);
  },
  timedOut: ({ target }, timeoutMs) => ({
    status: "failed",
    code: "connect-timeout",
    detail: `no TLS answer from port ${target.port} within ${formatDuration(timeoutMs)}`,
    cause: `The port takes connections and says nothing: it does not speak TLS, or something in between holds the packets.${portHint(target)}`,
    action: `Check the port in ${target.setting} (${target.url}).`,
  }),
};

async function secure(
  input: TlsInput,
  caFile: CaFile | undefined,
  { signal }: Limits,
): Promise<Outcome<Duplex>> {
  const bytesBefore = input.socket.bytesRead;
  const handshake = await shakeHands(input, caFile, signal);
  const now = Date.now();
  if (handshake.error === undefined) return describe(handshake.socket, handshake.chain, input.caSetting, now);
  if (signal.aborted) throw handshake.error;
  return explainTlsError({
    target: input.target,
    error: handshake.error,
    chain: handshake.chain,
    caFile,
    caSetting: input.caSetting,
    answered: input.socket.bytesRead > bytesBefore,
    now,
  });
}

interface Handshake {
  readonly socket: TLSSocket;
  /** Of the server, verified or not; empty when it never sent one. */
  readonly chain: readonly CertificateSummary[];
  readonly error: NodeJS.ErrnoException | undefined;
}

function shakeHands(
  { target, socket }: TlsInput,
  caFile: CaFile | undefined,
  signal: AbortSignal,
): Promise<Handshake> {
  const tls = connect(tlsOptions(target, socket, caFile));
  let chain: readonly CertificateSummary[] = [];
  // Node verifies in its own listener of "secure" and, when that fails, closes the socket and forgets the certificate.
  // This one comes before it, so that the report can say whose certificate was refused without a second, unverified
  // handshake. Should the event ever go away, the report only loses those details.
  tls.prependListener("secure", () => {
    chain = summariseChain(tls.getPeerCertificate(true));
  });
  return new Promise((resolve) => {
    const settle = (error: NodeJS.ErrnoException | undefined) => {
      signal.removeEventListener("abort", onAbort);
      resolve({ socket: tls, chain, error });
    };
    const onAbort = () => {
      tls.destroy();
      settle(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // Stays for good, as on the TCP socket: a later error is a later step's to tell.
    tls.on("error", settle);
    tls.once("secureConnect", () => settle(undefined));
    tls.once("close", () => settle(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
  });
}

function tlsOptions(target: Target, socket: Socket, caFile: CaFile | undefined): ConnectionOptions {
  return {
    socket,
    host: target.host,
    // SNI takes names only (RFC 6066, 3); an address is checked against the certificate by `host`.
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    // The platform's rule. Node's own default is the same, but can be lowered from outside by a flag.
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
    ...(caFile === undefined ? {} : { ca: caFile.pem }),
  };
}

function describe(
  socket: TLSSocket,
  chain: readonly CertificateSummary[],
  caSetting: string,
  now: number,
): Outcome<Duplex> {
  const protocol = socket.getProtocol() ?? "TLS";
  const cipher = socket.getCipher().standardName;
  const leaf = chain[0];
  const first = chain.reduce<CertificateSummary | undefined>(
    (soonest, next) => (soonest === undefined || next.validTo < soonest.validTo ? next : soonest),
    undefined,
  );
  const days = first === undefined ? undefined : daysLeft(first, now);
  const path = [...chain.map(({ subject }) => subject), chain.at(-1)?.issuer];
  const names = path.filter((name, index) => name !== undefined && name !== path[index - 1]);
  const detail = `${protocol}, ${cipher}, ${names.join(" < ")}, ${days ?? "?"} days left`;
  const data = { protocol, cipher, daysLeft: days ?? null, chain: chain.map((entry) => toJson(entry, now)) };
  if (first === undefined || days === undefined || days >= WARN_BELOW_DAYS) {
    return { status: "ok", value: socket, detail, data };
  }
  const whose =
    first === leaf ? "The broker's certificate" : `The certificate of the authority ${first.subject}`;
  return {
    status: "warning",
    value: socket,
    detail,
    cause: `${whose} expires on ${formatDay(first.validTo)}; from then on every client refuses to connect.`,
    action: `Tell whoever runs the broker to renew it now; if the authority changes, ${caSetting} must follow.`,
    data,
  };
}
