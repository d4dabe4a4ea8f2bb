import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";
import { dashboardHeaders, headersFile } from "./serve/headers.ts";

const PLATFORM = "wss://mqtt.tesaiot.com:8085/mqtt";

/** The page is put into any folder of any server, so it names its parts relative to itself. */
export default defineConfig(({ mode }) => {
  const env = { ...loadEnv(mode, import.meta.dirname, ["TESA_", "VITE_", "PORT"]), ...process.env };
  // Unless it is said where the page may connect to, it is to the broker that it offers.
  const allowed = env.TESA_DASHBOARD_CONNECT ?? new URL(env.VITE_MQTT_BROKER_URL || PLATFORM).origin;
  const connect = allowed.split(/[\s,]+/).filter(Boolean);
  return {
    base: "./",
    plugins: [
      react(),
      tailwindcss(),
      {
        name: "tesa-headers-file",
        // For hosts that read one, such as Cloudflare's static assets.
        generateBundle() {
          this.emitFile({ type: "asset", fileName: "_headers", source: headersFile({ connect }) });
        },
      },
    ],
    resolve: { conditions: ["tesa-source", "module", "browser", "development|production"] },
    build: {
      target: "es2024",
      // Chunks loaded on demand are few; the polyfill would be an inline script's worth of code for nothing.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
    preview: {
      host: "127.0.0.1",
      // Where somebody has named a port, another one is no help.
      ...(env.PORT ? { port: Number(env.PORT), strictPort: true } : {}),
      headers: dashboardHeaders({ connect }),
    },
  };
});
