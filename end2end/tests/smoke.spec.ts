import { expect, test } from "./page";
import { serveThisFile } from "./server";

const assay = serveThisFile();

test("the home page loads, starts its wasm and complains of nothing", async ({ page }) => {
  const wasm = page.waitForResponse((response) => new URL(response.url()).pathname.endsWith(".wasm"));
  const response = await page.goto(assay.url);
  expect(response?.status()).toBe(200);
  await expect(page.locator("h1")).toHaveCount(1);
  expect((await wasm).status()).toBe(200);
  // An error of the start is reported once the browser has nothing left to do.
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
});
