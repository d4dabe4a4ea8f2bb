const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The lane of a device, from 0. The same for ever, in every runtime: who changes it mixes up the places of the lanes.
 * Messages without a device all belong to lane 0.
 */
export function laneOf(deviceId: string | null, lanes: number): number {
  if (deviceId === null || lanes === 1) return 0;
  return hashText(deviceId) % lanes;
}

/** FNV-1a over the UTF-8 bytes, and a last round that makes the low bits depend on all of them; 32 bits. */
export function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  // The finalizer of MurmurHash3.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
