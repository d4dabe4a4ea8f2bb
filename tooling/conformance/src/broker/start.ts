import { noteForReport } from "@tesa/workspace/vitest";
import type { BrokerStartOptions, BrokerUnderTest, StartedBroker } from "./broker-under-test.ts";
import { startBox } from "./brokers/box.ts";
import { findByUrl } from "./brokers/by-url.ts";
import { startEmqxInDocker } from "./brokers/emqx.ts";
import { startMosquitto } from "./brokers/mosquitto.ts";
import { capabilitiesWithout } from "./capabilities.ts";
import { type BrokerChoice, chooseBroker } from "./choice.ts";
import { reportLine } from "./report.ts";

/**
 * Starts, or finds, the broker that `TESA_TEST_BROKER` names, and notes it for the closing report of the test run.
 * There is no falling back: where the broker cannot be had, the tests fail and say why.
 *
 * @example
 * await using broker = await startBrokerUnderTest();
 * const client = new TestClient({ url: broker.urls.wss, caPath: broker.caCertPath });
 * await client.connect(broker.credentials.tokenA);
 * @throws Error that names the allowed values, or what is missing
 */
export async function startBrokerUnderTest(options: BrokerStartOptions = {}): Promise<BrokerUnderTest> {
  const started = await start(chooseBroker(process.env), options);
  noteForReport(reportLine(started));
  const { platform, restart, stop } = started;
  let stopping: Promise<void> | undefined;
  const stopOnce = () => {
    stopping ??= stop();
    return stopping;
  };
  return {
    ...started,
    platform,
    capabilities: capabilitiesWithout(started.lacks),
    restart: async () => {
      if (restart === undefined) throw new Error(`This test run cannot restart ${started.name}.`);
      await restart();
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}

function start(choice: BrokerChoice, options: BrokerStartOptions): Promise<StartedBroker> | StartedBroker {
  switch (choice.type) {
    case "box":
      return startBox(options);
    case "mosquitto":
      return startMosquitto(options);
    case "emqx":
      return startEmqxInDocker(options);
    case "url":
      return findByUrl(choice);
  }
}
