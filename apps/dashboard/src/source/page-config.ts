/** What whoever serves the page says beside it, in `dashboard.json`; every part may be missing. */
export interface PageConfig {
  /** Base URL of a relay; `""` is the page's own origin. `null`: none is offered. */
  readonly relay: string | null;
  readonly brokerUrl: string;
  readonly topic: string;
}

/** The platform's own; a build may set others (platform.md: the names of its public examples). */
const BUILT_IN: PageConfig = {
  relay: "",
  brokerUrl: import.meta.env?.VITE_MQTT_BROKER_URL || "wss://mqtt.tesaiot.com:8085/mqtt",
  topic: import.meta.env?.VITE_MQTT_TOPIC || "device/+/telemetry/#",
};

/** Reads `dashboard.json`; without one, the built-in settings hold. */
export async function readPageConfig(fetchIt: typeof fetch): Promise<PageConfig> {
  try {
    const response = await fetchIt("./dashboard.json", { cache: "no-store" });
    if (!response.ok || response.headers.get("content-type")?.includes("json") !== true) return BUILT_IN;
    const { relay, brokerUrl, topic } = (await response.json()) as Readonly<Record<string, unknown>>;
    return {
      relay: typeof relay === "string" || relay === null ? relay : BUILT_IN.relay,
      brokerUrl: typeof brokerUrl === "string" ? brokerUrl : BUILT_IN.brokerUrl,
      topic: typeof topic === "string" ? topic : BUILT_IN.topic,
    };
  } catch {
    // No such file, or no server: the page is whole without.
    return BUILT_IN;
  }
}
