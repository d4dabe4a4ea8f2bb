import type { BrokerDescription } from "./broker-under-test.ts";

/** Where the broker differs from EMQX, so that nobody takes what was skipped for tested. `undefined` where nowhere. */
export function differencesLine({ name, lacks }: BrokerDescription): string | undefined {
  const lacking = Object.keys(lacks);
  if (lacking.length === 0) return undefined;
  return `${name} differs from EMQX, and tests were skipped, in: ${lacking.join(", ")} (see tooling/conformance/README.md)`;
}

/** What the closing report says of the broker. Equal lines are reported once. */
export function reportLine({ choice, name, version, urls }: BrokerDescription): string {
  const where = choice === "url" ? ` at ${urls.wss}` : "";
  const isEmqx = choice === "emqx" || /\bemqx\b/i.test(name);
  return `broker: ${name} ${version}${where}${isEmqx ? "" : " (EMQX was not run)"}`;
}
