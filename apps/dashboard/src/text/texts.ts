import { en, type Text } from "./en.ts";

export type Language = "en" | "th";
/** What each calls itself. */
export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", th: "ไทย" };

/** English comes with the page: there are always words to say what did not load. */
const loaded: Partial<Record<Language, Text>> = { en };

/** Loads the words of a language, once. Rejects where they cannot be had. */
export async function loadText(language: Language): Promise<void> {
  if (language === "th") loaded.th ??= (await import("./th.ts")).th;
}

/** `undefined` until they were loaded. */
export function textOf(language: Language): Text | undefined {
  return loaded[language];
}
