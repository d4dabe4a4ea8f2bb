// biome-ignore lint/suspicious/noExplicitAny: tests look into it.
type Json = any;

/** The body of an answer, whatever its status. */
export async function getJson(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Json> {
  return (await fetch(url, { headers })).json();
}
