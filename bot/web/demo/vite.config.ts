import { defineConfig } from "vite";

/** The demo bank's page; it embeds the widget like any bank does. */
export default defineConfig({
  root: new URL(".", import.meta.url).pathname,
  base: "/",
  build: {
    outDir: "../dist",
    emptyOutDir: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
