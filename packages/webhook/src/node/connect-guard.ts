import { type AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TesaError } from "@tesa/core";
import { findAddressProblem } from "../target.ts";

/**
 * Agents that look at the address when the connection stands, before a byte of a request is sent. For Deno: a lookup of
 * one's own takes permission for whatever addresses a name has today, while this one gets along with permission for the
 * name. Elsewhere the lookup is better, since it does not even connect.
 */
export function connectGuardedAgents(): { readonly "http:": HttpAgent; readonly "https:": HttpsAgent } {
  return {
    "http:": new GuardedHttpAgent({ keepAlive: true }),
    "https:": new GuardedHttpsAgent({ keepAlive: true }),
  };
}

type Created = Duplex | null | undefined;
type Callback = (error: Error | null, stream: Duplex) => void;

class GuardedHttpAgent extends HttpAgent {
  override createConnection(options: AgentOptions & { host?: string }, callback?: Callback): Created {
    return guard(super.createConnection(options, callback), options.host ?? "", { plainHttp: true });
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  override createConnection(options: AgentOptions & { host?: string }, callback?: Callback): Created {
    return guard(super.createConnection(options, callback), options.host ?? "", { plainHttp: false });
  }
}

/** First in line, so that what waits for the connection finds it destroyed. */
function guard(created: Created, host: string, options: { readonly plainHttp: boolean }): Created {
  const socket = created as Socket | null | undefined;
  socket?.prependOnceListener("connect", () => {
    const problem = findAddressProblem(host, socket.remoteAddress ?? "", options);
    if (problem !== undefined)
      socket.destroy(new TesaError("config", `The webhook cannot be used: ${problem}.`));
  });
  return created;
}
