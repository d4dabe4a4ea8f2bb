import type { StartedBroker } from "../broker-under-test.ts";
import type { BrokerChoice } from "../choice.ts";
import { readCredentialsFile } from "../credentials-file.ts";

/** Takes a broker that runs already. It is expected to do what EMQX does, save for what its file says. */
export function findByUrl(choice: Extract<BrokerChoice, { type: "url" }>): StartedBroker {
  const { credentials, name, version, lacks } = readCredentialsFile(choice.credentialsPath);
  return {
    choice: "url",
    name,
    version,
    urls: { wss: choice.wss, mqtts: choice.mqtts },
    caCertPath: choice.caCertPath,
    credentials,
    lacks: {
      ...(lacks["deny-disconnect"] === undefined ? { "deny-ignore": "it is set to disconnect" } : {}),
      restart: "a broker found by its URL is not the suite's to stop",
      ...lacks,
    },
    stop: async () => {},
  };
}
