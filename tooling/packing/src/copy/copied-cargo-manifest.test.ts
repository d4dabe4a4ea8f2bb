import { expect, test } from "vitest";
import { copiedCargoManifest } from "./copied-cargo-manifest.ts";

const TEXT = `[package]
name = "app"

[dependencies]
serde = "=1.0.0"

[dev-dependencies]
libtest-mimic = "=0.8.2"
tempfile = "=3.27.0"

[[test]]
name = "vectors"
harness = false

[[test]]
name = "more"
path = "tests/other.rs"

[lints.rust]
unsafe_code = "deny"
`;

test("tests that stay behind, and what only they depend on, are not in the manifest of a copy", () => {
  const copied = copiedCargoManifest(TEXT, {
    files: ["Cargo.toml", "src/main.rs"],
    isUsed: (crate) => crate === "tempfile",
  });
  expect(copied).toBe(`[package]
name = "app"

[dependencies]
serde = "=1.0.0"

[dev-dependencies]
tempfile = "=3.27.0"

[lints.rust]
unsafe_code = "deny"
`);
});

test("a manifest whose tests all come along stays as it is", () => {
  const files = ["tests/vectors.rs", "tests/other.rs"];
  expect(copiedCargoManifest(TEXT, { files, isUsed: () => true })).toBe(TEXT);
});
