import type { ContractContext } from "./contract.ts";
import { entries, entry } from "./entries.ts";

export function describeRetention({ codeOf, expect, open, test }: ContractContext): void {
  test("retention by rows removes the oldest and keeps the numbers", async () => {
    await using opened = await open({ retention: { maxRows: 10 } });
    const { log } = opened;
    await log.append(entries(25));
    await log.trim();
    expect(await log.bounds()).toEqual({ firstSeq: 16, lastSeq: 25 });
    const { messages } = await log.read({ after: 3, limit: 2 });
    expect(messages.map(({ seq }) => seq)).toEqual([16, 17]);
    expect(await log.append(entries(1))).toMatchObject({ firstSeq: 26, lastSeq: 26 });
  });

  test("retention by bytes removes the oldest; the newest stays, however large", async () => {
    await using opened = await open({ retention: { maxBytes: 1_000 } });
    const { log } = opened;
    for (let index = 0; index < 10; index += 1) {
      await log.append([entry({ topic: "a", payload: new Uint8Array(199) })]);
    }
    await log.trim();
    expect(await log.stats()).toMatchObject({ rows: 5, bytes: 1_000 });
    await log.append([entry({ topic: "a", payload: new Uint8Array(5_000) })]);
    await log.trim();
    expect(await log.stats()).toMatchObject({ rows: 1, bytes: 5_001 });
    expect(await log.bounds()).toEqual({ firstSeq: 11, lastSeq: 11 });
  });

  test("retention by age removes what came too long ago, all of it if need be", async () => {
    let now = 1_000;
    await using opened = await open({ retention: { maxAgeMs: 100 }, now: () => now });
    const { log } = opened;
    await log.append(entries(3, (index) => ({ receivedAt: 1_000 + 10 * index })));
    now = 1_110;
    await log.trim();
    expect(await log.bounds()).toEqual({ firstSeq: 2, lastSeq: 3 });
    now = 2_000;
    await log.trim();
    expect(await log.bounds()).toEqual({ firstSeq: 4, lastSeq: 3 });
    expect(await log.stats()).toMatchObject({ rows: 0, bytes: 0 });
    expect((await log.session()).connectedUntil).toBe(1_020);
    expect(await log.read()).toEqual({ messages: [], lastSeq: 3, more: false });
    expect(await log.append([entry({ receivedAt: 2_000 })])).toMatchObject({ firstSeq: 4, lastSeq: 4 });
    expect(await log.bounds()).toEqual({ firstSeq: 4, lastSeq: 4 });
  });

  test("a log keeps to its retention while it grows, without being told", async () => {
    await using opened = await open({ retention: { maxRows: 500 } });
    const { log } = opened;
    for (let batch = 0; batch < 20; batch += 1) await log.append(entries(1_000));
    expect((await log.stats()).rows).toBeLessThanOrEqual(2_500);
    await log.trim();
    expect(await log.bounds()).toEqual({ firstSeq: 19_501, lastSeq: 20_000 });
  });

  test("trim() removes everything that is due, however much that is", async () => {
    let now = 1_000;
    await using opened = await open({ retention: { maxAgeMs: 100 }, now: () => now });
    const { log } = opened;
    for (let batch = 0; batch < 9; batch += 1) await log.append(entries(1_000));
    now = 5_000;
    await log.trim();
    expect(await log.stats()).toMatchObject({ rows: 0, bytes: 0 });
  });

  test("latest() forgets devices of which there is no message left", async () => {
    await using opened = await open({ retention: { maxRows: 2 } });
    const { log } = opened;
    await log.append([
      entry({ device: "gone" }),
      entry({ device: "old-and-retained" }),
      entry({ device: "a" }),
      entry({ device: "old-and-retained", retained: true }),
    ]);
    await log.trim();
    expect((await log.latest()).map(({ seq }) => seq)).toEqual([4, 3]);
  });

  test("dead letters stay when retention removes the message", async () => {
    await using opened = await open({ retention: { maxRows: 1 } });
    const { log } = opened;
    await log.append(entries(1));
    const [message] = (await log.read()).messages;
    if (message === undefined) throw new Error("There is one.");
    await log.addDeadLetter({ reader: "webhook", at: 1, reason: "400", message });
    await log.append(entries(3));
    await log.trim();
    expect((await log.deadLetters()).map((letter) => letter.message)).toEqual([message]);
  });

  test("a limit that is no positive number is refused", async () => {
    for (const retention of [{ maxRows: 0 }, { maxBytes: -1 }, { maxAgeMs: Number.NaN }, { maxRows: 1.5 }]) {
      expect(await codeOf(open({ retention }))).toBe("usage");
    }
  });
}
