/** An organisation and the ids of its devices. */
export interface Organisation {
  /** The prefix that its tokens carry. */
  readonly organisation: string;
  readonly devices: readonly string[];
}

const HEAD = `%% Made by prepare.ts. What is allowed; all else is refused (authorization.no_match = deny in emqx.conf).
%% That an organisation hears its own devices alone is the work of the listeners' mountpoint, not of this file.
`;

const ALLOWED = `%% A token subscribes to telemetry.
{allow, {username, {re, "^tesa_mqtt_"}}, subscribe, ["device/+/telemetry/#", "devices/+/telemetry/#"]}.

%% A device keeps to what is below its own id.
{allow, {username, {re, "^device[.]"}}, all, ["device/\${client_attrs.device}/#", "devices/\${client_attrs.device}/#"]}.
`;

/**
 * The access rules as a file of EMQX. A token may ask for one device by its id only if it is its organisation's own:
 * that takes one rule for each organisation, which refuses the devices of the others.
 */
export function accessRules(organisations: readonly Organisation[]): string {
  const refused = organisations.flatMap(({ organisation }) => {
    const others = organisations.filter((other) => other.organisation !== organisation);
    const topics = others
      .flatMap(({ devices }) => devices)
      .flatMap((id) => [`device/${id}/telemetry/#`, `devices/${id}/telemetry/#`]);
    if (topics.length === 0) return [];
    const list = topics.map((topic) => `"${topic}"`).join(", ");
    return [`{deny, {client_attr, "organisation", "${organisation}"}, subscribe, [${list}]}.`];
  });
  return [HEAD, "%% Devices of other organisations.", ...refused, "", ALLOWED].join("\n");
}
