import { expect, test } from "vitest";
import { DEFAULT_BROKER_URL, findBrokerUrlProblems, normalizeBrokerUrl } from "./broker-url.ts";

test.each([
  [DEFAULT_BROKER_URL, DEFAULT_BROKER_URL],
  ["wss://broker.example/mqtt", "wss://broker.example/mqtt"],
  ["wss://broker.example:443/mqtt", "wss://broker.example/mqtt"],
  ["WSS://Broker.Example:8085/mqtt", "wss://broker.example:8085/mqtt"],
  ["wss://broker.example:8085", "wss://broker.example:8085/mqtt"],
  ["wss://broker.example:8085/", "wss://broker.example:8085/mqtt"],
  ["wss://broker.example:8085/other/path", "wss://broker.example:8085/other/path"],
  ["wss://10.0.0.7:8085/mqtt", "wss://10.0.0.7:8085/mqtt"],
  ["wss://[2001:db8::1]:8085/mqtt", "wss://[2001:db8::1]:8085/mqtt"],
  ["ws://localhost:8083", "ws://localhost:8083/mqtt"],
  ["ws://127.0.0.1:8083/mqtt", "ws://127.0.0.1:8083/mqtt"],
  ["ws://127.1.2.3:8083/mqtt", "ws://127.1.2.3:8083/mqtt"],
  ["ws://[::1]:8083/mqtt", "ws://[::1]:8083/mqtt"],
])("normalizeBrokerUrl() makes of %s %s", (text, expected) => {
  expect(findBrokerUrlProblems(text)).toEqual([]);
  expect(normalizeBrokerUrl(text)).toBe(expected);
});

/** Where nobody has named the port that is proposed. */
const GUESS = " (8085 is the port of TESAIoT; that of your broker may be another)";

test.each([
  ["mqtts://mqtt.tesaiot.com:8884", "mqtts://", DEFAULT_BROKER_URL],
  ["mqtt://broker.example:1883", "mqtt://", `wss://broker.example:8085/mqtt${GUESS}`],
  ["mqtts://broker.example:8884", "mqtts://", `wss://broker.example:8085/mqtt${GUESS}`],
  ["ssl://broker.example:8883", "ssl://", `wss://broker.example:8085/mqtt${GUESS}`],
  ["tcp://10.0.0.7", "tcp://", `wss://10.0.0.7:8085/mqtt${GUESS}`],
  ["http://broker.example:8085/mqtt", "http://", "wss://broker.example:8085/mqtt"],
  ["https://broker.example:8085/mqtt", "https://", "wss://broker.example:8085/mqtt"],
  ["https://broker.example", "https://", `wss://broker.example:8085/mqtt${GUESS}`],
  ["http://127.0.0.1:1883", "http://", `wss://127.0.0.1:8085/mqtt${GUESS}`],
  ["https://broker.example:9443/ws", "https://", "wss://broker.example:9443/ws"],
  ["file:///etc/passwd", "file://", DEFAULT_BROKER_URL],
])("findBrokerUrlProblems() refuses the scheme of %s and says what to use", (text, scheme, hint) => {
  expect(findBrokerUrlProblems(text)).toEqual([
    `has the scheme ${scheme}; the way in for applications is MQTT over secure WebSockets: use ${hint}`,
  ]);
});

test.each([
  ["mqtt.tesaiot.com:8085", "wss://mqtt.tesaiot.com:8085/mqtt"],
  ["mqtt.tesaiot.com:8085/mqtt", "wss://mqtt.tesaiot.com:8085/mqtt"],
  ["localhost:8083", `wss://localhost:8085/mqtt${GUESS}`],
  ["broker.example", `wss://broker.example:8085/mqtt${GUESS}`],
  ["//broker.example", DEFAULT_BROKER_URL],
  ["/mqtt", DEFAULT_BROKER_URL],
  ["wss:broker.example", DEFAULT_BROKER_URL],
])("findBrokerUrlProblems() says that %s has no scheme", (text, hint) => {
  expect(findBrokerUrlProblems(text)).toEqual([`has no scheme: use ${hint}`]);
});

test.each([
  "ws://broker.example:8083/mqtt",
  "ws://127.evil.example/mqtt",
  "ws://localhost.evil.example",
  "ws://10.0.0.7",
])("findBrokerUrlProblems() refuses %s, where the token would travel unencrypted", (text) => {
  expect(findBrokerUrlProblems(text)).toEqual([expect.stringContaining("would send the token unencrypted")]);
});

test.each(["wss://", "wss://broker.example:99999/mqtt", "wss://[::1/mqtt", "wss://a%b/mqtt"])(
  "findBrokerUrlProblems() says that %s is no valid URL",
  (text) => {
    expect(findBrokerUrlProblems(text)).toEqual([expect.stringContaining("is no valid URL")]);
  },
);

test.each(["wss://broker.example/mqtt?x=1", "wss://broker.example/mqtt#x", "wss://broker.example/mqtt?"])(
  "findBrokerUrlProblems() refuses the query or fragment of %s",
  (text) => {
    expect(findBrokerUrlProblems(text)).toEqual([expect.stringContaining("must not have a ? or #")]);
  },
);

test.each([" wss://broker.example/mqtt", "wss://broker.example/mqtt\n", "wss://bro\tker.example/mqtt"])(
  "findBrokerUrlProblems() refuses %j, although the URL class would not",
  (text) => {
    expect(findBrokerUrlProblems(text)[0]).toContain("has spaces or control characters");
  },
);

test.each([
  "wss://me:hunter2@broker.example/mqtt",
  "wss://hunter2@broker.example/mqtt",
  "wss://me:hun/ter2@broker.example/mqtt",
  "wss://me:hun#ter2@broker.example/mqtt",
  "wss://me:hun?ter2@broker.example/mqtt",
  "mqtts://me:hunter2@broker.example:8884",
  "ws://me:hunter2@broker.example",
  "me:hunter2@broker.example:8085",
  "https://me:12/hunter2@broker.example",
])("findBrokerUrlProblems() refuses the user in %s and shows nothing of it", (text) => {
  const problems = findBrokerUrlProblems(text);
  expect(problems).toContainEqual(expect.stringContaining("must not have a user or password"));
  expect(problems.join()).not.toMatch(/hun|ter2|broker\.example/);
});

test.each([
  "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
  "https://tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
])("findBrokerUrlProblems() shows nothing of a token in place of the URL (%.20s)", (text) => {
  const problems = findBrokerUrlProblems(text);
  expect(problems).toHaveLength(1);
  expect(problems.join().toLowerCase()).not.toContain("fake");
});
