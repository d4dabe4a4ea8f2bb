import type { ContractContext } from "./contract.ts";
import { entries, entry } from "./entries.ts";

const numbered = (first: number, last: number) =>
  entries(last - first + 1, (index) => ({ packetId: first + index, payload: `{"value":${first + index}}` }));

export function describeRedelivery({ expect, open, test }: ContractContext): void {
  test("what the broker sends again in a kept session is not stored again", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.connected({ sessionPresent: false });
    await log.append(numbered(1, 4));
    await log.connected({ sessionPresent: true });
    expect(await log.append(numbered(3, 3))).toEqual({
      firstSeq: 5,
      lastSeq: 4,
      redelivered: [0],
      rejected: [],
    });
    expect(await log.append([...numbered(4, 6), entry()])).toEqual({
      firstSeq: 5,
      lastSeq: 7,
      redelivered: [0],
      rejected: [],
    });
    expect((await log.stats()).rows).toBe(7);
  });

  test("the same message sent twice by its device is stored twice", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.connected({ sessionPresent: false });
    await log.append([entry({ packetId: 1 }), entry({ packetId: 1 }), entry(), entry()]);
    await log.connected({ sessionPresent: true });
    const again = await log.append([entry({ packetId: 2 }), entry({ packetId: 1 })]);
    expect(again).toMatchObject({ redelivered: [], lastSeq: 6 });
  });

  test("nothing is taken for sent again when the broker has begun a new session", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.connected({ sessionPresent: false });
    await log.append(numbered(1, 2));
    await log.connected({ sessionPresent: false });
    expect(await log.append(numbered(1, 2))).toMatchObject({ redelivered: [], lastSeq: 4 });
    await log.connected({ sessionPresent: true });
    expect(await log.append(numbered(1, 2))).toMatchObject({ redelivered: [0, 1], lastSeq: 4 });
  });

  test("what the broker sends again behind new messages is known by its DUP, and the new ones too", async () => {
    await using opened = await open();
    const { log } = opened;
    const again = (first: number, last: number) =>
      numbered(first, last).map((each) => ({ ...each, duplicate: true }));
    await log.connected({ sessionPresent: false });
    await log.append(numbered(1, 4));
    await log.connected({ sessionPresent: true });
    await log.append(numbered(5, 5));
    const appended = await log.append([...numbered(6, 6), ...again(3, 6), ...again(7, 7)]);
    expect(appended).toMatchObject({ redelivered: [1, 2, 3, 4], firstSeq: 6, lastSeq: 7 });
    expect(await log.append(again(7, 7))).toMatchObject({ redelivered: [0], lastSeq: 7 });
  });

  test("DUP alone makes no redelivery of a message", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.connected({ sessionPresent: false });
    await log.append(numbered(1, 2));
    await log.connected({ sessionPresent: true });
    const appended = await log.append([
      entry({ packetId: 1, payload: "another", duplicate: true }),
      entry({ packetId: 9, payload: '{"value":2}', duplicate: true }),
    ]);
    expect(appended).toMatchObject({ redelivered: [], lastSeq: 4 });
  });

  test("a message too large to be hashed in passing is known again too", async () => {
    await using opened = await open();
    const { log } = opened;
    const batch = [entry({ packetId: 1, payload: new Uint8Array(100_000) })];
    await log.connected({ sessionPresent: false });
    await log.append(batch);
    await log.connected({ sessionPresent: true });
    expect(await log.append(batch)).toMatchObject({ redelivered: [0], lastSeq: 1 });
  });

  test("as many are known again as the broker may have unacknowledged, with others between them", async () => {
    await using opened = await open({ receiveMaximum: 20 });
    const { log } = opened;
    await log.connected({ sessionPresent: false });
    for (let packetId = 1; packetId <= 100; packetId += 1) {
      await log.append([...entries(3), ...numbered(packetId, packetId)]);
    }
    await log.connected({ sessionPresent: true });
    const again = await log.append(numbered(81, 100));
    expect(again.redelivered).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test("a message that retention has removed is still known again", async () => {
    await using opened = await open({ retention: { maxRows: 2 } });
    const { log } = opened;
    await log.connected({ sessionPresent: false });
    await log.append(numbered(1, 10));
    await log.append(numbered(11, 20));
    await log.trim();
    expect((await log.stats()).rows).toBe(2);
    await log.connected({ sessionPresent: true });
    expect((await log.append(numbered(5, 20))).redelivered).toHaveLength(16);
  });
}
