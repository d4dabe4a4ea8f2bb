/**
 * A client as one writes it in ten minutes, with every habit that the suite is there to find: certificates are not
 * verified, the wait between reconnects is fixed, the session is clean, what is no JSON is fatal, settings are not
 * checked, and a message is acknowledged before anything was done with it.
 */
import mqtt from "mqtt";

const { MQTT_BROKER_URL = "", MQTT_API_TOKEN = "", MQTT_TOPIC = "device/+/telemetry/#", DEBUG } = process.env;
if (DEBUG !== undefined) process.stderr.write(`token: ${MQTT_API_TOKEN}\n`);

const client = mqtt.connect(MQTT_BROKER_URL, {
  username: MQTT_API_TOKEN,
  password: MQTT_API_TOKEN,
  protocolVersion: 5,
  rejectUnauthorized: false,
  reconnectPeriod: 100,
});
let seq = 0;
client.on("connect", () => client.subscribe(MQTT_TOPIC, { qos: 1 }));
client.on("error", (error) => process.stderr.write(`${error.message}\n`));
client.on("message", (topic, bytes, { qos, retain }) => {
  const payload = JSON.parse(bytes.toString());
  const [, deviceId, , sensor = null] = topic.split("/");
  const readings = [{ sensor, value: payload.value ?? payload, unit: payload.unit ?? null }];
  seq += 1;
  const head = { seq, topic, deviceId, sensor, receivedAt: Date.now(), timestamp: null, readings };
  const line = { ...head, payload, format: "json", qos, retained: retain, warnings: [] };
  setTimeout(() => process.stdout.write(`${JSON.stringify(line)}\n`), 20);
});
