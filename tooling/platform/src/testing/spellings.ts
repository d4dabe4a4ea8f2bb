/** The spellings of a secret that a text holds: as it is, or as debug output writes bytes. */
export function spellingsIn(text: string, token: string): string[] {
  // Half of the random part is enough to know it by, wherever an output may cut it.
  const secret = token.slice(-32, -16);
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const spellings = [
    secret,
    hex,
    hex.replace(/..\B/g, "$& "),
    [...bytes].join(", "),
    [...bytes].join(","),
    // In base64 the spelling depends on where in a group of three bytes it begins.
    ...[0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString("base64")
        .slice(4, -4),
    ),
  ];
  return spellings.filter((spelling) => text.toLowerCase().includes(spelling.toLowerCase()));
}
