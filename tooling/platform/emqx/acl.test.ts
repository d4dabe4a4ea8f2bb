import { expect, test } from "vitest";
import { accessRules } from "./acl.ts";

const rules = accessRules([
  { organisation: "acme", devices: ["pump-1"] },
  { organisation: "globex_eu", devices: ["fan-1", "fan-2"] },
]);

/** EMQX takes the first rule that matches, so their order counts. */
const terms = rules.split("\n").filter((line) => line.startsWith("{"));

test("accessRules() refuses each organisation the devices of the others before it allows anything", () => {
  const [acme = "", globex = "", ...rest] = terms;
  expect(acme).toMatch(/^\{deny, \{client_attr, "organisation", "acme"\}, subscribe, /);
  expect(acme).toContain(
    '"device/fan-1/telemetry/#", "devices/fan-1/telemetry/#", "device/fan-2/telemetry/#"',
  );
  expect(acme).not.toContain("pump-1");
  expect(globex).toMatch(/^\{deny, \{client_attr, "organisation", "globex_eu"\}, subscribe, /);
  expect(globex).toContain("pump-1");
  expect(globex).not.toContain("fan-1");
  expect(rest.every((term) => term.startsWith("{allow"))).toBe(true);
});

test("accessRules() lets tokens subscribe to telemetry alone, and publish nothing", () => {
  const [token = ""] = terms.filter((term) => term.includes("^tesa_mqtt_"));
  expect(token).toBe(
    '{allow, {username, {re, "^tesa_mqtt_"}}, subscribe, ["device/+/telemetry/#", "devices/+/telemetry/#"]}.',
  );
});

test("accessRules() keeps a device below its own id", () => {
  const [device = "", ...more] = terms.filter((term) => term.includes("^device[.]"));
  expect(device).toContain(`all, ["device/\${client_attrs.device}/#", "devices/\${client_attrs.device}/#"]`);
  expect(more).toEqual([]);
});

test("accessRules() of one organisation has nobody to refuse", () => {
  expect(accessRules([{ organisation: "acme", devices: ["pump-1"] }])).not.toContain("{deny");
});

test("each rule is one whole Erlang term", () => {
  for (const term of terms) expect(term).toMatch(/^\{(allow|deny), .*\}\.$/);
});
