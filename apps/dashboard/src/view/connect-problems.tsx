import { CircleAlert } from "lucide-react";
import { type ReactElement, type RefObject, type SubmitEvent, useEffect, useRef, useState } from "react";
import type { SettingProblem } from "../source/settings.ts";
import type { Problem } from "../source/source.ts";
import type { Text } from "../text/en.ts";
import { useText } from "./preferences.tsx";
import { problemWords } from "./state-words.ts";

/** The fields of the form that a problem may be about. */
export type FormField = "url" | "secret" | "topic";

/** What is wrong, as codes: the words are those of the language that the page has when they are shown. */
export type FormProblem =
  | {
      readonly type: "typed";
      readonly words: "badUrl" | "insecureUrl" | "needToken" | "needBrokerUrl" | "needTopic" | "cannotLoad";
    }
  /** Found out by the core, which has its own words for the details. */
  | ({ readonly type: "setting" } & SettingProblem)
  /** What the other side said. */
  | { readonly type: "refused"; readonly problem: Problem; readonly field: FormField | null };

const FIELDS: Readonly<Record<string, FormField | null>> = {
  "relay-key-refused": "secret",
  "relay-scope": "secret",
  "token-refused": "secret",
  "subscription-refused": "topic",
  "client-id-refused": null,
  "taken-over": null,
  log: null,
};

/** A refusal, with the field that has to be changed. */
export function refusedBy(problem: Problem): FormProblem {
  const field = FIELDS[problem.code];
  return { type: "refused", problem, field: field === undefined ? "url" : field };
}

/** The words of a problem, and the details in those of whoever found it out. */
function wordsOf(problem: FormProblem, text: Text): { readonly words: string; readonly detail?: string } {
  if (problem.type === "typed") return { words: text.connect[problem.words] };
  if (problem.type === "refused") return { words: problemWords(problem.problem, text) };
  const { setting, detail } = problem;
  return setting === null ? { words: detail } : { words: text.connect.cannotUse[setting], detail };
}

/** Runs the submission of a form: one at a time, and tells what is wrong, at first what was with the one before. */
export function useSubmit(refusal: Problem | null, connect: () => Promise<readonly FormProblem[]>) {
  const [isBusy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly FormProblem[]>(() =>
    refusal === null ? [] : [refusedBy(refusal)],
  );
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setProblems([]);
    connect()
      .catch(
        (error: unknown): readonly FormProblem[] =>
          problemsOf(error)?.map((problem) => ({ type: "setting", ...problem })) ?? [
            { type: "typed", words: "cannotLoad" },
          ],
      )
      .then((found) => {
        setProblems(found);
        setBusy(false);
      });
  };
  return { isBusy, problems, onSubmit };
}

/** What was refused about a field, in words, and what brings the focus there when it is. */
export function useRefusal(
  problems: readonly FormProblem[],
  field: FormField,
): { readonly error: string | null; readonly input: RefObject<HTMLInputElement | null> } {
  const text = useText();
  const input = useRef<HTMLInputElement>(null);
  const refused = problems.find((problem) => problem.type === "refused" && problem.field === field);
  useEffect(() => {
    if (refused !== undefined) input.current?.focus();
  }, [refused]);
  return { error: refused === undefined ? null : wordsOf(refused, text).words, input };
}

/** What a direct connection says of its settings (DirectSettingsError, which is loaded with it). */
function problemsOf(error: unknown): readonly SettingProblem[] | null {
  if (!(error instanceof Error) || !("problems" in error) || !Array.isArray(error.problems)) return null;
  return error.problems;
}

/** What is wrong and stands beside no field; read out when it appears. */
export function Problems({ problems }: { readonly problems: readonly FormProblem[] }): ReactElement | null {
  const text = useText();
  const others = problems.filter((problem) => problem.type !== "refused" || problem.field === null);
  const lines = others.map((problem) => wordsOf(problem, text));
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the form is higher than the screen.
    if (problems.length > 0) alert.current?.scrollIntoView({ block: "nearest" });
  }, [problems]);
  // One alert at a time: that of a field stands there.
  if (problems.length > 0 && lines.length === 0) return null;
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
