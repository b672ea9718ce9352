import { defineConfig } from "@playwright/test";
import { china, launchOptions, sizes } from "./browser.js";

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  reporter: [["list"]],
  use: { ...china, contextOptions: { reducedMotion: "reduce" }, launchOptions, actionTimeout: 10_000, serviceWorkers: "allow" },
  projects: [
    { name: "phone", use: sizes.phone },
    // Without script, or without WebAssembly (Lockdown Mode, old webviews), the same pages are sent to every size.
    { name: "desktop", use: sizes.desktop, grepInvert: /no wasm|no script/ },
  ],
});
