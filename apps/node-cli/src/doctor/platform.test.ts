import { type Platform, type PlatformOptions, startPlatform } from "@tesa/platform";
import { expect, test } from "vitest";
import { reading, startDevice } from "./testing/device.ts";
import { diagnose, examine, expectFailureAt, type Settings, stepOf } from "./testing/examine.ts";

/** Both versions of MQTT, as `TESA_PROTOCOL_VERSION` has them. */
const VERSIONS = ["5", "3.1.1"] as const;
/** For tests in which a step is to run out of time: still many times what the others need on a busy machine. */
const SHORT = { timeoutMs: 1_000 };

function settingsFor(platform: Platform, settings: Settings = {}): Settings {
  return {
    MQTT_BROKER_URL: platform.urls.wss,
    CA_CERT_PATH: platform.caCertPath,
    MQTT_API_TOKEN: platform.tokens.issue({ organisation: "acme" }),
    ...settings,
  };
}

/** Runs the doctor on a platform of its own. */
async function diagnoseOn(
  options: PlatformOptions,
  settings: Settings,
  prepare?: (platform: Platform) => void,
) {
  await using platform = await startPlatform(options);
  prepare?.(platform);
  return await diagnose(settingsFor(platform, settings), SHORT);
}

test.each(VERSIONS)("all is well on MQTT %s when a device sends", async (TESA_PROTOCOL_VERSION) => {
  await using platform = await startPlatform();
  await using _device = await startDevice(platform, { deviceId: "g1", payload: reading });
  const diagnosis = await diagnose(settingsFor(platform, { TESA_PROTOCOL_VERSION }));
  expect(diagnosis).toMatchObject({ ok: true, exitCode: 0 });
  expect(diagnosis.steps.filter(({ status }) => status !== "ok")).toEqual([]);
  expect(stepOf(diagnosis, "tls").data).toMatchObject({
    protocol: "TLSv1.3",
    chain: [{ subject: "localhost" }, {}],
  });
  expect(stepOf(diagnosis, "first-message").data).toMatchObject({
    topic: "device/g1/telemetry/temperature",
    deviceId: "g1",
    format: "json",
    readings: [{ sensor: "temperature", value: 25.5, unit: "°C" }],
  });
});

test("what the broker advertises is reported", async () => {
  await using platform = await startPlatform({ broker: { maxInflight: 17 } });
  await using _device = await startDevice(platform, { deviceId: "g1", payload: reading });
  expect(stepOf(await diagnose(settingsFor(platform)), "connack").data).toMatchObject({
    protocolVersion: 5,
    receiveMaximum: 17,
    maximumPacketSize: 10_485_760,
  });
});

test("the doctor never takes over the client id of the user and leaves no session behind", async () => {
  await using platform = await startPlatform();
  await using _device = await startDevice(platform, { deviceId: "g1", payload: reading });
  const clientIds: string[] = [];
  platform.onEvent((event) => {
    if (event.type === "connected") clientIds.push(event.clientId);
  });
  for (const TESA_PROTOCOL_VERSION of VERSIONS) {
    await diagnose(settingsFor(platform, { MQTT_CLIENT_ID: "mine", TESA_PROTOCOL_VERSION }));
  }
  const ownId = expect.stringMatching(/^tesa-doctor-[0-9a-f]{12}$/);
  expect(clientIds).toEqual([ownId, ownId]);
  expect(new Set(clientIds).size).toBe(2);
  expect(platform.clients().map(({ clientId }) => clientId)).toEqual(["g1"]);
});

test("a broker without MQTT 5 is tried again with 3.1.1, which is a warning", async () => {
  await using platform = await startPlatform({ broker: { protocolVersions: [4] } });
  await using _device = await startDevice(platform, { deviceId: "g1", payload: reading });
  const diagnosis = await diagnose(settingsFor(platform));
  expect(diagnosis.exitCode).toBe(0);
  expect(stepOf(diagnosis, "connack")).toMatchObject({ status: "warning", data: { protocolVersion: 4 } });
});

test("a broker without MQTT 5 fails at CONNACK when nothing else is wanted", async () => {
  const diagnosis = await diagnoseOn({ broker: { protocolVersions: [4] } }, { TESA_PROTOCOL_VERSION: "5" });
  expect(expectFailureAt(diagnosis, "connack", 69).data).toMatchObject({ code: "protocol-version" });
});

