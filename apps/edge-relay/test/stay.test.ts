import { expect, test } from "vitest";
import { type Edge, makeKey, openEdge, until } from "./edge.ts";

const TOPIC = "device/g1/telemetry/count";

/** The sessions of applications that are connected and have subscribed. */
const connected = ({ box }: Edge) =>
  box.platform.clients().filter((client) => client.connected && client.subscriptions.length > 0);

const ask = async (edge: Edge, path: string) =>
  fetch(edge.url(path), { headers: { authorization: `Bearer ${await makeKey()}` } });

const alarms = ({ log }: Edge) => log.filter((line) => line === "alarm of acme").length;

test("TESA_EDGE_STAY=always: connected from the first request on, without clients, by alarm, whatever ends the object", async () => {
  await using edge = await openEdge({
    entry: "test/abortable-worker.ts",
    bindings: { TESA_EDGE_STAY: "always", TESA_EDGE_LINGER: "1" },
    organisations: ["acme", "globex"],
  });
  // Whether a session was resumed, of each connection that is not the device's.
  const connects: boolean[] = [];
  edge.box.platform.onEvent((event) => {
    if (event.type === "connected" && event.clientId !== "g1") connects.push(event.sessionPresent);
  });
  // What has no key wakes nobody.
  expect((await fetch(edge.url("/v1/devices"))).status).toBe(401);
  expect(connected(edge)).toEqual([]);

  // A request for history is no client that stays.
  expect((await ask(edge, "/v1/devices")).status).toBe(200);
  await until("connected", () => connected(edge).length === 1);
  expect(connected(edge)).toMatchObject([{ organisation: "acme" }]);
  await until("two alarms", () => alarms(edge) >= 2, 60_000);
  expect(connects).toEqual([false]);
  await edge.box.publish(TOPIC, "1");

  // Nobody asks for anything from here on: the alarm alone wakes the next object.
  await fetch(edge.url("/test/abort?organisation=acme"));
  await until("disconnected", () => connected(edge).length === 0);
  await edge.box.publish(TOPIC, "2");
  await until("connected again", () => connected(edge).length === 1);
  await edge.box.publish(TOPIC, "3");
  const before = alarms(edge);
  await until("an alarm of the next object", () => alarms(edge) > before);
  expect(connected(edge)).toHaveLength(1);
  expect(connects).toEqual([false, true]);

  // A deployment with settings that cannot be used, then one that mends them.
  await fetch(edge.url("/test/abort?organisation=acme&misconfigured"));
  await until("disconnected", () => connected(edge).length === 0);
  await until("the problem in its log", () =>
    edge.log.some((line) => line.includes("MQTT_API_TOKEN is not set")),
  );
  await until("connected once more", () => connected(edge).length === 1);

  const { messages } = (await (await ask(edge, "/v1/telemetry")).json()) as {
    messages: readonly { readonly seq: number; readonly payload: unknown }[];
  };
  expect(messages.map(({ payload }) => payload)).toEqual([1, 2, 3]);
}, 180_000);
