import { access, chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { PLATFORM_PORTS, startEmqx, stopEmqx } from "./compose.ts";

const ROOT = new URL("../../../", import.meta.url);

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly ports: readonly string[];
        readonly environment: Readonly<Record<string, string>>;
        readonly volumes: readonly {
          readonly source: string;
          readonly target: string;
          readonly read_only: boolean;
        }[];
      }
    >
  >;
}

async function readComposeFile() {
  const file: ComposeFile = parse(await readFile(new URL("compose.yaml", ROOT), "utf8"));
  const emqx = file.services.emqx;
  if (emqx === undefined) throw new Error("compose.yaml has no service emqx.");
  return { services: Object.keys(file.services), emqx };
}

const readSettings = () => readFile(new URL("emqx.conf", import.meta.url), "utf8");

describe("compose.yaml", () => {
  test("pins one release of EMQX 5.10", async () => {
    const { services, emqx } = await readComposeFile();
    expect(services).toEqual(["emqx"]);
    expect(emqx.image).toMatch(/^emqx\/emqx:\$\{TESA_EMQX_VERSION:-5\.10\.\d+\}$/);
  });

  test("publishes the platform's ports on 127.0.0.1 and nothing else", async () => {
    const { emqx } = await readComposeFile();
    const { mqtts, wss, quic, dashboard } = PLATFORM_PORTS;
    expect(emqx.ports).toEqual([
      `127.0.0.1:\${TESA_EMQX_MQTTS_PORT:-${mqtts}}:${mqtts}`,
      `127.0.0.1:\${TESA_EMQX_WSS_PORT:-${wss}}:${wss}`,
      `127.0.0.1:\${TESA_EMQX_QUIC_PORT:-${quic}}:${quic}/udp`,
      `127.0.0.1:\${TESA_EMQX_DASHBOARD_PORT:-${dashboard}}:${dashboard}`,
    ]);
    expect([mqtts, wss, quic]).toEqual([8884, 8085, 14_567]);
  });

  test("mounts the settings that are there, and what is prepared, both for reading alone", async () => {
    const { emqx } = await readComposeFile();
    const [settings, prepared, ...more] = emqx.volumes;
    await access(new URL(settings?.source ?? "", ROOT));
    expect(settings?.target).toBe("/opt/emqx/etc/emqx.conf");
    expect(prepared?.source).toBe(`\${TESA_EMQX_FILES:-./.tesa/emqx/etc}`);
    expect(emqx.volumes.every(({ read_only }) => read_only)).toBe(true);
    expect(more).toEqual([]);
  });

  test("ends connections at a refusal unless told otherwise", async () => {
    const { emqx } = await readComposeFile();
    expect(emqx.environment.EMQX_AUTHORIZATION__DENY_ACTION).toBe(`\${TESA_EMQX_DENY_ACTION:-disconnect}`);
  });
});

describe("emqx.conf", () => {
  test("listens where compose.yaml publishes, encrypted alone, each organisation in its own topic space", async () => {
    const settings = await readSettings();
    const listeners = [...settings.matchAll(/^listeners\.(\w+)\.default \{\n([\s\S]*?)^\}/gm)];
    expect(listeners.map(([, type, body]) => `${type} ${/bind = "(.+)"/.exec(body ?? "")?.[1]}`)).toEqual([
      `ssl 0.0.0.0:${PLATFORM_PORTS.mqtts}`,
      `wss 0.0.0.0:${PLATFORM_PORTS.wss}`,
      `quic 0.0.0.0:${PLATFORM_PORTS.quic}`,
    ]);
    for (const [, , body] of listeners)
      expect(body).toContain(`mountpoint = "\${client_attrs.organisation}/"`);
    expect(settings).toContain("listeners.tcp.default.enable = false");
    expect(settings).toContain("listeners.ws.default.enable = false");
  });

  test("has the platform's settings", async () => {
    const settings = await readSettings();
    for (const line of [
      "no_match = deny",
      "deny_action = disconnect",
      'max_packet_size = "10MB"',
      'websocket.mqtt_path = "/mqtt"',
    ]) {
      expect(settings).toContain(line);
    }
  });

  test("names no file that is not mounted", async () => {
    const settings = await readSettings();
    const files = [...settings.matchAll(/"(?:file:\/\/)?\/opt\/emqx\/etc\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(new Set(files)).toEqual(
      new Set([
        "tesa/dashboard-password",
        "tesa/ca.pem",
        "tesa/server.pem",
        "tesa/server.key",
        "tesa/users.csv",
        "tesa/acl.conf",
      ]),
    );
  });

  test.each([
    ["tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", "acme"],
    ["tesa_mqtt_globex_eu_FAKEFAKEFAKEFAKEFAKEFAKEFAKE01", "globex_eu"],
    ["device.globex_eu.fan-1.left", "globex_eu"],
    ["somebody", undefined],
  ])("takes the organisation of %s for %s", async (username, organisation) => {
    const settings = await readSettings();
    const pattern = /regex_extract\(username, '(.+?)'\)\)"\n\s+set_as_attr = "organisation"/.exec(
      settings,
    )?.[1];
    // JavaScript has no branch reset, (?|...), which gives both alternatives the same group.
    const match = new RegExp((pattern ?? "").replace("(?|", "(?:")).exec(username);
    expect(match?.slice(1).find((group) => group !== undefined)).toBe(organisation);
  });
});

