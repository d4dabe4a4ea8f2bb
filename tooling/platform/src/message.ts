import type { IPublishPacket } from "mqtt-packet";

/** A message that the broker has taken from a publisher. */
export interface Message {
  /** Counts from 1 for each platform. */
  readonly id: number;
  readonly topic: string;
  /** `topic`, level by level. */
  readonly levels: readonly string[];
  /** The broker's own copy: one for all receivers. */
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** The publisher's MQTT 5 properties that are passed on. */
  readonly properties: IPublishPacket["properties"];
  /** The organisation of the device that published it. */
  readonly organisation: string;
  readonly publisherId: string;
}
