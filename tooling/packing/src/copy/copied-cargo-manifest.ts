/**
 * The `Cargo.toml` of a copy: without the tests whose files stay behind, which Cargo would miss, and without the
 * dependencies that only those have. `files` are those of the copy, `isUsed` tells whether one of them uses a crate.
 */
export function copiedCargoManifest(
  text: string,
  { files, isUsed }: { readonly files: readonly string[]; readonly isUsed: (crate: string) => boolean },
): string {
  const sections = text.split(/^(?=\[)/m);
  return sections.map((section) => copiedSection(section, { files, isUsed })).join("");
}

function copiedSection(
  section: string,
  { files, isUsed }: Parameters<typeof copiedCargoManifest>[1],
): string {
  if (section.startsWith("[[test]]")) {
    const name = /^name = "(.*)"$/m.exec(section)?.[1];
    const path = /^path = "(.*)"$/m.exec(section)?.[1] ?? `tests/${name}.rs`;
    return files.includes(path) ? section : "";
  }
  if (!section.startsWith("[dev-dependencies]")) return section;
  return section.replace(/^([\w-]+) = .*\n/gm, (line, name: string) =>
    isUsed(name.replaceAll("-", "_")) ? line : "",
  );
}
