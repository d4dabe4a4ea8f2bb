import { fileURLToPath } from "node:url";

/** Builds the page of the peer into a folder, for production as the dashboard is. */
export async function buildPeer(folder: string): Promise<void> {
  // Other benches need neither.
  const [{ build }, { default: react }] = await Promise.all([import("vite"), import("@vitejs/plugin-react")]);
  await build({
    root: fileURLToPath(new URL("./peer", import.meta.url)),
    configFile: false,
    logLevel: "warn",
    base: "./",
    plugins: [react()],
    // The page is a single chunk; how large it is does not matter here.
    build: {
      outDir: folder,
      emptyOutDir: true,
      chunkSizeWarningLimit: 2_000,
      modulePreload: { polyfill: false },
    },
  });
}
