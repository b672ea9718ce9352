// Which Chromium, and how it is started. Set CHROMIUM to use another one.
import { existsSync } from "node:fs";

// The one without windows first: it needs half the time.
const SYSTEM = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const launchOptions = {
  // Undefined: the one that Playwright installed for itself.
  executablePath: process.env.CHROMIUM ?? SYSTEM.find(existsSync),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    // The browser's own errands reach out to networks that a test machine may not have.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export const sizes = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};

export const china = { locale: "zh-CN", timezoneId: "Asia/Shanghai" };
