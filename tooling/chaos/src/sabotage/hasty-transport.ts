import type { Connection, Publish, Transport } from "@tesa/core";
import { createMqttTransport as createPatientTransport, type MqttTransportOptions } from "@tesa/core/mqtt";

export * from "@tesa/core/mqtt";

/** In place of the one of `@tesa/core/mqtt`: acknowledges each message as it comes, whatever becomes of it. */
export function createMqttTransport(options?: MqttTransportOptions): Transport {
  const transport = createPatientTransport(options);
  return {
    async connect(request, signal) {
      let connection: Connection | undefined;
      const early: Publish[] = [];
      const onPublish = (publish: Publish) => {
        if (connection === undefined) early.push(publish);
        else connection.acknowledge([publish]);
        request.onPublish(publish);
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
        // Done already.
        acknowledge: () => {},
      };
    },
  };
}
