import { type ReactElement, type RefObject, type SubmitEvent, useEffect, useRef, useState } from "react";
import type { SettingProblem } from "../source/settings.ts";
import type { Problem } from "../source/source.ts";
import type { Text } from "../text/en.ts";
import { settingDetail } from "../text/setting-details.ts";
import type { Language } from "../text/texts.ts";
import { ProblemList } from "./connect-fields.tsx";
import { usePreferences } from "./preferences.tsx";
import { problemWords } from "./state-words.ts";

/** The fields of the form that a problem may be about. */
export type FormField = "url" | "secret" | "topic";

/** What is wrong, as codes: the words are those of the language that the page has when they are shown. */
export type FormProblem =
  | {
      readonly type: "typed";
      readonly words: keyof typeof TYPED;
    }
  /** Found out by the core, which has its own words for the details. */
  | ({ readonly type: "setting" } & SettingProblem)
  /** What the other side said. */
  | { readonly type: "refused"; readonly problem: Problem; readonly field: FormField | null };

/** Which field each is about. */
const TYPED = {
  badUrl: "url",
  insecureUrl: "url",
  needBrokerUrl: "url",
  needKey: "secret",
  needToken: "secret",
  needTopic: "topic",
  cannotLoad: null,
} as const satisfies Readonly<Record<string, FormField | null>>;

const OF_SETTING = { brokerUrl: "url", token: "secret", topic: "topic" } as const;

const FIELDS: Readonly<Record<string, FormField | null>> = {
  "relay-key-refused": "secret",
  "relay-scope": "secret",
  "token-refused": "secret",
  "subscription-refused": "topic",
  "client-id-refused": null,
  "taken-over": null,
  log: null,
};

/** A refusal of what was sent, with the field that has to be changed. */
export function refusedBy(problem: Problem, sent: { readonly secret: string }): FormProblem {
  if (problem.code === "relay-key-refused" && sent.secret === "") return { type: "typed", words: "needKey" };
  const field = FIELDS[problem.code];
  return { type: "refused", problem, field: field === undefined ? "url" : field };
}

function fieldOf(problem: FormProblem): FormField | null {
  if (problem.type === "typed") return TYPED[problem.words];
  if (problem.type === "refused") return problem.field;
  return problem.setting === null ? null : OF_SETTING[problem.setting];
}

/** What is wrong, once, with all that is known of it. */
export interface ProblemLine {
  readonly words: string;
  /** In the language of the page, or in the English of whoever found it out. */
  readonly details: readonly { readonly words: string; readonly lang: Language }[];
}

function linesOf(problems: readonly FormProblem[], text: Text, language: Language): readonly ProblemLine[] {
  const lines = new Map<string, ProblemLine["details"]>();
  for (const problem of problems) {
    if (problem.type === "setting" && problem.setting !== null) {
      const words = text.connect.cannotUse[problem.setting];
      lines.set(words, [...(lines.get(words) ?? []), settingDetail(problem.detail, language)]);
    } else lines.set(wordsOf(problem, text), []);
  }
  return [...lines].map(([words, details]) => ({ words, details }));
}

function wordsOf(problem: FormProblem, text: Text): string {
  if (problem.type === "typed") return text.connect[problem.words];
  return problem.type === "refused" ? problemWords(problem.problem, text) : problem.detail;
}

/** Runs the submission of a form: one at a time, and tells what is wrong, at first what was with the one before. */
export function useSubmit(refusal: FormProblem | null, connect: () => Promise<readonly FormProblem[]>) {
  const [isBusy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly FormProblem[]>(() => (refusal === null ? [] : [refusal]));
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

/** What belongs to a field of the form besides its value. */
export interface FieldProblems {
  readonly lines: readonly ProblemLine[];
  /** The way to bring the focus there. */
  readonly input: RefObject<HTMLInputElement | null>;
}

/** What is wrong with a field, in words; the first field of the form with a problem gets the focus. */
export function useFieldProblems(problems: readonly FormProblem[], field: FormField): FieldProblems {
  const { text, language } = usePreferences();
  const input = useRef<HTMLInputElement>(null);
  const isFirst = ORDER.find((one) => problems.some((problem) => fieldOf(problem) === one)) === field;
  useEffect(() => {
    if (problems.length > 0 && isFirst) input.current?.focus();
  }, [problems, isFirst]);
  const own = problems.filter((problem) => fieldOf(problem) === field);
  return { lines: linesOf(own, text, language), input };
}

/** As they stand in the form. */
const ORDER: readonly FormField[] = ["url", "secret", "topic"];

/** What a direct connection says of its settings (DirectSettingsError, which is loaded with it). */
function problemsOf(error: unknown): readonly SettingProblem[] | null {
  if (!(error instanceof Error) || !("problems" in error) || !Array.isArray(error.problems)) return null;
  return error.problems;
}

/** What is wrong and stands beside no field; read out when it appears. */
export function Problems({ problems }: { readonly problems: readonly FormProblem[] }): ReactElement | null {
  const { text, language } = usePreferences();
  const lines = linesOf(
    problems.filter((problem) => fieldOf(problem) === null),
    text,
    language,
  );
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the form is higher than the screen.
    if (problems.length > 0) alert.current?.scrollIntoView({ block: "nearest" });
  }, [problems]);
  // One alert at a time: that of a field stands there.
  if (problems.length > 0 && lines.length === 0) return null;
  return (
    <div ref={alert} role="alert">
      {lines.length > 0 && <ProblemList lines={lines} />}
    </div>
  );
}
