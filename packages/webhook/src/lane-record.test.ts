import { createFakeClock } from "@tesa/core/testing";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { beforeEach, expect, test } from "vitest";
import { type LaneRecord, openPlaces } from "./lane-record.ts";
import { entriesOf } from "./testing/messages.ts";
import { reopenable } from "./testing/reopenable-log.ts";

const READER = "webhook:test";
let log: TelemetryLog;

beforeEach(async () => {
  log = reopenable(createMemoryTelemetryLog({ random: () => 0.5, clock: createFakeClock() }));
  await log.append(entriesOf(["d1"], 100));
});

async function put(place: string, position: number): Promise<void> {
  const cursor = await log.cursor<LaneRecord>(`${READER}:${place}`);
  await cursor.save({ position, state: { version: 1, epoch: log.epoch, pending: [] } });
}

const positions = async (lanes: number) =>
  (await openPlaces(log, READER, lanes)).map(({ position }) => position);

test("Lanes of another number begin where all the old ones had been", async () => {
  await put("0/2", 70);
  await put("1/2", 40);
  expect(await positions(3)).toEqual([40, 40, 40]);
});

test("An old number with a lane that never came to save its place counts as one that stands at the beginning", async () => {
  await put("0/2", 70);
  expect(await positions(3)).toEqual([0, 0, 0]);
});

test("Of several old numbers, the one that had come furthest counts, since it had begun where the other stood", async () => {
  await put("0/1", 30);
  await put("0/2", 80);
  await put("1/2", 60);
  expect(await positions(4)).toEqual([60, 60, 60, 60]);
});

test("A place of another epoch means nothing: all that is there now is new", async () => {
  const cursor = await log.cursor<LaneRecord>(`${READER}:0/1`);
  await cursor.save({ position: 90, state: { version: 1, epoch: "another", pending: [[91, 95]] } });
  const [place] = await openPlaces(log, READER, 1);
  expect(place).toMatchObject({ position: 0, pending: [] });
});

test("A place of this epoch has its batches too", async () => {
  const cursor = await log.cursor<LaneRecord>(`${READER}:0/1`);
  await cursor.save({ position: 90, state: { version: 1, epoch: log.epoch, pending: [[91, 95]] } });
  const [place] = await openPlaces(log, READER, 1);
  expect(place).toMatchObject({ position: 90, pending: [[91, 95]] });
});
