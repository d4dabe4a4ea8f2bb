import type { ConnectRefusal, Platform } from "@tesa/platform";
import { printable, quote } from "@tesa/process";
import type { PlatformFiles } from "./platform-files.ts";
import { tesaCommand } from "./pnpm-command.ts";
import { parseDuration } from "./time-option.ts";

/** What the console works on. */
export interface ConsoleOptions {
  readonly platform: Platform;
  readonly files: PlatformFiles;
  /** The organisations whose devices publish here, or may do so by `tesa simulate`. */
  readonly organisations: readonly string[];
}

interface ConsoleCommand {
  /** What may stand after the name, as the help shows it. */
  readonly usage: string;
  readonly help: string;
  /** Gives the answer, or `undefined` if the words make no sense. */
  run(words: readonly string[], options: ConsoleOptions): string | undefined | Promise<string | undefined>;
}

const REFUSALS: readonly ConnectRefusal[] = ["not-authorised", "bad-password", "unavailable", "busy"];
/** Enough of a token to know it by; far too little to use it. */
const SHOWN_CHARACTERS = 4;
/** How long a restart may take at the most. */
const MAX_DOWN_MS = 3_600_000;

const COMMANDS: Readonly<Record<string, ConsoleCommand>> = {
  clients: {
    usage: "",
    help: "who is connected, with subscriptions and queues",
    run: (_, { platform }) => listClients(platform),
  },
  drop: {
    usage: "[<client id>]",
    help: "cut the connections of applications, without a word",
    run: ([clientId], { platform }) => `${platform.faults.dropConnections(which(clientId))} cut`,
  },
  kick: {
    usage: "[<client id>]",
    help: "end the connections in the broker's way",
    run: ([clientId], { platform }) => `${platform.faults.kick(which(clientId))} ended`,
  },
  silent: {
    usage: "on|off",
    help: "half-open: connections stay, and nothing comes or goes",
    run: onOff((on, { platform }) => platform.faults.goSilent(on)),
  },
  "ignore-connects": {
    usage: "on|off",
    help: "answer no CONNECT",
    run: onOff((on, { platform }) => platform.faults.ignoreConnects(on)),
  },
  "ignore-subscribes": {
    usage: "on|off",
    help: "answer no SUBSCRIBE, as when the access control hangs",
    run: onOff((on, { platform }) => platform.faults.ignoreSubscribes(on)),
  },
  refuse: {
    usage: `${REFUSALS.join("|")}|off`,
    help: "refuse every CONNECT",
    run([word], { platform }) {
      const refusal = REFUSALS.find((known) => known === word);
      if (refusal === undefined && word !== "off") return undefined;
      platform.faults.refuse(refusal ?? null);
      return refusal === undefined ? "accepting again" : `refusing: ${refusal}`;
    },
  },
  slow: {
    usage: "<milliseconds>|off",
    help: "delay each packet to applications",
    run([word = ""], { platform }) {
      const delayMs = word === "off" ? 0 : /^\d{1,6}$/.test(word) ? Number(word) : undefined;
      if (delayMs === undefined) return undefined;
      platform.faults.slowDown(delayMs);
      return delayMs === 0 ? "no delay" : `each packet comes ${delayMs} ms late`;
    },
  },
  restart: {
    usage: "[<time down, such as 20s or 500ms>]",
    help: "restart the broker: it forgets every session",
    async run([word], { platform }) {
      if (word === undefined) {
        await platform.faults.restart();
        return "restarted";
      }
      const downMs = readDownTime(word);
      if (downMs === undefined) return undefined;
      await platform.faults.restart({ downMs });
      return `restarted, after ${word}`;
    },
  },
  token: {
    usage: "list | issue <organisation> | revoke <beginning>|all | expire <beginning>|all",
    help: "tokens; an open connection stays, the next one is refused",
    run: tokenCommand,
  },
};

