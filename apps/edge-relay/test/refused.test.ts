import { expect, test } from "vitest";
import { makeKey, openEdge, until } from "./edge.ts";
import { openEvents } from "./event-client.ts";

test("clients are told when the platform refuses the token, which nobody is shown", async () => {
  const token = `tesa_mqtt_acme_${"FAKE".repeat(8)}`;
  await using edge = await openEdge({ bindings: { MQTT_API_TOKEN: token } });
  await using client = openEvents(edge.url("/v1/stream"), await makeKey());
  await until("refused", () => client.notices.some(({ data }) => data.type === "refused"));
  expect(JSON.stringify(client.notices) + edge.log.join("\n")).not.toContain(token);
}, 60_000);
