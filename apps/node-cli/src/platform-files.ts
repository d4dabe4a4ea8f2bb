import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { TesaError } from "@tesa/core";
import type { Platform, SimulatedDevice } from "@tesa/platform";
import { quote } from "@tesa/process";
import { tesaCommand } from "./pnpm-command.ts";

/** Files that hold credentials, readable by their owner alone; they are removed when the platform ends. */
export interface PlatformFiles {
  /** Writes the settings of a client with this token, and gives the path. */
  writeEnv(token: string, organisation: string): Promise<string>;
  /** Writes what `tesa simulate` reads, and gives the path. */
  writeDevices(devices: readonly SimulatedDevice[]): Promise<string>;
  remove(): Promise<void>;
}

/** What `tesa simulate` needs to know. */
export interface DeviceFile {
  /** `mqtts://host:port` */
  readonly url?: string;
  readonly caCertPath?: string;
  readonly devices: readonly SimulatedDevice[];
}

/** Where `tesa platform` keeps its CA, and beside which it leaves its files. */
export const DEFAULT_DATA_DIR = ".tesa/platform";

/** The file of device credentials beside a data folder. */
export function devicesPath(dataDir: string): string {
  return `${dataDir}.devices.json`;
}

/** Makes the files of a running platform beside its data folder: `.tesa/platform.env`, `.tesa/platform.devices.json`. */
export function createPlatformFiles(platform: Platform, dataDir: string): PlatformFiles {
  const written = new Map<string, string>();
  const write = async (path: string, text: string) => {
    await writePrivately(path, text);
    written.set(path, text);
    return path;
  };
  return {
    writeEnv(token, organisation) {
      const infix = written.has(`${dataDir}.env`) ? `.${organisation}` : "";
      const path = freePath(`${dataDir}${infix}`, written);
      return write(
        path,
        [
          "# Settings for the platform in a box, made by `tesa platform`. They last as long as it runs.",
          `MQTT_BROKER_URL=${platform.urls.wss}`,
          `MQTT_API_TOKEN=${token}`,
          `CA_CERT_PATH=${quoteEnv(resolve(platform.caCertPath))}`,
          "",
        ].join("\n"),
      );
    },
    writeDevices(devices) {
      const file: DeviceFile = {
        url: platform.urls.mqtts,
        caCertPath: resolve(platform.caCertPath),
        devices,
      };
      return write(devicesPath(dataDir), `${JSON.stringify(file, null, 2)}\n`);
    },
    async remove() {
      for (const [path, text] of written) {
        // Another platform may have written its own there meanwhile.
        const now = await readFile(path, "utf8").catch(() => undefined);
        if (now === text) await rm(path, { force: true });
      }
    },
  };
}

function freePath(beginning: string, taken: ReadonlyMap<string, string>): string {
  for (let number = 1; ; number += 1) {
    const path = `${beginning}${number === 1 ? "" : `.${number}`}.env`;
    if (!taken.has(path)) return path;
  }
}

async function writePrivately(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // The mode counts only for a new file: an old one could be open to others.
  await rm(path, { force: true });
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  await chmod(path, 0o600);
}

function quoteEnv(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `"${value}"`;
}

/**
 * Reads a file of device credentials.
 * @throws TesaError `config` with every problem
 */
export async function readDeviceFile(
  path: string,
  kinds: readonly SimulatedDevice["kind"][],
): Promise<DeviceFile> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    const advice =
      error.code === "ENOENT"
        ? ` Start the platform in a box first, it writes one: ${tesaCommand()} platform. Or name another by --credentials.`
        : "";
    throw new TesaError(
      "config",
      `Cannot read the device credentials in ${quote(path)} (${error.code}).${advice}`,
    );
  });
  const value = parseJson(text, path);
  const problems: string[] = [];
  const devices = Array.isArray(value.devices) ? value.devices : [];
  if (devices.length === 0) problems.push(`"devices" is to be a list of at least one device.`);
  const checked = devices.map((device: unknown, index) => checkDevice(device, { index, kinds, problems }));
  for (const name of ["url", "caCertPath"]) {
    if (value[name] !== undefined && typeof value[name] !== "string")
      problems.push(`"${name}" is to be text.`);
  }
  if (problems.length > 0) {
    throw new TesaError("config", problems.join("\n"), {
      problems: problems.map((problem) => `${path}: ${problem}`),
    });
  }
  return {
    ...(typeof value.url === "string" ? { url: value.url } : {}),
    ...(typeof value.caCertPath === "string" ? { caCertPath: value.caCertPath } : {}),
    devices: checked,
  };
}

function parseJson(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // JSON.parse quotes what it stumbles over, and that may be a password.
  }
  throw new TesaError("config", `${quote(path)} holds no JSON object. See: ${tesaCommand()} simulate --help`);
}

interface DeviceCheck {
  readonly index: number;
  readonly kinds: readonly SimulatedDevice["kind"][];
  readonly problems: string[];
}

function checkDevice(device: unknown, { index, kinds, problems }: DeviceCheck): SimulatedDevice {
  const value = isObject(device) ? device : {};
  const credentials = isObject(value.credentials) ? value.credentials : {};
  const text = (from: Record<string, unknown>, name: string, fallback?: string) => {
    const found = from[name] ?? fallback;
    if (typeof found === "string" && found !== "") return found;
    problems.push(`device ${index + 1} needs a "${name}".`);
    return "";
  };
  const turn = kinds[index % kinds.length] ?? "climate";
  const kind = kinds.find((known) => known === value.kind);
  if (value.kind !== undefined && kind === undefined) {
    problems.push(`device ${index + 1} has an unknown "kind"; there are ${kinds.join(", ")}.`);
  }
  return {
    organisation: text(value, "organisation", "unknown"),
    deviceId: text(value, "deviceId"),
    kind: kind ?? turn,
    credentials: { username: text(credentials, "username"), password: text(credentials, "password") },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