/** Carries out a line of the console and gives the answer. What makes no sense is explained; nothing is thrown. */
export async function runConsoleLine(line: string, options: ConsoleOptions): Promise<string> {
  const [name = "", ...words] = line.trim().split(/\s+/);
  if (name === "") return "";
  if (name === "help") return help();
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    return `There is no command ${quote(name)}. There are: help, ${Object.keys(COMMANDS).join(", ")}.`;
  }
  try {
    return (await command.run(words, options)) ?? `Write: ${name} ${command.usage}`;
  } catch (error) {
    return `That failed: ${printable(error instanceof Error ? error.message : String(error))}`;
  }
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(
    ([name, { usage, help: text }]) => `  ${name} ${usage}\n      ${text}`,
  );
  return `Commands, one per line:\n${lines.join("\n")}\nCtrl-C ends the platform.`;
}

/** In milliseconds; a number alone has no unit that everybody would guess. */
function readDownTime(text: string): number | undefined {
  const downMs = /^\d+ms$/.test(text) ? Number.parseInt(text, 10) : parseDuration(text);
  return downMs !== undefined && downMs <= MAX_DOWN_MS ? downMs : undefined;
}

function which(clientId: string | undefined): { readonly clientId?: string } {
  return clientId === undefined ? {} : { clientId };
}

function onOff(set: (on: boolean, options: ConsoleOptions) => void): ConsoleCommand["run"] {
  return ([word], options) => {
    if (word !== "on" && word !== "off") return undefined;
    set(word === "on", options);
    return word;
  };
}

function listClients(platform: Platform): string {
  const clients = platform.clients();
  if (clients.length === 0) return "Nobody is connected.";
  return clients
    .map((client) => {
      const state = client.connected ? "connected" : "away";
      const filters = client.subscriptions.map(printable).join(" ") || "no subscription";
      return `  ${printable(client.clientId)}  ${client.organisation ?? "?"}  ${state}  MQTT ${client.protocolVersion === 5 ? "5" : "3.1.1"}  ${filters}  ${client.inflight} in flight, ${client.queued} queued`;
    })
    .join("\n");
}

async function tokenCommand(
  [action, argument]: readonly string[],
  { platform, files, organisations }: ConsoleOptions,
): Promise<string | undefined> {
  const { tokens } = platform;
  if (action === "list") {
    const lines = tokens.list().map(({ token, state, expiresAt }) => {
      return `  ${shown(token)}  ${state}  until ${new Date(expiresAt).toISOString()}`;
    });
    return lines.join("\n") || "There is no token.";
  }
  if (action === "issue" && argument !== undefined) {
    if (!isOrganisation(argument)) return organisationProblem(argument);
    const token = tokens.issue({ organisation: argument });
    const path = await files.writeEnv(token, argument);
    const silent = organisations.includes(argument)
      ? ""
      : `\n${argument} has no devices here, so nothing is sent to it. With devices: ${tesaCommand()} platform --organisation ${argument}`;
    return `${shown(token)} issued. Use it by: ${tesaCommand()} stream --dotenv ${path}${silent}`;
  }
  if (argument === undefined || (action !== "revoke" && action !== "expire")) return undefined;
  const beginning = argument === "all" ? "" : argument.replace(/\.+$/, "");
  const chosen = tokens
    .list()
    .filter(({ token, state }) => state === "active" && token.startsWith(beginning));
  if (chosen.length === 0) return "No active token begins so. See: token list";
  for (const { token } of chosen) tokens[action](token);
  const list = chosen.map(({ token }) => shown(token)).join(", ");
  return `${action === "revoke" ? "revoked" : "expired"}: ${list}`;
}

function shown(token: string): string {
  const at = token.lastIndexOf("_") + 1;
  return `${token.slice(0, at + SHOWN_CHARACTERS)}...`;
}

/** Whether a text can be the organisation in a token, and a part of a file's name. */
export function isOrganisation(text: string): boolean {
  return /^[a-z0-9][a-z0-9_]{0,31}$/i.test(text);
}

/** What is wrong where {@link isOrganisation} says no. */
export function organisationProblem(text: string): string {
  return `An organisation has 1 to 32 letters, digits and underscores; got ${quote(text)}.`;
}
