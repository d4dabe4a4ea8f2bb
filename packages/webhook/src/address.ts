import { type IpBytes, isWithin, parseIp, parseNetwork } from "./ip-address.ts";

/** What an address is to a webhook: `public` and `private` may be sent to, `private` by plain http too. */
export type AddressKind = "public" | "private" | "forbidden";

type Network = ReturnType<typeof parseNetwork>;

const networks = (...texts: readonly string[]): readonly Network[] => texts.map(parseNetwork);

/** Where no receiver of telemetry can be, but where the secrets of a machine in a cloud may be. */
const FORBIDDEN: readonly Network[] = networks(
  "0.0.0.0/8", // "this host" (RFC 6890)
  "169.254.0.0/16", // link-local, and the metadata services of most clouds
  "100.100.100.200/32", // metadata of Alibaba Cloud
  "168.63.129.16/32", // the platform address of Azure
  "192.0.0.192/32", // metadata of Oracle Cloud (classic)
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and the broadcast address
  "::/128",
  "fe80::/10", // link-local
  "fec0::/10", // site-local, given up by RFC 3879
  "ff00::/8", // multicast
  "fd00:ec2::/32", // metadata of AWS
  "fd20:ce::/32", // metadata of Google Cloud
  "fd00:42::/32", // metadata of Scaleway
);

const PRIVATE: readonly Network[] = networks(
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "127.0.0.0/8",
  "100.64.0.0/10", // shared address space (RFC 6598): also what private overlay networks use
  "::1/128",
  "fc00::/7",
);

/** Networks whose addresses hold an IPv4 address, and at which byte: it is what counts. */
const CARRIERS: readonly { readonly network: Network; readonly at: number }[] = [
  { network: parseNetwork("::ffff:0:0/96"), at: 12 }, // IPv4-mapped
  { network: parseNetwork("::ffff:0:0:0/96"), at: 12 }, // IPv4-translated
  { network: parseNetwork("64:ff9b::/96"), at: 12 }, // NAT64
  { network: parseNetwork("2002::/16"), at: 2 }, // 6to4
];
/** IPv4-compatible; `::` and `::1` are in it and mean something of their own. */
const COMPATIBLE = parseNetwork("::/96");

/** Judges an IP address in its usual notation; `undefined` where the text is no IP address. */
export function addressKind(text: string): AddressKind | undefined {
  const address = parseIp(text);
  return address === undefined ? undefined : kindOf(address);
}

function kindOf(address: IpBytes): AddressKind {
  if (FORBIDDEN.some((network) => isWithin(address, network))) return "forbidden";
  if (PRIVATE.some((network) => isWithin(address, network))) return "private";
  const carried = carriedIpv4(address);
  return carried === undefined ? "public" : kindOf(carried);
}

function carriedIpv4(address: IpBytes): IpBytes | undefined {
  const carrier = CARRIERS.find(({ network }) => isWithin(address, network));
  if (carrier !== undefined) return address.slice(carrier.at, carrier.at + 4);
  return isWithin(address, COMPATIBLE) ? address.slice(12) : undefined;
}

/** Names under which clouds offer their metadata; some resolve only inside. */
const METADATA_NAMES: readonly string[] = [
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "metadata.tencentyun.com",
  "metadata.azure.com",
  "metadata.azure.internal",
  "instance-data",
  "instance-data.ec2.internal",
];

/** What a host name says by itself. `unknown`: only its addresses tell. */
export function hostKind(hostname: string): AddressKind | "unknown" {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  if (METADATA_NAMES.includes(name)) return "forbidden";
  // Resolvers must answer these with loopback addresses (RFC 6761, 6.3).
  if (name === "localhost" || name.endsWith(".localhost")) return "private";
  return addressKind(name) ?? "unknown";
}
