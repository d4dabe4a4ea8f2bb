import type { Telemetry } from "@tesa/core";
import type { ReadQuery, TelemetryLog } from "../telemetry-log.ts";
import type { ContractContext } from "./contract.ts";
import { entries, entry, stored } from "./entries.ts";

/** Every page of what is asked for, and how many there were. */
async function readAll(
  log: TelemetryLog,
  query: ReadQuery,
): Promise<{ messages: Telemetry[]; pages: number; lastSeq: number }> {
  const messages: Telemetry[] = [];
  let after = query.after ?? 0;
  for (let pages = 1; ; pages += 1) {
    const page = await log.read({ ...query, after });
    messages.push(...page.messages);
    if (!page.more) return { messages, pages, lastSeq: page.lastSeq };
    if (page.lastSeq <= after) throw new Error(`The page after ${after} ends at ${page.lastSeq}.`);
    after = page.lastSeq;
  }
}

const seqsOf = (messages: readonly Telemetry[]): number[] => messages.map(({ seq }) => seq);

export function describeReading({ codeOf, expect, open, test }: ContractContext): void {
  test("read() gives pages without a seam", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append(entries(7));
    const first = await log.read({ limit: 3 });
    expect([seqsOf(first.messages), first.lastSeq, first.more]).toEqual([[1, 2, 3], 3, true]);
    const second = await log.read({ limit: 3, after: 3 });
    expect([seqsOf(second.messages), second.lastSeq, second.more]).toEqual([[4, 5, 6], 6, true]);
    const third = await log.read({ limit: 3, after: 6 });
    expect([seqsOf(third.messages), third.lastSeq, third.more]).toEqual([[7], 7, false]);
    expect(await log.read({ after: 7 })).toEqual({ messages: [], lastSeq: 7, more: false });
    expect(await log.read({ after: 99 })).toEqual({ messages: [], lastSeq: 99, more: false });
  });

  test("read() says that there is no more when a page ends with the last message", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append(entries(3));
    expect(await log.read({ limit: 3 })).toMatchObject({ lastSeq: 3, more: false });
  });

  test("read() gives 1,000 messages unless told otherwise, and 10,000 at the most", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append(entries(1_001));
    expect((await log.read()).messages).toHaveLength(1_000);
    for (const limit of [0, -1, 1.5, 10_001, Number.NaN])
      expect(await codeOf(log.read({ limit }))).toBe("usage");
    for (const after of [-1, 0.5, Number.NaN]) expect(await codeOf(log.read({ after }))).toBe("usage");
  });

  test("read() finds by device, and by the sensor of the topic or of a reading", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append([
      entry({ device: "a", sensor: "t" }),
      entry({ device: "b", sensor: "t" }),
      entry({ device: "a", sensor: null, payload: '{"t":1,"h":2}' }),
      entry({ device: "a", sensor: "h", payload: "text" }),
      entry({ device: "a", sensor: null, payload: '{"sensor":"\\u0074","value":3}' }),
      entry({ topic: "status/t", payload: '{"t":1}' }),
    ]);
    expect(seqsOf((await log.read({ device: "a" })).messages)).toEqual([1, 3, 4, 5]);
    expect(seqsOf((await log.read({ sensor: "t" })).messages)).toEqual([1, 2, 3, 5, 6]);
    expect(seqsOf((await log.read({ sensor: "h" })).messages)).toEqual([3, 4]);
    expect(seqsOf((await log.read({ device: "a", sensor: "t" })).messages)).toEqual([1, 3, 5]);
    expect(await log.read({ device: "nobody" })).toEqual({ messages: [], lastSeq: 6, more: false });
  });

  test("read() finds by time, also where the clock was put back or ahead", async () => {
    await using opened = await open();
    const { log } = opened;
    const times = [100, 200, 300, 250, 260, 900, 320, 330, 330, 340, 10, 400, 500];
    const batch = entries(times.length, (index) => ({ receivedAt: times[index] ?? 0 }));
    await log.append(batch);
    const all = stored(batch);
    for (const from of [undefined, 0, 100, 251, 331, 401, 901]) {
      for (const to of [undefined, 0, 101, 251, 330, 341, 901, 1_000]) {
        const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
        const expected = all.filter(
          ({ receivedAt }) => receivedAt >= (from ?? 0) && receivedAt < (to ?? Number.POSITIVE_INFINITY),
        );
        const { messages, lastSeq } = await readAll(log, { ...range, limit: 2 });
        expect(messages).toEqual(expected);
        expect(lastSeq).toBe(times.length);
      }
    }
  });

  test("read() looks at a bounded part of a long log in one call", async () => {
    await using opened = await open();
    const { log } = opened;
    for (let batch = 0; batch < 30; batch += 1) await log.append(entries(1_000));
    for (const query of [{ device: "nobody" }, { sensor: "nothing" }, { device: "d1", sensor: "nothing" }]) {
      const first = await log.read(query);
      expect(first).toMatchObject({ messages: [], more: true });
      expect(first.lastSeq).toBeLessThan(30_000);
      const { messages, pages, lastSeq } = await readAll(log, query);
      expect(messages).toEqual([]);
      expect(pages).toBeGreaterThan(1);
      expect(lastSeq).toBe(30_000);
    }
    expect(seqsOf((await readAll(log, { device: "d1", after: 29_000, limit: 7 })).messages)).toHaveLength(
      1_000,
    );
  });

  test("read() gives a few large messages at a time", async () => {
    await using opened = await open();
    const { log } = opened;
    const payload = new Uint8Array(6 * 1024 * 1024);
    for (let index = 0; index < 6; index += 1) await log.append([entry({ payload })]);
    const first = await log.read();
    expect(first.more).toBe(true);
    expect(first.messages.length).toBeGreaterThan(0);
    expect(first.messages.length).toBeLessThan(6);
    expect(seqsOf((await readAll(log, {})).messages)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("latest() gives the newest message of each device, newest first; a retained one where there is no other", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append([
      entry({ device: "a", payload: "1" }),
      entry({ device: "b", payload: "2" }),
      entry({ device: "a", payload: "3" }),
      entry({ device: "a", payload: "4", retained: true }),
      entry({ device: "c", payload: "5", retained: true }),
      entry({ device: "c", payload: "6", retained: true }),
      entry({ topic: "status/d", payload: "7" }),
    ]);
    expect(seqsOf(await log.latest())).toEqual([6, 3, 2]);
    await log.append([
      entry({ device: "c", payload: "8" }),
      entry({ device: "c", payload: "9", retained: true }),
    ]);
    expect(seqsOf(await log.latest())).toEqual([8, 3, 2]);
    expect(seqsOf(await log.latest(2))).toEqual([8, 3]);
    expect(await codeOf(log.latest(0))).toBe("usage");
  });
}
