import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { printable } from "@tesa/process";
import { abortable, type Failed, formatDuration, type Step } from "./step.ts";
import { PLATFORM_URL, type Target } from "./target.ts";

/** Step 3: the addresses of the broker's host name, asked for as every other program of this computer does. */
export const dnsStep: Step<Target, readonly string[]> = {
  name: "dns",
  async run(target, { signal }) {
    const { host } = target;
    if (isIP(host) !== 0) {
      return {
        status: "ok",
        value: [host],
        detail: `${host} is an address, there is nothing to look up`,
        data: { addresses: [host] },
      };
    }
    try {
      const found = await abortable(lookup(host, { all: true }), signal);
      const addresses = [...new Set(found.map(({ address }) => address))];
      return {
        status: "ok",
        value: addresses,
        detail: `${host} is ${addresses.join(", ")}`,
        data: { addresses },
      };
    } catch (error) {
      if (signal.aborted) throw error;
      return explain(target, error as NodeJS.ErrnoException);
    }
  },
  timedOut: ({ host }, timeoutMs) => ({
    status: "failed",
    code: "dns",
    detail: `no answer for ${host} within ${formatDuration(timeoutMs)}`,
    cause: "The name servers of this computer do not answer: no network, or a firewall in between.",
    action:
      "Check the network connection, and a VPN if you use one. Then try another name, as in: ping example.com",
  }),
};

function explain({ host, setting }: Target, error: NodeJS.ErrnoException): Failed {
  const code = error.code ?? error.name;
  const noServer = code === "EAI_AGAIN";
  return {
    status: "failed",
    code: "dns",
    detail: `${host} has no address (${printable(code)})`,
    cause: noServer
      ? "No name server answered: this computer has no network, or its name server is out of order."
      : "The name does not exist, or only in another network (a VPN, a company's own names).",
    action: noServer
      ? "Check the network connection and the name servers of this computer."
      : `Check the host name in ${setting}; the platform's own is ${PLATFORM_URL}`,
    data: { host, error: code },
  };
}
