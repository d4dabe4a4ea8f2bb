/** What a direct connection is set up with, as the form asks for it. */
export const SETTINGS = ["brokerUrl", "token", "topic"] as const;

export type Setting = (typeof SETTINGS)[number];

/** How the user knows the settings that a problem speaks of. */
export type SettingLabels = Readonly<Record<Setting, string>>;

/** What is wrong with a setting. The page has words of its own for it; `detail` is the core's, in English. */
export interface SettingProblem {
  /** `null`: it is about none of them, or several. */
  readonly setting: Setting | null;
  /** One sentence, with the value, never with a token. */
  readonly detail: string;
}
