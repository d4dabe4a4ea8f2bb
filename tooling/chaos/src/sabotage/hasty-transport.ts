import type { Connection, Publish, Transport } from "@tesa/core";
import { createMqttTransport as createPatientTransport, type MqttTransportOptions } from "@tesa/core/mqtt";

export * from "@tesa/core/mqtt";

/** How long a message takes into a database that has a bad day, so that a kill always finds some on their way there. */
const HANDLER_MS = 100;

/**
 * In place of the one of `@tesa/core/mqtt`: acknowledges each message as it comes, and hands it on to who has to store it,
 * as client libraries do for an asynchronous handler.
 */
export function createMqttTransport(options?: MqttTransportOptions): Transport {
  const transport = createPatientTransport(options);
  return {
    async connect(request, signal) {
      let connection: Connection | undefined;
      const early: Publish[] = [];
      const onPublish = (publish: Publish) => {
        if (connection === undefined) early.push(publish);
        else connection.acknowledge([publish]);
        setTimeout(() => request.onPublish(publish), HANDLER_MS);
      };
      const opened = await transport.connect({ ...request, onPublish }, signal);
      connection = opened;
      opened.acknowledge(early);
      return {
        get sessionPresent() {
          return opened.sessionPresent;
        },
        ended: opened.ended,
        subscribe: (filters, abort) => opened.subscribe(filters, abort),
        unsubscribe: (filters, abort) => opened.unsubscribe(filters, abort),
        disconnect: (how) => opened.disconnect(how),
        destroy: (reasonCode) => opened.destroy(reasonCode),
        look: () => opened.look(),
        ping: () => opened.ping(),
        // Done already.
        acknowledge: () => {},
      };
    },
  };
}
