import { expect, test } from "vitest";
import { findBreaches } from "./import-rules.ts";

const breach = (path: string, module: string) =>
  findBreaches([{ path, text: `import { x } from "${module}";` }]);

test.each([
  ["packages/core/src/stream.ts", "@tesa/log"],
  ["packages/core/src/stream.ts", "mqtt"],
  ["packages/log/src/memory.ts", "@tesa/webhook"],
  ["packages/core/src/stream.test.ts", "@tesa/platform"],
  ["packages/relay/src/app.ts", "@tesa/process"],
  ["packages/webhook/src/webhook.ts", "@tesa/platform"],
  ["apps/node-cli/src/main.ts", "../../../packages/core/src/index.ts"],
])("findBreaches() reports that %s imports %s", (path, module) => {
  expect(breach(path, module)).toHaveLength(1);
});

test.each([
  ["packages/core/src/mqtt/connect.ts", "mqtt"],
  ["packages/log/src/memory.ts", "@tesa/core"],
  ["packages/relay/src/app.ts", "@tesa/log"],
  ["packages/process/src/route/readers.ts", "@tesa/webhook"],
  ["apps/node-cli/src/main.ts", "@tesa/process"],
  ["apps/node-cli/src/main.ts", "@tesa/platform"],
  ["tooling/platform/src/simulator.ts", "mqtt"],
  ["packages/core/src/stream.test.ts", "./testing/index.ts"],
])("findBreaches() accepts that %s imports %s", (path, module) => {
  expect(breach(path, module)).toEqual([]);
});

test("findBreaches() sees re-exports and dynamic imports", () => {
  const text = `export * from "mqtt";\nawait import("mqtt-packet");\nawait import('mqtt');`;
  expect(findBreaches([{ path: "packages/core/src/a.ts", text }])).toHaveLength(2);
});
