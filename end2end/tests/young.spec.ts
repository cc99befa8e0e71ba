import { exact } from "./exact";
import { expect, test } from "./page";
import { serveThisFile } from "./server";

// A contract in its first epoch, which here does not end.
const assay = serveThisFile(3_600);

test("before the first epoch is sealed the verdict claims no payment", async ({ page }) => {
  await page.goto(`${assay.url}/contracts/1`);
  await expect.poll(() => exact(page, "accepted")).toBeGreaterThan(0);
  await page.getByTestId("verify-button").click();
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  expect(await exact(page, "verdict-shares-valid")).toBeGreaterThan(0);
  const bill = page.getByTestId("verdict-bill");
  await expect(bill).toHaveText(/^Nothing was due yet: the first epoch is sealed and paid in (59 min \d\d s|1 h 00 min)\.$/);
  await expect(bill).not.toHaveAttribute("data-equal");
  expect((await assay.audit()).contracts[0].paid_sats).toBe(0);
});
