import { expect, test } from "vitest";
import { misspelt } from "./misspelt.ts";
import { VARIABLES } from "./variables.ts";

test.each([
  ["MQTT_BROKER_ULR", "MQTT_BROKER_URL"],
  ["TESA_DEVICES", "TESA_DEVICE"],
  ["MQTT_API_TOKE", "MQTT_API_TOKEN"],
  ["MQTT_APITOKEN", "MQTT_API_TOKEN"],
  ["TESA_KEEP_", "TESA_KEEP"],
])("%s is taken for a misspelt %s", (name, meant) => {
  expect(misspelt([name], VARIABLES)).toEqual([{ name, meant }]);
});

test("names of others, known names and what is far from every name are no misspellings", () => {
  const known = VARIABLES.map(({ name }) => name);
  expect(
    misspelt([...known, "VITE_MQTT_TOPIC", "MQT_TOPIC", "MQTT_USERNAME", "TESA_DEBUG", "PATH"], VARIABLES),
  ).toEqual([]);
});
