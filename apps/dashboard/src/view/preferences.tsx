import {
  createContext,
  type ReactElement,
  type ReactNode,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { en, type Text } from "../text/en.ts";
import { createFormats, type Formats } from "../text/formats.ts";
import { LANGUAGES, type Language, loadText, textOf } from "../text/texts.ts";
import { keep, readKept } from "./kept.ts";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

interface Preferences {
  readonly language: Language;
  readonly text: Text;
  readonly formats: Formats;
  readonly themeChoice: ThemeChoice;
  /** What is shown. */
  readonly theme: Theme;
  setLanguage(language: Language): void;
  setTheme(choice: ThemeChoice): void;
}

const Context = createContext<Preferences | null>(null);

export function usePreferences(): Preferences {
  const preferences = use(Context);
  if (preferences === null) throw new Error("usePreferences() needs a <PreferencesProvider> around it.");
  return preferences;
}

export function useText(): Text {
  return usePreferences().text;
}

export function useFormats(): Formats {
  return usePreferences().formats;
}

const KEYS = { language: "tesa.language", theme: "tesa.theme" };

/** Language and theme: chosen by the browser until the user chooses, and then kept in this browser. */
export function PreferencesProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  const [themeChoice, setTheme] = useState<ThemeChoice>(initialTheme);
  const systemIsDark = useSyncExternalStore(watchSystem, () => systemTheme().matches);
  const theme = themeChoice === "system" ? (systemIsDark ? "dark" : "light") : themeChoice;
  const text = textOf(language) ?? en;
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = text.pageTitle;
  }, [language, text]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const preferences = useMemo(
    () => ({
      language,
      text,
      formats: createFormats(localeFor(language), text),
      themeChoice,
      theme,
      setLanguage: (next: Language) => {
        keep(KEYS.language, next);
        if (textOf(next) !== undefined) setLanguage(next);
        // Where its words cannot be had now, the page stays as it is; it is opened in that language the next time.
        else
          void loadText(next)
            .then(() => setLanguage(next))
            .catch(() => {});
      },
      setTheme: (next: ThemeChoice) => {
        keep(KEYS.theme, next);
        setTheme(next);
      },
    }),
    [language, text, themeChoice, theme],
  );
  return <Context value={preferences}>{children}</Context>;
}

/** Loads the words that the page begins with; to be awaited before it is drawn. Where that fails, it is in English. */
export function loadFirstText(): Promise<void> {
  return loadText(wantedLanguage()).catch(() => {});
}

function firstLanguage(): Language {
  const wanted = wantedLanguage();
  return textOf(wanted) === undefined ? "en" : wanted;
}

function wantedLanguage(): Language {
  const wanted = [readKept(KEYS.language), ...navigator.languages].map(
    (tag) => tag?.toLowerCase().split("-")[0],
  );
  return wanted.find(isLanguage) ?? "en";
}

function isLanguage(tag: string | undefined): tag is Language {
  return tag !== undefined && Object.hasOwn(LANGUAGES, tag);
}

function initialTheme(): ThemeChoice {
  const kept = readKept(KEYS.theme);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** The user's own kind of that language: `en-GB` writes numbers and times otherwise than `en-US`. */
function localeFor(language: Language): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language;
}

function systemTheme(): MediaQueryList {
  return matchMedia("(prefers-color-scheme: dark)");
}

function watchSystem(onChange: () => void): () => void {
  const query = systemTheme();
  query.addEventListener("change", onChange);
  return () => query.removeEventListener("change", onChange);
}
