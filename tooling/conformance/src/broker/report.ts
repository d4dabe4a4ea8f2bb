import type { BrokerDescription } from "./broker-under-test.ts";

/** What the closing report says of the broker. Equal lines are reported once. */
export function reportLine({ choice, name, version, urls }: BrokerDescription): string {
  const where = choice === "url" ? ` at ${urls.wss}` : "";
  const isEmqx = choice === "emqx" || /\bemqx\b/i.test(name);
  return `broker: ${name} ${version}${where}${isEmqx ? "" : " (EMQX was not run)"}`;
}
