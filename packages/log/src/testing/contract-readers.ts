import type { ContractContext } from "./contract.ts";
import { entries, entry, stored } from "./entries.ts";

export function describeReaders({ codeOf, expect, open, test }: ContractContext): void {
  test("a cursor begins at 0 without a state, and keeps what is saved", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append(entries(5));
    const cursor = await log.cursor<{ lane: number }>("webhook");
    expect([cursor.name, cursor.position, cursor.state]).toEqual(["webhook", 0, null]);
    await cursor.save({ position: 3, state: { lane: 2 } });
    expect([cursor.position, cursor.state]).toEqual([3, { lane: 2 }]);
    await cursor.save({ position: 5 });
    expect([cursor.position, cursor.state]).toEqual([5, { lane: 2 }]);
    await cursor.save({ position: 1, state: null });
    expect([cursor.position, cursor.state]).toEqual([1, null]);
    await (await log.cursor("another")).save({ position: 4 });
    const all = [...(await log.cursors())].sort((a, b) => a.name.localeCompare(b.name));
    expect(all).toEqual([
      { name: "another", position: 4 },
      { name: "webhook", position: 1 },
    ]);
  });

  test("a cursor is told when it is saved outside of the log, or with what is no JSON, and stays as it was", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append(entries(2));
    const cursor = await log.cursor("reader");
    await cursor.save({ position: 1, state: "kept" });
    for (const position of [-1, 3, 0.5, Number.NaN])
      expect(await codeOf(cursor.save({ position }))).toBe("usage");
    expect(await codeOf(cursor.save({ position: 2, state: 10n }))).toBe("usage");
    expect(await codeOf(cursor.save({ position: 2, state: () => 1 }))).toBe("usage");
    expect([cursor.position, cursor.state]).toEqual([1, "kept"]);
  });

  test("a cursor is opened once at a time", async () => {
    await using opened = await open();
    await opened.log.cursor("reader");
    expect(await codeOf(opened.log.cursor("reader"))).toBe("usage");
  });

  test("a cursor that was closed can be opened again, and goes on where it was; the old one saves nothing more", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.append(entries(3));
    const first = await log.cursor("reader");
    await first.save({ position: 2, state: "kept" });
    first.close();
    expect(await codeOf(first.save({ position: 3 }))).toBe("usage");
    const second = await log.cursor("reader");
    expect([second.position, second.state]).toEqual([2, "kept"]);
    // Late, and without any effect on who has the name now.
    first.close();
    expect(await codeOf(log.cursor("reader"))).toBe("usage");
    await second.save({ position: 3 });
    second.close();
    expect((await log.cursor("reader")).position).toBe(3);
  });

  test("gaps are numbered, with the place where they lie among the messages, and found by time", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.recordGap({ kind: "certain", from: 100, to: 200 });
    await log.append(entries(2));
    await log.recordGap({ kind: "possible", from: 300, to: 400 });
    const [first, second] = [
      { id: 1, kind: "certain", from: 100, to: 200, afterSeq: 0 },
      { id: 2, kind: "possible", from: 300, to: 400, afterSeq: 2 },
    ];
    expect(await log.gaps()).toEqual([first, second]);
    expect(await log.gaps({ from: 200 })).toEqual([first, second]);
    expect(await log.gaps({ from: 201 })).toEqual([second]);
    expect(await log.gaps({ to: 300 })).toEqual([first]);
    expect(await log.gaps({ from: 201, to: 300 })).toEqual([]);
    expect(await log.stats()).toMatchObject({ gaps: 2 });
  });

  test("dead letters are kept with a copy of the message, found by reader and place, and removed", async () => {
    await using opened = await open();
    const { log } = opened;
    const batch = [entry({ payload: "\u0000" }), entry({ device: "b" }), entry({ device: "c", packetId: 3 })];
    await log.append(batch);
    const [one, two, three] = stored(batch);
    if (one === undefined || two === undefined || three === undefined) throw new Error("There are three.");
    await log.addDeadLetter({ reader: "webhook", at: 5, reason: "400", message: one });
    await log.addDeadLetter({ reader: "mirror", at: 6, reason: "no U+0000", message: two });
    await log.addDeadLetter({ reader: "webhook", at: 7, reason: "413", message: three });
    expect(await log.deadLetters()).toEqual([
      { id: 1, reader: "webhook", at: 5, reason: "400", message: one },
      { id: 2, reader: "mirror", at: 6, reason: "no U+0000", message: two },
      { id: 3, reader: "webhook", at: 7, reason: "413", message: three },
    ]);
    const idsOf = async (query: Parameters<typeof log.deadLetters>[0]) =>
      (await log.deadLetters(query)).map(({ id }) => id);
    expect(await idsOf({ reader: "webhook" })).toEqual([1, 3]);
    expect(await idsOf({ reader: "webhook", after: 1 })).toEqual([3]);
    expect(await idsOf({ limit: 2 })).toEqual([1, 2]);
    expect(await log.removeDeadLetters([3, 1, 99])).toBe(2);
    expect(await log.stats()).toMatchObject({ deadLetters: 1 });
    await log.addDeadLetter({ reader: "webhook", at: 8, reason: "422", message: one });
    expect(await idsOf({})).toEqual([2, 4]);
  });

  test("session() gives the client id made with the log and what was saved", async () => {
    await using opened = await open();
    const { log } = opened;
    const session = await log.session();
    expect(session).toEqual({
      clientId: expect.stringMatching(/^tesa[0-9a-z]{16}$/),
      filters: [],
      acceptedToken: null,
      connectedUntil: null,
    });
    await log.saveSession({ ...session, filters: ["device/+/telemetry/#"], acceptedToken: "abc" });
    expect(await log.session()).toEqual({
      ...session,
      filters: ["device/+/telemetry/#"],
      acceptedToken: "abc",
    });
  });

  test("session() counts as connected until the newest message came, or later", async () => {
    await using opened = await open();
    const { log } = opened;
    await log.saveSession({ ...(await log.session()), connectedUntil: 500 });
    expect((await log.session()).connectedUntil).toBe(500);
    await log.append([entry({ receivedAt: 800 })]);
    expect((await log.session()).connectedUntil).toBe(800);
    await log.saveSession({ ...(await log.session()), connectedUntil: 900 });
    expect((await log.session()).connectedUntil).toBe(900);
  });
}
