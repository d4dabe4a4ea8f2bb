/** A text that was understood, or what is wrong with it: the end of a sentence that begins with the setting's name. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };
