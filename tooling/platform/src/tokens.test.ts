import { describe, expect, test } from "vitest";
import { createDeviceRegistry } from "./devices.ts";
import { createTokenRegistry } from "./tokens.ts";

describe("tokens", () => {
  test("a token has the platform's shape and its organisation", () => {
    const tokens = createTokenRegistry();
    const token = tokens.issue({ organisation: "acme_north" });
    expect(token).toMatch(/^tesa_mqtt_acme_north_[A-Za-z0-9]{32}$/);
    expect(tokens.issue({ organisation: "acme_north" })).not.toBe(token);
    expect(tokens.find(token)).toMatchObject({ organisation: "acme_north", state: "active" });
    const days = ((tokens.find(token)?.expiresAt ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
  });

  test("expire() and revoke() end it, and so does its time", () => {
    const tokens = createTokenRegistry();
    const [expired, revoked, short] = [1, 2, 3].map(() => tokens.issue({ organisation: "acme" }));
    tokens.expire(expired ?? "");
    tokens.revoke(revoked ?? "");
    const over = tokens.issue({ organisation: "acme", lifetimeMs: 0 });
    expect([expired, revoked, short, over].map((token) => tokens.find(token ?? "")?.state)).toEqual([
      "expired",
      "revoked",
      "active",
      "expired",
    ]);
    expect(tokens.list()).toHaveLength(4);
  });

  test("an unknown token is an error that does not repeat it", () => {
    const tokens = createTokenRegistry();
    expect(() => tokens.revoke("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001")).toThrow(/^(?!.*FAKE)/);
  });

  test.each(["", "_acme", "a/b", "a b"])("%o is no organisation", (organisation) => {
    expect(() => createTokenRegistry().issue({ organisation })).toThrow("organisation prefix");
  });
});

describe("devices", () => {
  test("a device that is registered again keeps its credentials", () => {
    const devices = createDeviceRegistry();
    const credentials = devices.register({ organisation: "acme", deviceId: "pump-1" });
    expect(credentials.username).toBe("pump-1");
    expect(devices.register({ organisation: "acme", deviceId: "pump-1" })).toEqual(credentials);
    expect(devices.list()).toEqual([{ organisation: "acme", deviceId: "pump-1" }]);
  });

  test("a device belongs to one organisation", () => {
    const devices = createDeviceRegistry();
    devices.register({ organisation: "acme", deviceId: "pump-1" });
    expect(() => devices.register({ organisation: "globex", deviceId: "pump-1" })).toThrow('"acme"');
  });

  test.each(["", "a/b", "+", "#"])("%o is no device id", (deviceId) => {
    expect(() => createDeviceRegistry().register({ organisation: "acme", deviceId })).toThrow("device id");
  });
});
