import { type Platform, type Simulator, simulatedFleet, startPlatform, startSimulator } from "@tesa/platform";

/** A platform in a box with devices that publish ten messages per second, until it is disposed of. */
export interface Box extends AsyncDisposable {
  readonly platform: Platform;
  readonly token: string;
}

export async function startBox(): Promise<Box> {
  const platform = await startPlatform();
  let simulator: Simulator | undefined;
  try {
    simulator = await startSimulator({
      url: platform.urls.mqtts,
      caCertPath: platform.caCertPath,
      devices: simulatedFleet(platform, { organisation: "acme", devices: 3, seed: 1 }),
      rate: 10,
      seed: 1,
    });
  } catch (error) {
    await platform.close();
    throw error;
  }
  return {
    platform,
    token: platform.tokens.issue({ organisation: "acme" }),
    async [Symbol.asyncDispose]() {
      await simulator.stop();
      await platform.close();
    },
  };
}
