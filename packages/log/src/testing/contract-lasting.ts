import type { ContractContext } from "./contract.ts";
import { entries, entry, stored } from "./entries.ts";

/** What a log keeps that lasts longer than the process; nothing of this is tested for another. */
export function describeLasting({ expect, open, test }: ContractContext): void {
  test("what a log that lasts holds is there when it is opened again", async () => {
    await using opened = await open();
    const { log, reopen } = opened;
    expect(log.durable).toBe(reopen !== null);
    if (reopen === null) return;
    const batch = entries(5, (index) => ({
      device: `d${index}`,
      packetId: index + 1,
      receivedAt: 100 * index,
    }));
    await log.append(batch);
    await log.saveSession({ ...(await log.session()), filters: ["#"], acceptedToken: "abc" });
    await (await log.cursor("reader")).save({ position: 2, state: { lane: 1 } });
    await log.recordGap({ kind: "certain", from: 1, to: 2 });
    for (const message of stored(batch.slice(0, 1))) {
      await log.addDeadLetter({ reader: "reader", at: 1, reason: "400", message });
    }
    const [before, session] = [await log.stats(), await log.session()];
    const again = await reopen();
    expect([again.id, again.epoch]).toEqual([log.id, log.epoch]);
    expect((await again.read()).messages).toEqual(stored(batch));
    expect(await again.session()).toEqual(session);
    const cursor = await again.cursor("reader");
    expect([cursor.position, cursor.state]).toEqual([2, { lane: 1 }]);
    expect(await again.gaps()).toHaveLength(1);
    expect(await again.deadLetters()).toHaveLength(1);
    expect(await again.stats()).toEqual(before);
    expect((await again.latest()).map(({ deviceId }) => deviceId)).toEqual(["d4", "d3", "d2", "d1", "d0"]);
    expect(await again.append(entries(1))).toMatchObject({ firstSeq: 6 });
  });

  test("what the broker sends again is known after the log was opened again", async () => {
    await using opened = await open();
    const { log, reopen } = opened;
    if (reopen === null) return;
    const batch = entries(5, (index) => ({ packetId: index + 1 }));
    await log.connected({ sessionPresent: false });
    await log.append(batch);
    const again = await reopen();
    await again.connected({ sessionPresent: true });
    expect(await again.append([...batch, entry({ packetId: 6 })])).toMatchObject({
      redelivered: [0, 1, 2, 3, 4],
      firstSeq: 6,
      lastSeq: 6,
    });
  });

  test("what belonged to an earlier session is not taken for sent again after the log was opened again", async () => {
    await using opened = await open();
    const { log, reopen } = opened;
    if (reopen === null) return;
    await log.connected({ sessionPresent: false });
    await log.append([entry({ packetId: 1 })]);
    await log.connected({ sessionPresent: false });
    const again = await reopen();
    await again.connected({ sessionPresent: true });
    expect(await again.append([entry({ packetId: 1 })])).toMatchObject({ redelivered: [], lastSeq: 2 });
  });

  test("what retention has removed is known again after the log was opened again, with a smaller receive maximum", async () => {
    await using opened = await open({ retention: { maxRows: 2 }, receiveMaximum: 20 });
    const { log, reopen } = opened;
    if (reopen === null) return;
    const batch = entries(20, (index) => ({ packetId: index + 1 }));
    await log.connected({ sessionPresent: false });
    for (const one of batch) await log.append([one]);
    const again = await reopen({ receiveMaximum: 5, retention: { maxRows: 2 } });
    await again.append(entries(3));
    await again.connected({ sessionPresent: true });
    expect((await again.append(batch)).redelivered).toHaveLength(20);
  });

  test("numbers go on after the log was opened again, when retention has removed everything", async () => {
    let now = 1_000;
    const options = { retention: { maxAgeMs: 10 }, now: () => now };
    await using opened = await open(options);
    const { log, reopen } = opened;
    if (reopen === null) return;
    await log.append(entries(4));
    now = 9_000;
    await log.trim();
    const again = await reopen(options);
    expect(await again.bounds()).toEqual({ firstSeq: 5, lastSeq: 4 });
    expect((await again.session()).connectedUntil).toBe(1_000);
    expect(await again.append(entries(1))).toMatchObject({ firstSeq: 5, lastSeq: 5 });
  });
}
