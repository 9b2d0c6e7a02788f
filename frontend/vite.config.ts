import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const backend = process.env.AEGIS_BACKEND ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    // Data-URL assets would need a wider content policy than 'self'.
    assetsInlineLimit: 0,
    // The preload helper may not write inline markup; plain link tags pass the content policy.
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { "/api": { target: backend }, "/health": { target: backend } } },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost:3000/" } },
    globals: false,
    setupFiles: ["./src/testing/setup.ts"],
    css: false,
    restoreMocks: true,
    unstubGlobals: true,
    // Two documents and one loading of the modules for each worker, not for each file: half the time. What a test
    // leaves behind is cleared after each (testing/setup.ts).
    isolate: false,
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
