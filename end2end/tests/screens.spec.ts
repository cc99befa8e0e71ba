import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./page";
import { serveThisFile } from "./server";

// Every screen at three widths, light and dark: no sideways scroll, nothing that axe knows to be wrong.
const assay = serveThisFile();

for (const width of [360, 768, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`screens at ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      for (const place of ["/", "/contracts/1", "/verify"]) {
        await page.goto(assay.url + place);
        await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wider, `${place} scrolls sideways`).toBeLessThanOrEqual(0);
        const found = await new AxeBuilder({ page }).analyze();
        expect(found.violations, place).toEqual([]);
      }
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
