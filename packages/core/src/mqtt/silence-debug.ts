import debug from "debug";

const SILENCED = "-mqttjs*,-mqtt-packet*";

/**
 * mqtt.js and mqtt-packet print whole packets, the token in CONNECT included, to whoever sets `DEBUG=*`. This takes
 * them out of what is enabled; everything else stays as the user asked.
 */
export function silenceDebug(): void {
  const enabled = debug.disable();
  if (enabled === "") return;
  debug.enable(enabled.includes(SILENCED) ? enabled : `${enabled},${SILENCED}`);
}
