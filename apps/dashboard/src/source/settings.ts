/** What a direct connection is set up with, as the form asks for it. */
export const SETTINGS = ["brokerUrl", "token", "topic"] as const;

export type Setting = (typeof SETTINGS)[number];

/** What the details of a problem call them: these are in English, whatever the language of the page. */
export const SETTING_LABELS: Readonly<Record<Setting, string>> = {
  brokerUrl: "Broker URL",
  token: "MQTT API token",
  topic: "Topic filter",
};

/** What is wrong with a setting. The page has words of its own for it; `detail` is the core's, in English. */
export interface SettingProblem {
  /** `null`: it is about none of them, or several. */
  readonly setting: Setting | null;
  /** One sentence, with the value, never with a token. */
  readonly detail: string;
}