test("a wrong path fails at the upgrade", async () => {
  await using platform = await startPlatform();
  const MQTT_BROKER_URL = platform.urls.wss.replace("/mqtt", "/wrong");
  const diagnosis = await diagnose(settingsFor(platform, { MQTT_BROKER_URL }));
  const failed = expectFailureAt(diagnosis, "upgrade", 69);
  expect(failed.detail).toContain("HTTP 404");
  expect(failed.cause).toContain('"/wrong"');
});

test("the MQTTS port of devices fails at the upgrade", async () => {
  await using platform = await startPlatform();
  const MQTT_BROKER_URL = `${platform.urls.mqtts.replace("mqtts:", "wss:")}/mqtt`.replace("//mqtt", "/mqtt");
  expectFailureAt(await diagnose(settingsFor(platform, { MQTT_BROKER_URL })), "upgrade", 69);
});

test.each([
  ["5", 0x87],
  ["3.1.1", 5],
] as const)(
  "a token that is unknown, expired or revoked fails at CONNACK on MQTT %s",
  async (version, reasonCode) => {
    await using platform = await startPlatform();
    const [expired, revoked] = [
      platform.tokens.issue({ organisation: "acme" }),
      platform.tokens.issue({ organisation: "acme" }),
    ];
    platform.tokens.expire(expired);
    platform.tokens.revoke(revoked);
    const unknown = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
    for (const MQTT_API_TOKEN of [unknown, expired, revoked]) {
      const settings = settingsFor(platform, { MQTT_API_TOKEN, TESA_PROTOCOL_VERSION: version });
      const failed = expectFailureAt(await diagnose(settings), "connack", 77);
      expect(failed.data).toMatchObject({ code: "token-refused", reasonCode });
      expect(failed.cause).toContain("expired");
      expect(failed.cause).toContain("outage");
    }
  },
);

test.each([
  ["bad-password", 77, 0x86, 4],
  ["unavailable", 69, 0x88, 3],
  ["busy", 69, 0x89, 3],
] as const)(
  "a broker that refuses as %s fails at CONNACK",
  async (refusal, exitCode, reasonCode, returnCode) => {
    for (const [TESA_PROTOCOL_VERSION, code] of [
      ["5", reasonCode],
      ["3.1.1", returnCode],
    ] as const) {
      const diagnosis = await diagnoseOn({}, { TESA_PROTOCOL_VERSION }, ({ faults }) =>
        faults.refuse(refusal),
      );
      expect(expectFailureAt(diagnosis, "connack", exitCode).data).toMatchObject({ reasonCode: code });
    }
  },
);

test("a broker that does not answer CONNECT fails at CONNACK when the time is over", async () => {
  const diagnosis = await diagnoseOn({}, {}, ({ faults }) => faults.ignoreConnects(true));
  expect(expectFailureAt(diagnosis, "connack", 69).detail).toContain("within 1 s");
});

test.each([
  ["disconnect", "5", 0x87],
  ["disconnect", "3.1.1", null],
  ["ignore", "5", 0x87],
  ["ignore", "3.1.1", 0x80],
] as const)(
  "a refused filter fails at SUBACK with deny_action %s on MQTT %s",
  async (denyAction, version, reasonCode) => {
    const settings = { MQTT_TOPIC: "plant/+/telemetry/#", TESA_PROTOCOL_VERSION: version };
    const failed = expectFailureAt(await diagnoseOn({ broker: { denyAction } }, settings), "suback", 77);
    expect(failed.data).toMatchObject({
      code: "subscription-refused",
      filter: "plant/+/telemetry/#",
      reasonCode,
    });
    expect(failed.cause).toContain("telemetry and nothing else");
  },
);

test("of several filters the one that is refused is named", async () => {
  const own = ({ devices }: Platform) => {
    devices.register({ organisation: "acme", deviceId: "mine" });
    devices.register({ organisation: "globex", deviceId: "theirs" });
  };
  const failed = expectFailureAt(await diagnoseOn({}, { TESA_DEVICE: "mine,theirs" }, own), "suback", 77);
  expect(failed.data).toMatchObject({ filter: "device/theirs/telemetry/#" });
  expect(failed.cause).toContain("organisation");
  expect(failed.action).toContain("TESA_DEVICE");
});

test("a broker that does not answer SUBSCRIBE fails at SUBACK when the time is over", async () => {
  const diagnosis = await diagnoseOn({}, {}, ({ faults }) => faults.ignoreSubscribes(true));
  expect(expectFailureAt(diagnosis, "suback", 69).cause).toContain("hangs");
});

test("no message in time fails at the first message with exit code 124", async () => {
  const failed = expectFailureAt(await diagnoseOn({}, {}), "first-message", 124);
  expect(failed.detail).toContain("no message within 1 s; everything before this step is well");
  expect(failed.cause).toContain("No device of your organisation");
});

