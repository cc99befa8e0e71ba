import { defineConfig } from "@playwright/test";

const [node] = process.versions.node.split(".");
if (Number(node) < 20) {
  console.error(`The browser journeys need Node.js 20 or newer, and this is ${process.version}.`);
  process.exit(1);
}

// Debian's Chromium. `cargo xtask test` sets CHROMIUM and ASSAY_BIN; each test file starts a server of its own.
export default defineConfig({
  testDir: "tests",
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // The miners of each server keep a core busy, and a journey that passes at the second try has failed.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
