import { expect, test } from "vitest";
import { allowConnections, parseConnectOrigins } from "./connect-origins.ts";

test("origins stand with spaces or commas between, and lose what is no part of one", () => {
  expect(
    parseConnectOrigins(" https://Relay.example:443/, wss://mqtt.example:8085/mqtt\nhttp://127.0.0.1:8080 "),
  ).toEqual(["https://relay.example", "wss://mqtt.example:8085", "http://127.0.0.1:8080"]);
  expect(parseConnectOrigins("")).toEqual([]);
});

test.each([
  "relay.example",
  "ftp://relay.example",
  "https://user:word@relay.example",
  "'unsafe-inline'",
  "*",
])("%s is no origin", (entry) => {
  expect(() => parseConnectOrigins(`wss://ok.example ${entry}`)).toThrow(
    expect.objectContaining({ code: "config", message: expect.stringContaining(`has "${entry}" in it`) }),
  );
});

test("nothing in an entry ends the directive", () => {
  expect(() => parseConnectOrigins("https://a.example;script-src")).toThrow("https://a.example;script-src");
});

test("the connections of a policy are replaced, and nothing else of it", () => {
  expect(allowConnections("default-src 'none'; Connect-Src *; connect-src-x y", ["wss://a.example"])).toBe(
    "default-src 'none'; connect-src-x y; connect-src 'self' wss://a.example",
  );
});
