import { randomBytes, randomInt } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openAuthority } from "@tesa/platform/certificates";
import { accessRules, type Organisation } from "./acl.ts";

/** User name and password of a device, and the id that it publishes under. */
export interface EmqxDevice {
  readonly organisation: string;
  readonly deviceId: string;
  readonly username: string;
  readonly password: string;
}

interface Login {
  readonly username: string;
  readonly password: string;
}

/** What `credentials.json` holds: a login for each role of the test suite, and every device. */
export interface EmqxCredentials {
  readonly tokenA: Login;
  readonly tokenB: Login;
  /** Shaped like a token of the first organisation, and unknown to EMQX. */
  readonly refused: Login;
  readonly device: EmqxDevice;
  readonly deviceB: EmqxDevice;
  readonly devices: readonly EmqxDevice[];
}

/** What was prepared, and where. */
export interface PreparedEmqx {
  /** The PEM file of the CA: `CA_CERT_PATH` of a client. */
  readonly caCertPath: string;
  /** The folder that compose.yaml mounts into the container. */
  readonly mountPath: string;
  readonly credentialsPath: string;
  readonly credentials: EmqxCredentials;
}

/** Two organisations; the second one's name holds an underscore, as names on the platform may. */
const ORGANISATIONS: readonly [Organisation, Organisation] = [
  { organisation: "acme", devices: deviceIds("acme", 8) },
  { organisation: "globex_eu", devices: deviceIds("globex", 2) },
];

/**
 * Writes what EMQX needs beside `emqx.conf`: the local CA, a server certificate, users, access rules, and the
 * dashboard's password. Tokens and passwords are random, and are kept when the folder is prepared again; the server
 * certificate is made anew each time and lasts 30 days.
 *
 * The folder is closed to other users of the machine. Only `etc` in it, which is what the container mounts, is
 * readable to all, since EMQX runs there under a user id that the host does not know.
 */
export async function prepareEmqx(directory: string): Promise<PreparedEmqx> {
  const mountPath = join(directory, "etc");
  const credentialsPath = join(directory, "credentials.json");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  await mkdir(mountPath, { recursive: true });
  await chmod(mountPath, 0o755);

  const credentials = (await loadCredentials(credentialsPath)) ?? createCredentials();
  await writeWhole(credentialsPath, `${JSON.stringify(credentials, null, 2)}\n`, 0o600);

  const authority = await openAuthority(directory);
  const server = await authority.issueServerCertificate();
  const password = (await readIfThere(join(mountPath, "dashboard-password"))) ?? randomText(20);
  const files: Readonly<Record<string, string>> = {
    "ca.pem": await readFile(authority.caCertPath, "utf8"),
    "server.pem": server.certificate,
    "server.key": server.key,
    "users.csv": userTable(credentials),
    "acl.conf": accessRules(ORGANISATIONS),
    "dashboard-password": password,
  };
  for (const [name, text] of Object.entries(files)) await writeWhole(join(mountPath, name), text, 0o644);
  return { caCertPath: authority.caCertPath, mountPath, credentialsPath, credentials };
}

function deviceIds(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

function createCredentials(): EmqxCredentials {
  const devices = ORGANISATIONS.flatMap(({ organisation, devices }) =>
    devices.map((deviceId) => createDevice(organisation, deviceId)),
  );
  const [first, second] = ORGANISATIONS;
  return {
    tokenA: createLogin(first.organisation),
    tokenB: createLogin(second.organisation),
    refused: createLogin(first.organisation),
    device: firstDevice(devices, first),
    deviceB: firstDevice(devices, second),
    devices,
  };
}

function createLogin(organisation: string): Login {
  const token = `tesa_mqtt_${organisation}_${randomText(32)}`;
  return { username: token, password: token };
}

function createDevice(organisation: string, deviceId: string): EmqxDevice {
  const username = `device.${organisation}.${deviceId}`;
  return { organisation, deviceId, username, password: randomBytes(16).toString("hex") };
}

function firstDevice(devices: readonly EmqxDevice[], { organisation }: Organisation): EmqxDevice {
  const device = devices.find((candidate) => candidate.organisation === organisation);
  if (device === undefined) throw new Error(`The organisation "${organisation}" has no device.`);
  return device;
}

/** EMQX' bootstrap file of its built-in database: one user a line, password in the clear (`bootstrap_type = plain`). */
function userTable({ tokenA, tokenB, devices }: EmqxCredentials): string {
  const rows = [tokenA, tokenB, ...devices].map(({ username, password }) => `${username},${password},false`);
  return `${["user_id,password,is_superuser", ...rows].join("\n")}\n`;
}

async function loadCredentials(path: string): Promise<EmqxCredentials | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const found: Partial<EmqxCredentials> = JSON.parse(text);
    const isWhole =
      found.tokenA && found.tokenB && found.refused && found.device && found.deviceB && found.devices;
    return isWhole ? (found as EmqxCredentials) : undefined;
  } catch {
    // Damaged: new ones take their place.
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Letters and digits only: the organisation is what stands before a token's last underscore. */
function randomText(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** A container that reads at the same time sees the old file or the new one, never half of it. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, text, { flag: "wx", mode });
  // The mode given above is narrowed by the umask.
  await chmod(draft, mode);
  await rename(draft, path);
}