describe("the docker command", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tesa-docker-test-"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A command `docker` that notes its arguments and does what the script says. */
  const withDocker = async (script: string) => {
    const path = join(folder, "docker");
    await writeFile(path, `#!/bin/sh\necho "$*" >> "${join(folder, "calls")}"\n${script}\n`);
    await chmod(path, 0o755);
  };
  const options = (extra: object = {}) => ({
    project: "tesa-unit",
    mountPath: "/somewhere/etc",
    env: { PATH: [folder, "/usr/bin", "/bin"].join(delimiter) },
    ...extra,
  });
  const calls = async () =>
    (await readFile(join(folder, "calls"), "utf8"))
      .trimEnd()
      .split("\n")
      .filter((call) => call.includes("--project-name"));

  test("startEmqx() waits for a healthy container, asks for the version, restarts it and removes it", async () => {
    await withDocker(`case "$*" in *"ctl broker") printf 'sysdescr  : EMQX\\nversion   : 5.10.3\\n' ;; esac`);
    const emqx = await startEmqx(options());
    expect(emqx.version).toBe("5.10.3");
    await emqx.restart();
    await emqx.down();
    expect((await calls()).map((call) => call.replace("compose --project-name tesa-unit ", ""))).toEqual([
      "up --detach --wait --force-recreate --renew-anon-volumes",
      "exec -T emqx /opt/emqx/bin/emqx ctl broker",
      "restart --timeout 5",
      "up --detach --wait --no-recreate",
      "down --volumes --timeout 5",
    ]);
  });

  test("startEmqx() hands its options to compose.yaml by variables", async () => {
    await withDocker(`env | grep ^TESA_EMQX_ | sort > "${join(folder, "variables")}"`);
    const ports = { mqtts: 1, wss: 2, quic: 3, dashboard: 4 };
    await startEmqx(options({ ports, denyAction: "ignore" }));
    expect((await readFile(join(folder, "variables"), "utf8")).trimEnd().split("\n")).toEqual([
      "TESA_EMQX_DASHBOARD_PORT=4",
      "TESA_EMQX_DENY_ACTION=ignore",
      "TESA_EMQX_FILES=/somewhere/etc",
      "TESA_EMQX_MQTTS_PORT=1",
      "TESA_EMQX_QUIC_PORT=3",
      "TESA_EMQX_WSS_PORT=2",
    ]);
  });

  test("startEmqx() removes what a failing start left, and gives what compose said", async () => {
    await withDocker(`case "$*" in *" up "*) echo "no such image" >&2; exit 17 ;; esac`);
    await expect(startEmqx(options())).rejects.toThrow(/exit code 17\): no such image$/);
    expect((await calls()).at(-1)).toContain("down --volumes");
  });

  test("stopEmqx() removes the container and its volumes", async () => {
    await withDocker("");
    await stopEmqx(options());
    expect(await calls()).toEqual(["compose --project-name tesa-unit down --volumes"]);
  });

  test("without the command, startEmqx() says that Docker is missing", async () => {
    const env = { PATH: folder };
    await expect(startEmqx(options({ env }))).rejects.toThrow(
      "Docker is missing: there is no command `docker`. Install Docker with its compose plugin, or use another broker.",
    );
  });

  test.each([
    ["the compose plugin", `[ "$1" != compose ]`, "the command `docker compose` does not work."],
    ["the daemon", `[ "$1" != info ]`, "its daemon does not answer."],
  ])("without %s, startEmqx() says so and starts nothing", async (_, script, message) => {
    await withDocker(script);
    await expect(startEmqx(options())).rejects.toThrow(`Docker is missing: ${message}`);
    await expect(readFile(join(folder, "calls"), "utf8")).resolves.not.toContain(" up ");
  });
});
