import { expect } from "vitest";
import { type Bed, TOPIC } from "../bed.ts";
import type { Case } from "../case.ts";
import { pause, until } from "../until.ts";

/** What makes one runtime or library or another talk. */
const TALKATIVE = {
  DEBUG: "*",
  RUST_LOG: "trace",
  RUST_BACKTRACE: "full",
  PYTHONDEVMODE: "1",
  PYTHONASYNCIODEBUG: "1",
  MQTT_C_CLIENT_TRACE: "ON",
  MQTT_C_CLIENT_TRACE_LEVEL: "MAXIMUM",
  DENO_LOG: "debug",
  BUN_CONFIG_VERBOSE_FETCH: "curl",
  WRANGLER_LOG: "debug",
  TESA_DEBUG: "1",
};

/** An app may refuse to run with these: some runtimes cannot silence them. */
const NODE_TALKATIVE = { NODE_DEBUG: "*", NODE_DEBUG_NATIVE: "*" };

/** What switches verification off, in one runtime or another. */
const CARELESS = {
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  PYTHONHTTPSVERIFY: "0",
  DENO_TLS_CA_STORE: "system",
  GIT_SSL_NO_VERIFY: "1",
};

/** The bed looks for the token in all output, at the end of every case; here there is much of it. */
export const SECRECY: readonly Case[] = [
  {
    name: "shows the token nowhere, whatever is told to talk",
    run: (bed) => streamsAndReconnects(bed, TALKATIVE),
  },
  {
    name: "shows the token nowhere with Node's own debug switches, or refuses to run with them",
    async run(bed) {
      const client = await bed.start({ env: NODE_TALKATIVE, live: false });
      await until(
        () => bed.attempts().length > 0 || client.exited !== undefined,
        "attempt to connect, or end",
      );
      if (bed.attempts().length > 0) await pause(500);
      else expect(client.stderr).toContain("NODE_DEBUG");
    },
  },
  {
    name: "shows the token nowhere when it is refused, whatever is told to talk",
    async run(bed) {
      bed.platform.tokens.revoke(bed.token);
      await bed.start({ env: TALKATIVE, live: false });
      await until(() => bed.attempts().length > 0, "attempt to connect");
      await pause(1_000);
    },
  },
  refusesCertificate("for another host", "wrong-host"),
  refusesCertificate("of an unknown CA", "unknown-ca"),
  refusesCertificate("that has expired", "expired"),
  {
    name: "refuses TLS 1.1",
    platform: { maxTlsVersion: "TLSv1.1" },
    run: refusesConnection,
  },
];

function refusesCertificate(what: string, certificate: "wrong-host" | "unknown-ca" | "expired"): Case {
  return {
    name: `refuses a certificate ${what}, also where the environment says that it need not be verified`,
    platform: { certificate },
    run: refusesConnection,
  };
}

async function streamsAndReconnects(bed: Bed, env: Readonly<Record<string, string>>): Promise<void> {
  await bed.start({ env: { ...env, MQTT_RECONNECT_PERIOD: "100" } });
  await bed.publish(TOPIC, "1");
  await until(() => bed.acknowledged().length === 1, "acknowledgement");
  bed.platform.faults.dropConnections();
  await until(() => bed.attempts().length === 2, "second attempt to connect");
  await pause(300);
}

/** The token must never leave: the box sees no CONNECT, however the app goes on. */
async function refusesConnection(bed: Bed): Promise<void> {
  for (const env of [{}, CARELESS]) {
    const network = await bed.network();
    const opened = network.opened;
    const client = await bed.start({ env: { ...env, MQTT_RECONNECT_PERIOD: "100" }, live: false });
    await until(() => network.opened > opened, "attempt to connect");
    // It says why, and it ends or tries again.
    await until(
      () => client.exited !== undefined || /certificate|tls|ssl|x509|verif|trust/i.test(client.stderr),
      "word about TLS on standard error",
    );
    await pause(300);
    expect(bed.attempts()).toEqual([]);
    expect(client.exited?.code).not.toBe(0);
    expect(client.stdout).toBe("");
    expect(client.stderr).toMatch(/certificate|tls|ssl|x509|verif|trust/i);
    await client.stop();
  }
}
