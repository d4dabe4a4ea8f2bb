/** The bytes of an address: 4 of them, or 16. */
export type IpBytes = readonly number[];

/** Reads an IP address as resolvers and URLs write it, a zone (`%eth0`) left out; `undefined` where it is none. */
export function parseIp(text: string): IpBytes | undefined {
  const bare = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  return bare.includes(":") ? parseIpv6(bare) : parseIpv4(bare);
}

function parseIpv4(text: string): IpBytes | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.map(Number);
}

function parseIpv6(text: string): IpBytes | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [front, back] = halves.map((half) => groupBytes(half));
  if (front === undefined) return undefined;
  if (halves.length === 1) return front.length === 16 ? front : undefined;
  if (back === undefined || front.length + back.length > 14) return undefined;
  return [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back];
}

/** The bytes of groups between colons, of which the last may be an IPv4 address. */
function groupBytes(text: string): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const ipv4 = index === groups.length - 1 && group.includes(".") ? parseIpv4(group) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else return undefined;
  }
  return bytes;
}

/** `10.0.0.0/8` and the like, for {@link isWithin}. @throws Error for a text that is no network: a defect in a table */
export function parseNetwork(text: string): { readonly bytes: IpBytes; readonly bits: number } {
  const [address = "", bits = ""] = text.split("/");
  const bytes = parseIp(address);
  if (bytes === undefined || !/^\d+$/.test(bits)) throw new Error(`${text} is no network.`);
  return { bytes, bits: Number(bits) };
}

/** Whether the address belongs to the network; never across families. */
export function isWithin(
  address: IpBytes,
  network: { readonly bytes: IpBytes; readonly bits: number },
): boolean {
  if (address.length !== network.bytes.length) return false;
  for (let bit = 0; bit < network.bits; bit += 1) {
    const mask = 128 >> (bit & 7);
    if (((address[bit >> 3] ?? 0) & mask) !== ((network.bytes[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}
