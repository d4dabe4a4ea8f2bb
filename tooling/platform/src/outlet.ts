import type { IPublishPacket } from "mqtt-packet";
import { encodePacket } from "./codec.ts";
import type { AcceptedConnect } from "./handshake.ts";
import type { Link } from "./link.ts";
import type { Delivery, Outlet } from "./session.ts";

/** Lets a session send over a connection. */
export function createOutlet(link: Link, accepted: AcceptedConnect, takeOver: () => void): Outlet {
  const { version, window, maxPacketSize } = accepted;
  return {
    window,
    get isCongested() {
      return link.isCongested;
    },
    publish: (delivery, { packetId, isResent }) => {
      const bytes = encodePacket(publishPacket(delivery, packetId, isResent), version);
      if (bytes.length > maxPacketSize) return false;
      link.send(bytes);
      return true;
    },
    takeOver,
  };
}

function publishPacket(delivery: Delivery, packetId: number, isResent: boolean): IPublishPacket {
  const { message, qos, retain, subscriptionIdentifier } = delivery;
  const properties =
    subscriptionIdentifier === undefined
      ? message.properties
      : { ...message.properties, subscriptionIdentifier };
  return {
    cmd: "publish",
    topic: message.topic,
    payload: message.payload,
    qos,
    retain,
    dup: isResent,
    messageId: packetId,
    ...(properties === undefined ? {} : { properties }),
  };
}
