/** Which broker the tests run on, as `TESA_TEST_BROKER` and the variables beside it say. */
export type BrokerChoice =
  | { readonly type: "box" }
  | { readonly type: "mosquitto" }
  | { readonly type: "emqx" }
  | {
      readonly type: "url";
      /** Of the listener for applications. */
      readonly wss: string;
      /** Of the listener for devices. */
      readonly mqtts: string;
      readonly caCertPath: string;
      /** A JSON file; see `credentials-file.ts`. */
      readonly credentialsPath: string;
    };

const ALLOWED = "box (the default), mosquitto, emqx, or the wss:// URL of any broker";

/**
 * Reads the choice from environment variables.
 * @throws Error that names every problem at once
 */
export function chooseBroker(env: Readonly<Record<string, string | undefined>>): BrokerChoice {
  const text = env.TESA_TEST_BROKER?.trim() || "box";
  if (text === "box" || text === "mosquitto" || text === "emqx") return { type: text };
  if (/^wss:\/\//i.test(text)) return chooseByUrl(text, env);
  throw new Error(`TESA_TEST_BROKER is "${withoutSecrets(text)}"; allowed are ${ALLOWED}.`);
}

function chooseByUrl(wss: string, env: Readonly<Record<string, string | undefined>>): BrokerChoice {
  const problems = [...urlProblems("TESA_TEST_BROKER", wss, "wss:")];
  const required = (name: string, meaning: string): string => {
    const value = env[name]?.trim() ?? "";
    if (value === "") problems.push(`${name} is missing: ${meaning}.`);
    return value;
  };
  const mqtts = required("TESA_TEST_BROKER_MQTTS", "the mqtts:// URL that devices connect to");
  if (mqtts !== "") problems.push(...urlProblems("TESA_TEST_BROKER_MQTTS", mqtts, "mqtts:"));
  const caCertPath = required("TESA_TEST_BROKER_CA", "the PEM file of the CA that signed the certificates");
  const credentialsPath = required(
    "TESA_TEST_BROKER_CREDENTIALS",
    "a JSON file with user name and password of tokenA, tokenB, refused and device",
  );
  if (problems.length > 0) throw new Error(["The broker cannot be used:", ...problems].join("\n  "));
  return { type: "url", wss, mqtts, caCertPath, credentialsPath };
}

function urlProblems(name: string, text: string, protocol: string): string[] {
  if (!URL.canParse(text)) return [`${name} is no URL: "${withoutSecrets(text)}".`];
  const url = new URL(text);
  if (url.protocol !== protocol) return [`${name} begins with ${url.protocol}, not ${protocol}`];
  if (url.username !== "" || url.password !== "") {
    return [`${name} holds a user name or password: they belong into TESA_TEST_BROKER_CREDENTIALS.`];
  }
  return [];
}

/** What stands before an @ may be a password, and what looks like a token is one. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//...@").replace(/tesa_mqtt_\S+/g, "tesa_mqtt_...");
}