test("a connection that is lost while waiting fails at the first message", async () => {
  await using platform = await startPlatform();
  const onOutput = (text: string) => {
    if (text.startsWith("✓ Subscription")) platform.faults.dropConnections();
  };
  const { output, exitCode } = await examine(settingsFor(platform), { onOutput });
  expect(exitCode).toBe(69);
  expect(output).toMatch(/^✗ First message .*closed the connection \(WebSocket close code 1006\)/m);
});

test.each(VERSIONS)(
  "a connection that is lost instead of a SUBACK on MQTT %s fails there",
  async (version) => {
    await using platform = await startPlatform();
    platform.faults.ignoreSubscribes(true);
    const onOutput = (text: string) => {
      if (text.startsWith("✓ MQTT sign-in")) setImmediate(() => platform.faults.dropConnections());
    };
    const settings = settingsFor(platform, { TESA_PROTOCOL_VERSION: version });
    const { output, exitCode } = await examine(settings, { onOutput });
    // MQTT 5 has a DISCONNECT for a refusal. On 3.1.1 a refusal and a lost connection look the same.
    expect(exitCode).toBe(version === "5" ? 69 : 77);
    expect(output).toMatch(/^✗ Subscription \(SUBACK\) .*closed the connection/m);
  },
);

test("only a stored message is a warning", async () => {
  await using platform = await startPlatform();
  await using _device = await startDevice(platform, {
    deviceId: "g1",
    payload: reading,
    retain: true,
    intervalMs: 60_000,
  });
  const diagnosis = await diagnose(settingsFor(platform), SHORT);
  expect(diagnosis.exitCode).toBe(0);
  expect(stepOf(diagnosis, "first-message")).toMatchObject({ status: "warning", data: { retained: true } });
  expect(stepOf(diagnosis, "clock-skew").status).toBe("skipped");
});

test("a device whose clock is an hour ahead is a warning at the clock skew", async () => {
  await using platform = await startPlatform();
  await using _device = await startDevice(platform, { deviceId: "g1", payload: () => reading(3_600_000) });
  const diagnosis = await diagnose(settingsFor(platform));
  expect(diagnosis.exitCode).toBe(0);
  expect(stepOf(diagnosis, "clock-skew")).toMatchObject({
    status: "warning",
    detail: expect.stringContaining("in the future"),
  });
});

test("a message that is no JSON is a message", async () => {
  await using platform = await startPlatform();
  await using _device = await startDevice(platform, { deviceId: "g1", payload: () => "\u001b[2Jhello" });
  const diagnosis = await diagnose(settingsFor(platform));
  expect(stepOf(diagnosis, "first-message")).toMatchObject({ status: "ok", data: { format: "text" } });
  expect(stepOf(diagnosis, "clock-skew").detail).toContain("has a time stamp");
});

test("the report for people has a line for each step and a verdict, and colour only where it is wanted", async () => {
  await using platform = await startPlatform();
  await using _device = await startDevice(platform, { deviceId: "g1", payload: reading });
  const plain = await examine(settingsFor(platform));
  expect(plain.output.match(/^✓ .+, \d+ ms$/gm)).toHaveLength(10);
  expect(plain.output.trimEnd().split("\n").at(-1)).toBe("All is well.");
  expect(plain.output).not.toContain("\u001b");
  const coloured = await examine(settingsFor(platform), { colour: true });
  expect(coloured.output).toContain("\u001b[32m✓");
});

test("the report for people puts cause and advice below a step that failed", async () => {
  await using platform = await startPlatform();
  const MQTT_API_TOKEN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
  const { output, exitCode } = await examine(settingsFor(platform, { MQTT_API_TOKEN }));
  expect(exitCode).toBe(77);
  expect(output).toMatch(
    /^✗ MQTT sign-in \(CONNACK\) .+\n {2}Cause: .+\n {2}Do: {4}.+\n- Subscription \(SUBACK\) +not reached$/m,
  );
  expect(output.trimEnd().split("\n").at(-1)).toBe("Failed at: MQTT sign-in (CONNACK). Exit code 77.");
});

test("that no message comes may be because of --sensor, which is named first", async () => {
  const diagnosis = await diagnoseOn({}, { TESA_SENSOR: "temperature" });
  const failed = expectFailureAt(diagnosis, "first-message", 124);
  expect(failed.cause).toMatch(
    /^TESA_SENSOR chooses by the topic: devices that send several readings in one message/,
  );
  expect(failed.action).toContain("or try without TESA_SENSOR");
});
