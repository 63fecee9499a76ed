import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../build/ui",
    emptyOutDir: true,
    target: ["chrome111", "firefox113", "safari16.4"],
    // The content security policy allows no data: scripts or styles, and a file is cached for good.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", docs: "docs.html" },
      checks: { pluginTimings: false }, // Compiling Svelte takes most of the time; that is no news at every build.
    },
  },
});
