import { pbkdf2Sync, randomBytes } from "node:crypto";
import type { Credentials } from "@tesa/platform";
import type { RoleCredentials } from "../broker-under-test.ts";

/** What mosquitto.conf names. */
export interface MosquittoFiles {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly securityPath: string;
  /** mosquitto's own plugin for users and access rules. */
  readonly pluginPath: string;
  /** Who it shall run as: it gives root's rights up, and could then not read the files, unless told. */
  readonly user: string;
  readonly mqttsPort: number;
  readonly wssPort: number;
}

/** mosquitto.conf, as close to the platform's EMQX as it can be set. */
export function mosquittoConf(files: MosquittoFiles): string {
  const certificate = [
    `certfile ${files.certificatePath}`,
    `keyfile ${files.keyPath}`,
    "tls_version tlsv1.2",
  ];
  return [
    `user ${files.user}`,
    "persistence false",
    "log_dest stderr",
    "log_type error",
    "log_type warning",
    "allow_anonymous false",
    `plugin ${files.pluginPath}`,
    `plugin_opt_config_file ${files.securityPath}`,
    "max_inflight_messages 32",
    "max_queued_messages 1000",
    "queue_qos0_messages true",
    "allow_duplicate_messages true",
    "message_size_limit 0",
    "max_packet_size 10485760",
    `listener ${files.mqttsPort} 127.0.0.1`,
    ...certificate,
    // Without socket_domain a websockets listener takes every interface, whatever its address says.
    `listener ${files.wssPort} 127.0.0.1`,
    "socket_domain ipv4",
    "protocol websockets",
    ...certificate,
    "",
  ].join("\n");
}

interface Rule {
  readonly acltype: string;
  readonly topic: string;
  readonly priority?: number;
  readonly allow: boolean;
}

/**
 * Users and access rules, as the file of mosquitto's dynamic security plugin. (Its older acl_file knows no rules for
 * subscribing.) What a token receives is checked for each message, by the ids of its organisation's devices.
 */
export function securityFile({ tokenA, tokenB, device, deviceB }: RoleCredentials): string {
  const users: { readonly login: Credentials; readonly acls: readonly Rule[] }[] = [
    { login: tokenA, acls: tokenRules(device.deviceId, deviceB?.deviceId) },
    { login: tokenB, acls: tokenRules(deviceB?.deviceId, device.deviceId) },
    { login: device, acls: deviceRules(device.deviceId) },
    ...(deviceB === undefined ? [] : [{ login: deviceB, acls: deviceRules(deviceB.deviceId) }]),
  ];
  return JSON.stringify({
    defaultACLAccess: {
      publishClientSend: false,
      publishClientReceive: false,
      subscribe: false,
      unsubscribe: true,
    },
    clients: users.map(({ login }, index) => ({
      username: login.username,
      ...hashedPassword(login.password),
      roles: [{ rolename: `role-${index}` }],
    })),
    roles: users.map(({ acls }, index) => ({ rolename: `role-${index}`, acls })),
  });
}

function tokenRules(own: string | undefined, foreign: string | undefined): Rule[] {
  const subscribe = (topic: string, allow: boolean, priority: number): Rule[] =>
    // mosquitto checks a shared subscription with its group before it.
    [topic, `$share/+/${topic}`].map((filter) => ({
      acltype: "subscribePattern",
      topic: filter,
      priority,
      allow,
    }));
  return [
    ...(foreign === undefined ? [] : subscribe(`device/${foreign}/telemetry/#`, false, 2)),
    ...subscribe("device/+/telemetry/#", true, 1),
    ...(own === undefined
      ? []
      : [{ acltype: "publishClientReceive", topic: `device/${own}/telemetry/#`, allow: true }]),
  ];
}

function deviceRules(deviceId: string): Rule[] {
  const topic = `device/${deviceId}/#`;
  return ["publishClientSend", "publishClientReceive", "subscribePattern"].map((acltype) => ({
    acltype,
    topic,
    allow: true,
  }));
}

function hashedPassword(password: string) {
  // Few rounds: the passwords are random, and live as long as the test.
  const iterations = 10;
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, iterations, 64, "sha512");
  return { password: hash.toString("base64"), salt: salt.toString("base64"), iterations };
}
