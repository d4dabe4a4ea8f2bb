import { type Environment, VARIABLES } from "@tesa/process";

/** What is asked of Deno, which knows by itself what it was given. */
type Permission =
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "read" | "write"; readonly path: string };

declare const Deno: {
  readonly permissions: { querySync(permission: Permission): { readonly state: string } };
};

const LOCAL =
  "For a platform in a box on this machine there is a task that may do all of this: deno task local";

/**
 * What the settings name and Deno was not allowed to use, a sentence each; none if all is well. Deno's own error would
 * advise a flag, where a task of `deno.json` is to be chosen or changed.
 */
export function missingPermissions({ record }: Pick<Environment, "record">): readonly string[] {
  const broker = record.MQTT_BROKER_URL ?? VARIABLES.find(({ name }) => name === "MQTT_BROKER_URL")?.default;
  const [, log] = /^sqlite:(.+)$/.exec(record.TESA_LOG ?? "") ?? [];
  const problems = [
    // What is no such URL is a problem that the configuration tells.
    ...(broker !== undefined && URL.canParse(broker) && broker.startsWith("wss:")
      ? refused("MQTT_BROKER_URL", { name: "net", host: hostOf(new URL(broker)) })
      : []),
    ...["CA_CERT_PATH", "TESA_TOKEN_FILE"].flatMap((name) => {
      const path = record[name as "CA_CERT_PATH" | "TESA_TOKEN_FILE"];
      return path ? refused(name, { name: "read", path }) : [];
    }),
    ...(log === undefined ? [] : refused("TESA_LOG", { name: "write", path: log })),
  ];
  return problems.length === 0 ? [] : [...problems, LOCAL];
}

function hostOf({ hostname, port }: URL): string {
  return `${hostname}:${port || "443"}`;
}

function refused(setting: string, permission: Permission): readonly string[] {
  if (Deno.permissions.querySync(permission).state === "granted") return [];
  const what = permission.name === "net" ? permission.host : JSON.stringify(permission.path);
  const verb = permission.name === "net" ? "reach" : permission.name;
  return [
    `${setting}: Deno may not ${verb} ${what}. Add it to --allow-${permission.name} of the task in deno.json, or choose another task.`,
  ];
}
