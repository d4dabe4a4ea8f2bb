import type { ContractContext } from "./contract.ts";
import { entries, entry, stored } from "./entries.ts";

export function describeAppending({ codeOf, expect, open, test }: ContractContext): void {
  test("append() numbers messages from 1, without holes", async () => {
    await using opened = await open();
    const { log } = opened;
    expect(await log.bounds()).toEqual({ firstSeq: 0, lastSeq: 0 });
    expect(await log.append(entries(3))).toEqual({ firstSeq: 1, lastSeq: 3, redelivered: [], rejected: [] });
    expect(await log.append([])).toEqual({ firstSeq: 4, lastSeq: 3, redelivered: [], rejected: [] });
    expect(await log.append(entries(2))).toMatchObject({ firstSeq: 4, lastSeq: 5 });
    expect(await log.bounds()).toEqual({ firstSeq: 1, lastSeq: 5 });
  });

  test("read() gives back every message as it was decoded, whatever it holds", async () => {
    await using opened = await open();
    const { log } = opened;
    const batch = [
      entry({ packetId: 7 }),
      entry({ sensor: null, payload: '{"temperature":25.5,"humidity":60,"timestamp":1732356000}' }),
      entry({
        sensor: "motor/2/rpm",
        payload: '{"value":1,"timestamp":"2026-11-23T10:00:00"}',
        retained: true,
      }),
      entry({ payload: "not JSON" }),
      entry({ payload: new Uint8Array([0, 255, 0, 128]) }),
      entry({ payload: "" }),
      entry({ payload: new Uint8Array([9, 123, 125, 9]).subarray(1, 3) }),
      entry({ topic: "somewhere/else", payload: "\u0000" }),
      entry({ device: "ก้าวหน้า-😀", sensor: "อุณหภูมิ" }),
      entry({ device: "007", sensor: "1e3" }),
    ];
    await log.append(batch);
    const page = await log.read();
    expect(page).toEqual({ messages: stored(batch), lastSeq: 10, more: false });
    for (const message of page.messages) expect(message.payload).toBeInstanceOf(Uint8Array);
  });

  test("a topic keeps what MQTT forbids in it: U+0000 and half a surrogate pair", async () => {
    await using opened = await open();
    const { log } = opened;
    const batch = [entry({ device: "a\u0000b" }), entry({ device: "a" }), entry({ device: "x\ud800y" })];
    await log.append(batch);
    expect((await log.read()).messages).toEqual(stored(batch));
    expect((await log.read({ device: "a\u0000b" })).messages.map(({ seq }) => seq)).toEqual([1]);
    expect((await log.read({ device: "x\ud800y" })).messages.map(({ seq }) => seq)).toEqual([3]);
    expect((await log.latest()).map(({ deviceId }) => deviceId)).toEqual(["x\ud800y", "a", "a\u0000b"]);
  });

  test("a message of 10 MB is kept byte for byte", async () => {
    await using opened = await open();
    const { log } = opened;
    const payload = Uint8Array.from({ length: 10 * 1024 * 1024 }, (_, index) => index % 251);
    await log.append([entry({ payload, packetId: 1 })]);
    const { messages } = await log.read();
    expect(messages.map((message) => Buffer.compare(message.payload, payload))).toEqual([0]);
  });

  test("onAppend() tells of each append that stored something, until it is ended", async () => {
    await using opened = await open();
    const { log } = opened;
    const told: number[] = [];
    const end = log.onAppend((lastSeq) => told.push(lastSeq));
    await log.append(entries(2));
    await log.append([]);
    await log.append(entries(1));
    await Promise.resolve();
    expect(told).toEqual([2, 3]);
    end();
    await log.append(entries(1));
    await Promise.resolve();
    expect(told).toEqual([2, 3]);
  });

  test("stats() counts messages and the bytes of payload and topic", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append([entry({ topic: "a/é", payload: "12345" }), entry({ topic: "b", payload: "" })]);
    expect(await log.stats()).toEqual({ rows: 2, bytes: 10, rejected: 0, gaps: 0, deadLetters: 0 });
  });

  test("a closed log refuses everything, and may be closed twice", async () => {
    await using opened = await open();
    const { log } = opened;
    const cursor = await log.cursor("reader");
    await log.close();
    await log.close();
    for (const call of [
      () => log.append(entries(1)),
      () => log.read(),
      () => log.latest(),
      () => log.bounds(),
      () => log.session(),
      () => log.stats(),
      () => log.trim(),
      () => log.cursor("another"),
      () => cursor.save({ position: 0 }),
    ]) {
      expect(await codeOf(call())).toBe("usage");
    }
  });
}
