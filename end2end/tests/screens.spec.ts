import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./page";
import { serveThisFile, settled } from "./server";
import { drop, openVerifier } from "./verifier";

// Every screen at three widths, light and dark: no sideways scroll, nothing that axe knows to be wrong.
const assay = serveThisFile();

async function inspect(page: Page, what: string): Promise<void> {
  const wider = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(wider, `${what} scrolls sideways`).toBeLessThanOrEqual(0);
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations, what).toEqual([]);
}

for (const width of [360, 768, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`screens at ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      for (const place of ["/", "/contracts/1", "/verify"]) {
        await page.goto(assay.url + place);
        await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
        await inspect(page, place);
      }
    });

    test(`verdicts at ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await settled(assay, 1);
      await page.goto(`${assay.url}/contracts/1`);
      await page.getByTestId("verify-button").click();
      await expect(page.getByTestId("verdict-bill")).toHaveAttribute("data-equal", "true");
      await expect(page.getByTestId("verdict")).toHaveAttribute("aria-busy", "false");
      await inspect(page, "a valid verdict");

      const bytes = await assay.bundle();
      bytes[bytes.length >> 1] ^= 0x20;
      await openVerifier(page, assay);
      await drop(page, [{ name: "changed.assay", bytes }]);
      await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "false");
      // The longest code that there is, wherever the changed byte happens to stand.
      await page.getByTestId("fault-row").first().locator("code").evaluate((code) => {
        code.textContent = "version_bits_outside_mask";
      });
      await expect(page.getByTestId("verdict")).toHaveAttribute("aria-busy", "false");
      await inspect(page, "a verdict with faults");
    });
  }
}

test("the keyboard reaches everything, the skip link first", async ({ page }) => {
  await page.goto(assay.url);
  await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveAttribute("href", /^#/);
  const link = page.getByTestId("contract-link").first();
  for (let presses = 0; presses < 30; presses += 1) {
    if (await link.evaluate((one) => one === document.activeElement)) break;
    await page.keyboard.press("Tab");
  }
  await expect(link).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Contract 1");
});
