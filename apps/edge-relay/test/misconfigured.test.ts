import { expect, test } from "vitest";
import { openEdge, until } from "./edge.ts";

test("a Worker that is not configured says so to clients, and each problem in its log", async () => {
  await using edge = await openEdge({
    bindings: {
      MQTT_API_TOKEN: "",
      MQTT_BROKER_URL: "mqtt://broker",
      TESA_RELAY_SECRET: "short",
      TESA_EDGE_STAY: "never",
    },
  });
  const answer = await fetch(edge.url("/v1/stream"));
  expect(answer.status).toBe(500);
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  await until("its log", () => edge.log.length > 0);
  const log = edge.log.join("\n");
  for (const name of ["MQTT_API_TOKEN", "TESA_RELAY_SECRET", "TESA_EDGE_STAY"]) expect(log).toContain(name);
  expect(log).not.toContain("short");
}, 60_000);
