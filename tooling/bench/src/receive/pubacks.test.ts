import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { readPubacks } from "./pubacks.ts";

const v4 = (messageId: number) => generate({ cmd: "puback", messageId }, { protocolVersion: 4 });
const v5 = (messageId: number, reasonCode: number) =>
  generate({ cmd: "puback", messageId, reasonCode }, { protocolVersion: 5 });

const pingreq = generate({ cmd: "pingreq" });

function read(frame: Buffer) {
  const ids: number[] = [];
  const rest = readPubacks(frame, (id) => ids.push(id));
  return { ids, rest };
}

test("readPubacks reads PUBACKs of both versions, with and without a reason", () => {
  const frame = Buffer.concat([v4(1), v5(65_535, 0x10), v5(258, 0), v4(3)]);
  expect(read(frame)).toEqual({ ids: [1, 65_535, 258, 3], rest: Buffer.alloc(0) });
});

test.each([
  ["another packet", pingreq],
  ["a PUBACK that is cut off", v4(2).subarray(0, 3)],
  ["the rest of a PUBACK", v4(2).subarray(1)],
  ["a length of more than a byte", Buffer.from([0x40, 0x82, 0x00, 0, 1])],
  ["what comes after another packet", Buffer.concat([pingreq, v4(2)])],
])("readPubacks leaves %s to the parser", (_, rest) => {
  expect(read(Buffer.concat([v4(1), rest]))).toEqual({ ids: [1], rest });
});
