import { CircleAlert } from "lucide-react";
import { type ReactElement, type SubmitEvent, useEffect, useRef, useState } from "react";
import type { SettingProblem } from "../source/settings.ts";
import { useText } from "./preferences.tsx";

/** What is wrong, in the page's words, and where it was found out, in those of the finder. */
export interface ShownProblem {
  readonly words: string;
  readonly detail?: string;
}

/** Runs the submission of a form: one at a time, and tells what is wrong. */
export function useSubmit(connect: () => Promise<readonly string[]>) {
  const text = useText();
  const [isBusy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly ShownProblem[]>([]);
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setProblems([]);
    connect()
      .then((found) => found.map((words): ShownProblem => ({ words })))
      .catch((error: unknown) => problemsOf(error)?.map(toShown) ?? [{ words: text.connect.cannotLoad }])
      .then((found) => {
        setProblems(found);
        setBusy(false);
      });
  };
  const toShown = ({ setting, detail }: SettingProblem): ShownProblem =>
    setting === null ? { words: detail } : { words: text.connect.cannotUse[setting], detail };
  return { isBusy, problems, onSubmit };
}

/** What a direct connection says of its settings (DirectSettingsError, which is loaded with it). */
function problemsOf(error: unknown): readonly SettingProblem[] | null {
  if (!(error instanceof Error) || !("problems" in error) || !Array.isArray(error.problems)) return null;
  return error.problems;
}

/** What is wrong with what was typed in; read out when it appears. */
export function Problems({ lines }: { readonly lines: readonly ShownProblem[] }): ReactElement {
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the form is higher than the screen.
    if (lines.length > 0) alert.current?.scrollIntoView({ block: "nearest" });
  }, [lines]);
  return (
    <div ref={alert} role="alert">
      {lines.length > 0 && (
        <ul className="space-y-2.5 rounded-lg bg-bad-soft p-3 text-sm text-bad">
          {lines.map(({ words, detail }) => (
            <li key={`${words}${detail}`} className="flex gap-2 break-words">
              <CircleAlert size={16} className="mt-0.5 shrink-0" />
              <span className="min-w-0">
                {words}
                {detail !== undefined && (
                  <span lang="en" className="mt-0.5 block text-xs">
                    {detail}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
