import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `MRS_API` is a running `mrs serve`; only the development server uses it.
const api = process.env.MRS_API ?? "http://127.0.0.1:8000";

// The page shows the version of the API that it is built for.
const { info } = JSON.parse(readFileSync(new URL("../docs/openapi.json", import.meta.url), "utf8"));

export default defineConfig({
  define: { MRS_VERSION: JSON.stringify(info.version) },
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 600,
  },
  server: { host: "127.0.0.1", proxy: { "/api": api, "/cognito": api, "/config.json": api, "/s3": api } },
});
