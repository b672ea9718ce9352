// `make pictures`: every page, in both sizes and all modes.
import { defineConfig } from "@playwright/test";
import { china, launchOptions } from "./browser.js";

export default defineConfig({
  testDir: "pictures",
  fullyParallel: true,
  workers: 2,
  timeout: 120_000,
  maxFailures: 1,
  reporter: [["line"]],
  use: { ...china, contextOptions: { reducedMotion: "reduce" }, launchOptions, actionTimeout: 10_000 },
});
