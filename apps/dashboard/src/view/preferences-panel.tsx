import { Keyboard, LogOut, Monitor, Moon, Settings2, Sun } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { LANGUAGES, type Language } from "../text/texts.ts";
import { buttonClass } from "./parts/button.tsx";
import { Choice } from "./parts/choice.tsx";
import { Panel } from "./parts/panel.tsx";
import { type ThemeChoice, usePreferences } from "./preferences.tsx";
import { SHOW_SHORTCUTS } from "./shortcuts.tsx";

/** Language and theme; within a session, the way out of it too. */
export function PreferencesPanel({ onLeave }: { readonly onLeave?: () => void }): ReactElement {
  const { text, language, setLanguage, themeChoice, setTheme } = usePreferences();
  return (
    <Panel
      label={text.preferences.title}
      title={text.preferences.title}
      triggerClass={buttonClass("quiet", true)}
      trigger={<Settings2 size={18} />}
    >
      {(close) => (
        <>
          <div className="space-y-3">
            <Line name={text.preferences.language}>
              <Choice<Language>
                label={text.preferences.language}
                value={language}
                onChange={setLanguage}
                options={(Object.keys(LANGUAGES) as Language[]).map((value) => ({
                  value,
                  label: <span lang={value}>{LANGUAGES[value]}</span>,
                }))}
              />
            </Line>
            <Line name={text.preferences.theme}>
              <Choice<ThemeChoice>
                label={text.preferences.theme}
                value={themeChoice}
                onChange={setTheme}
                options={[
                  { value: "light", label: <Sun size={16} />, name: text.preferences.light },
                  { value: "dark", label: <Moon size={16} />, name: text.preferences.dark },
                  { value: "system", label: <Monitor size={16} />, name: text.preferences.system },
                ]}
              />
            </Line>
          </div>
          {onLeave !== undefined && (
            <div className="mt-4 -mx-2 border-t border-line pt-2">
              <button
                type="button"
                className={`${ACTION} max-md:hidden`}
                onClick={() => {
                  close();
                  dispatchEvent(new Event(SHOW_SHORTCUTS));
                }}
              >
                <Keyboard size={16} /> {text.keys.open}
              </button>
              <button type="button" className={ACTION} onClick={onLeave}>
                <LogOut size={16} /> {text.state.change}
              </button>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

const ACTION =
  "flex w-full items-center gap-2.5 rounded-lg px-2 py-2 text-left text-sm text-muted hover:bg-sunken hover:text-ink";

function Line({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className="flex items-center justify-between gap-4">
      <span className="text-muted">{name}</span>
      {children}
    </div>
  );
}
