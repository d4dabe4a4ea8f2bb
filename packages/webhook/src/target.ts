import { addressKind, hostKind } from "./address.ts";

/** What is wrong with a webhook URL, and with an address that it leads to. */
export interface WebhookTarget {
  readonly url: string;
  /** Scheme, host and port: what may be shown. A path can be a secret. */
  readonly shown: string;
  readonly problems: readonly string[];
}

/**
 * Checks a webhook URL by itself, without the network. Its path and query are never shown, since with many receivers
 * they are the key.
 *
 * @param options.checksAddresses Whether the connection refuses addresses by itself, so that plain http may go to a
 * host name of which only the address will tell that it is private.
 */
export function parseTarget(url: string, options: { readonly checksAddresses: boolean }): WebhookTarget {
  const text = url.trim();
  if (!URL.canParse(text)) {
    return { url: text, shown: "(not a URL)", problems: ["url is not a URL; use https://host/path"] };
  }
  const parsed = new URL(text);
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return {
      url: text,
      shown: parsed.protocol,
      problems: [`url begins with ${parsed.protocol}; use https://`],
    };
  }
  const { hostname, origin } = parsed;
  const problems: string[] = [];
  if (parsed.username !== "" || parsed.password !== "") {
    problems.push("url has a user or a password in it; the signature tells the receiver who sends");
  }
  const kind = hostKind(hostname);
  if (kind === "forbidden") problems.push(`url leads to ${hostname}: ${FORBIDDEN_REASON}`);
  const mayTurnOutPrivate = kind === "private" || (kind === "unknown" && options.checksAddresses);
  if (parsed.protocol === "http:" && kind !== "forbidden" && !mayTurnOutPrivate) {
    problems.push(
      `url sends to ${hostname} by plain http, where everybody on the way can read; use https://`,
    );
  }
  // The fragment is never sent.
  parsed.hash = "";
  return { url: parsed.href, shown: origin, problems };
}

const FORBIDDEN_REASON =
  "link-local, metadata, multicast, reserved and unspecified addresses are never sent to";

/**
 * What is wrong with an address that a host name was resolved to; `undefined` where nothing is. For whoever connects:
 * a name that was harmless yesterday may lead elsewhere today.
 */
export function findAddressProblem(
  hostname: string,
  address: string,
  options: { readonly plainHttp: boolean },
): string | undefined {
  const kind = addressKind(address);
  if (kind === undefined) return `${hostname} resolves to ${JSON.stringify(address)}, which is no address`;
  if (kind === "forbidden") return `${hostname} resolves to ${address}: ${FORBIDDEN_REASON}`;
  if (options.plainHttp && kind !== "private") {
    return `${hostname} resolves to ${address}, which is not private, and plain http is readable on the way; use https://`;
  }
  return undefined;
}
