import { expect } from "vitest";
import { type Bed, TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import { until } from "../until.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../webhook-receiver.ts";

export const WEBHOOK: readonly Case[] = [
  {
    name: "sends every message to the webhook, signed",
    needs: ["webhook"],
    async run(bed) {
      const receiver = bed.use(await startWebhookReceiver());
      await bed.start({ env: { ...bed.durable, ...receiver.env } });
      for (let value = 0; value < 20; value += 1) await bed.publish(TOPIC, String(value));
      await bed.publish(TOPIC, "°C, and no JSON");
      await untilTaken(receiver, 21);
      expect(receiver.taken.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => index));
      expect(receiver.taken[20]).toBe("°C, and no JSON");
      expect(receiver.faults).toEqual([]);
    },
  },
  {
    name: "tries a webhook that is down again, under the same id",
    needs: ["webhook"],
    async run(bed) {
      const receiver = bed.use(await startWebhookReceiver());
      receiver.answer = 503;
      await bed.start({ env: { ...bed.durable, ...receiver.env } });
      await bed.publish(TOPIC, "1");
      await until(() => receiver.ids.length >= 2, "second try");
      receiver.answer = 204;
      await untilTaken(receiver, 1);
      expect(receiver.faults).toEqual([]);
      expect(new Set(receiver.ids).size).toBe(1);
    },
  },
  {
    name: "goes on after a kill where the webhook was, and leaves nothing out",
    needs: ["webhook"],
    async run(bed) {
      const receiver = bed.use(await startWebhookReceiver());
      const env = { ...bed.durable, ...receiver.env };
      const killed = await bed.start({ env });
      await publishValues(bed, 0, 10);
      await untilTaken(receiver, 1);
      receiver.answer = 503;
      await publishValues(bed, 10, 20);
      await until(() => bed.acknowledged().length === 20, "acknowledgement");
      killed.kill("SIGKILL");
      await killed.exit;
      receiver.answer = 204;
      await bed.start({ env });
      await publishValues(bed, 20, 30);
      await until(() => new Set(receiver.taken).size === 30, "thirty messages at the webhook");
      expect(receiver.faults).toEqual([]);
    },
  },
];

async function publishValues(bed: Bed, from: number, to: number): Promise<void> {
  for (let value = from; value < to; value += 1) await bed.publish(TOPIC, String(value));
}

function untilTaken(receiver: WebhookReceiver, count: number): Promise<void> {
  return until(() => receiver.taken.length >= count, `${count} messages at the webhook`);
}
