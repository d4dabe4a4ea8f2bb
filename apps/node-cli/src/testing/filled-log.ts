import { decode, type Gap } from "@tesa/core";
import { openSqliteLog } from "@tesa/log/sqlite";

/** A message to put into a log. */
export interface GivenMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly receivedAt: number;
}

/** Makes a log that holds these messages and gaps. */
export async function fillLog(
  path: string,
  { messages, gaps = [] }: { readonly messages: readonly GivenMessage[]; readonly gaps?: readonly Gap[] },
): Promise<void> {
  await using log = await openSqliteLog({ path });
  await log.append(
    messages.map(({ topic, payload, receivedAt }) => ({
      message: decode({ topic, payload: Buffer.from(payload), receivedAt, qos: 1, retained: false }),
      packetId: undefined,
    })),
  );
  for (const gap of gaps) await log.recordGap(gap);
}
