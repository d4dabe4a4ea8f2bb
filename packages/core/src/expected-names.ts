/** A name that is as long as this, with what stands around it, is not expected again. */
const MAX_BYTES = 128;
/** How many names may follow one, each of another kind of device. */
const MAX_ALTERNATIVES = 4;
/** So many names are expected at the most, and so many others may come, before they are learned anew. */
const MAX_EXPECTED = 500;
const MAX_UNEXPECTED = 10_000;

/** What a name of the outer object means. */
type Kind = "timestamp" | "device_id" | "sensor" | "unit" | "value" | "metadata" | "reading";

/** The names of the platform's own, with a bit for each, to tell which were there. */
const OWN_NAMES: ReadonlyMap<string, { readonly kind: Kind; readonly bit: number }> = new Map(
  (["timestamp", "device_id", "sensor", "unit", "value", "metadata"] as const).map((kind, index) => [
    kind,
    { kind, bit: 1 << index },
  ]),
);

const NOTHING = new Uint8Array(0);

/** A name of an object, and what followed it in earlier ones. */
export interface Name {
  readonly text: string;
  readonly kind: Kind;
  /** 0 for one that is not the platform's own. */
  readonly bit: number;
  /** From the brace or comma before it to its colon, and the spaces behind that. */
  readonly bytes: Uint8Array;
  /** `null`: it was not expected, and what follows it is not learned. */
  readonly next: Name[] | null;
}

/**
 * Remembers in which order names come: payload after payload has the same ones, and to compare their bytes costs less
 * than half of reading them.
 */
export class ExpectedNames {
  #first: Name = name("", NOTHING, []);
  #expected = 0;
  #unexpected = 0;

  /** What comes before the first name. */
  get first(): Name {
    return this.#first;
  }

  /** Which of the names that may follow `last` stands at `from`, with the brace or comma before it, if it is one of them. */
  find(bytes: Uint8Array, from: number, { next }: Name): Name | undefined {
    if (next === null) return undefined;
    for (const each of next) {
      if (beginsWith(bytes, from, each.bytes)) return each;
    }
    return undefined;
  }

  /** A name that was not expected lies between `from` and `end`. It will be, if there is room. */
  learn(text: string, bytes: Uint8Array, from: number, end: number, { next }: Name): Name {
    if (next === null || next.length === MAX_ALTERNATIVES || end - from > MAX_BYTES) {
      this.#unexpected += 1;
      if (this.#unexpected === MAX_UNEXPECTED) this.#forget();
      return name(text, NOTHING, null);
    }
    if (this.#expected === MAX_EXPECTED) this.#forget();
    this.#expected += 1;
    const learned = name(text, bytes.slice(from, end), []);
    next.push(learned);
    return learned;
  }

  #forget(): void {
    this.#first = name("", NOTHING, []);
    this.#expected = 0;
    this.#unexpected = 0;
  }
}

function name(text: string, bytes: Uint8Array, next: Name[] | null): Name {
  const { kind, bit } = OWN_NAMES.get(text) ?? { kind: "reading", bit: 0 };
  return { text, kind, bit, bytes, next };
}

/** Whether these bytes stand at `at`. */
export function beginsWith(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}
