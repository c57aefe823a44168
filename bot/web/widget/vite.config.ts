import { defineConfig } from "vite";

/** One file with one global, for one script tag in a bank's page. */
export default defineConfig({
  root: new URL(".", import.meta.url).pathname,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: "main.tsx", formats: ["iife"], name: "Qiantai", fileName: () => "widget.js" },
  },
  define: { "process.env.NODE_ENV": '"production"' },
});
