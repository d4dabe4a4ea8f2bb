import { startPlatform } from "@tesa/platform";
import type { BrokerStartOptions, StartedBroker } from "../broker-under-test.ts";
import type { Capability } from "../capabilities.ts";

/** Where the box differs from EMQX 5.10, and means to. */
export const BOX_LACKS: Readonly<Partial<Record<Capability, string>>> = {
  "clean-shutdown-redispatch": "it keeps to what EMQX 5.8 did, the harsher case for a client",
  "qos-2": "it offers QoS 0 and 1, which is all that the platform's devices and applications use",
};

/** Starts the platform in a box, on free ports. */
export async function startBox({ denyAction = "disconnect" }: BrokerStartOptions): Promise<StartedBroker> {
  const platform = await startPlatform({ broker: { denyAction } });
  const token = (organisation: string) => {
    const text = platform.tokens.issue({ organisation });
    return { username: text, password: text };
  };
  const device = (organisation: string, deviceId: string) => ({
    ...platform.devices.register({ organisation, deviceId }),
    deviceId,
  });
  const refused = token("acme");
  platform.tokens.revoke(refused.username);
  return {
    choice: "box",
    name: "platform in a box",
    version: platform.version,
    urls: { wss: platform.urls.wss, mqtts: platform.urls.mqtts },
    caCertPath: platform.caCertPath,
    credentials: {
      tokenA: token("acme"),
      // An organisation's prefix may hold an underscore itself.
      tokenB: token("globex_eu"),
      refused,
      device: device("acme", "acme-1"),
      deviceB: device("globex_eu", "globex-1"),
    },
    lacks: BOX_LACKS,
    platform,
    restart: () => platform.faults.restart(),
    stop: () => platform.close(),
  };
}
