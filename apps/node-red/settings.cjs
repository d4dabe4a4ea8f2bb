// Node-RED's settings, for the editor (start.mjs) and without it (headless.mjs).
const { randomBytes } = require("node:crypto");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { readEnvironment } = require("@tesa/process");

const userDir = __dirname;
const flowFile = process.env.TESA_FLOW || "flows/wss-streaming-flow.json";

// Flows read ${NAME} from the environment alone: .env, of the current folder or this one, is put into it.
const { record } = readEnvironment({
  env: process.env,
  folders: [process.cwd(), userDir],
  warn: (text) => process.stderr.write(`${text}\n`),
});
Object.assign(process.env, record);

// Node-RED's own MQTT nodes have no defaults for ${NAME}, and a session is kept only under a client id that stays.
if (flowFile.endsWith("wss-streaming-flow.json")) {
  process.env.MQTT_BROKER_URL ??= "wss://mqtt.tesaiot.com:8085/mqtt";
  process.env.MQTT_TOPIC ??= "device/+/telemetry/#";
  process.env.MQTT_KEEPALIVE ??= "60";
  process.env.TESA_SESSION_EXPIRY ??= "300";
  process.env.CA_CERT_PATH ??= "";
  process.env.MQTT_CLIENT_ID ??= keptClientId(join(userDir, ".client-id"));
}

function keptClientId(file) {
  if (!existsSync(file)) writeFileSync(file, `tesa-node-red-${randomBytes(8).toString("hex")}\n`);
  return readFileSync(file, "utf8").trim();
}

module.exports = {
  userDir,
  flowFile,
  flowFilePretty: true,
  // The committed credentials hold names of environment variables. With a secret, Node-RED encrypts what you add.
  credentialSecret: process.env.NODE_RED_CREDENTIAL_SECRET || false,
  // Only this machine reaches the editor. Before that changes, set adminAuth: https://nodered.org/docs/user-guide/runtime/securing-node-red
  uiHost: process.env.HOST || "127.0.0.1",
  uiPort: Number(process.env.PORT || 1880),
  // Node-RED's own MQTT nodes know one interval for all attempts; "tesa stream" backs off from 1 s to 30 s.
  mqttReconnectTime: 5_000,
  // The certificate of the broker is verified with the CAs of this file, or the system's.
  functionTimeout: 10,
  functionExternalModules: false,
  externalModules: { autoInstall: false, palette: { allowInstall: true } },
  diagnostics: { enabled: false },
  telemetry: { enabled: false },
  editorTheme: { projects: { enabled: false }, tours: false },
  logging: { console: { level: "info", metrics: false, audit: false } },
};
