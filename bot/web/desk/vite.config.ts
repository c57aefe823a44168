import { defineConfig } from "vite";

/** The staff's page, served at the root of the desk service. */
export default defineConfig({
  root: new URL(".", import.meta.url).pathname,
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/desk",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
