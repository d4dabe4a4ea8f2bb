import { TesaError } from "../errors.ts";
import type { Transport } from "../transport.ts";
import { silenceDebug } from "./silence-debug.ts";
import { createTransport } from "./transport.ts";
import { openWsSocket } from "./ws-socket.ts";

/** Options of {@link createMqttTransport}. */
export interface MqttTransportOptions {
  /** PEM text of the certificates to trust instead of the system's: the contents of `CA_CERT_PATH`. */
  readonly caCertificates?: string | undefined;
}

/**
 * A transport on the mqtt package, over a WebSocket of the `ws` package: Node, Bun and Deno. Browsers and Workers have
 * `@tesa/core/mqtt/web`.
 *
 * @throws TesaError `config` when the CA certificates are not PEM
 */
export function createMqttTransport({ caCertificates }: MqttTransportOptions = {}): Transport {
  if (caCertificates !== undefined && !caCertificates.includes("-----BEGIN CERTIFICATE-----")) {
    // Node would take any text, and then trust nobody.
    throw new TesaError(
      "config",
      "The CA certificates (CA_CERT_PATH) hold no certificate in PEM form: a file that begins with -----BEGIN CERTIFICATE----- is expected.",
    );
  }
  return createTransport({
    open: (options) => {
      silenceDebug();
      return openWsSocket(options, caCertificates);
    },
    turns: {
      afterCallback: (callback) => process.nextTick(callback),
      afterTurn: (callback) => setImmediate(callback),
    },
  });
}
