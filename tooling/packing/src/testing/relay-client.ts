import { createHmac, randomBytes } from "node:crypto";

/** A key of the relay for everything of an organisation, for an hour; the secret is one of {@link relaySecret}. */
export function relayKey(secret: string, organisation: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const claims = { org: organisation, scope: ["stream", "history"], iat: now, exp: now + 3_600 };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", Buffer.from(secret, "base64url")).update(signed).digest("base64url")}`;
}

export function relaySecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Reads the relay's stream until a message has come, and gives its line; tries again while the relay does not answer. */
export async function firstRelayed(url: string, key: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await fetch(`${url}/v1/stream`, {
      headers: { authorization: `Bearer ${key}` },
      signal,
    }).catch(() => undefined);
    if (answer?.ok && answer.body) {
      let text = "";
      for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const line = /^data: ?(\{.*"deviceId".*\})$/m.exec(text)?.[1];
        if (line !== undefined) return line;
      }
    } else if (answer !== undefined && answer.status < 500) {
      throw new Error(`GET /v1/stream was answered with ${answer.status}: ${await answer.text()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
