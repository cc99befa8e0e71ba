import type { Page } from "@playwright/test";
import { expect, test } from "./page";
import { serveThisFile } from "./server";

// One buyer's way through the main job. The numbers are held against the database, read by another process.
const assay = serveThisFile();

/** The exact integer behind a displayed number. */
async function exact(page: Page, testid: string): Promise<number> {
  return Number(await page.getByTestId(testid).first().getAttribute("data-value"));
}

async function openContract(page: Page): Promise<void> {
  await page.goto(assay.url);
  await page.getByTestId("contract-link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Contract 1");
}

/** Waits until the database has at least this many settled epochs of the contract. */
async function settled(epochs: number): Promise<any> {
  let contract: any;
  await expect
    .poll(async () => (contract = (await assay.audit()).contracts[0])?.epochs ?? 0, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(epochs);
  return contract;
}

test("the home page shows the market that the journal makes", async ({ page }) => {
  await page.goto(assay.url);
  const audit = await assay.audit();
  expect(audit.asks.length).toBeGreaterThan(0);
  expect(audit.bids.length).toBeGreaterThan(0);
  for (const [side, levels] of [["ask", audit.asks], ["bid", audit.bids]]) {
    const rows = page.getByTestId(`${side}-row`);
    await expect(rows).toHaveCount(levels.length);
    for (const [index, [price, hashrate]] of levels.entries()) {
      const values = rows.nth(index).locator("[data-value]");
      expect(await values.evaluateAll((all) => all.map((one) => one.getAttribute("data-value")))).toEqual(
        expect.arrayContaining([price, hashrate]),
      );
    }
  }
  // The best ask is what is left of the order that traded.
  await expect(page.getByTestId("last-trade")).toHaveAttribute("data-value", audit.asks[0][0]);
  await expect(page.getByTestId("contract-row")).toHaveCount(1);
});

test("the contract's page counts shares as they arrive and shows what the ledger paid", async ({ page }) => {
  await openContract(page);
  await expect(page.getByTestId("live-badge")).toHaveAttribute("data-state", "live");
  const before = await exact(page, "accepted");
  await expect.poll(() => exact(page, "accepted")).toBeGreaterThan(before);
  await settled(2);
  // The page is at most one event behind: its number must be one that the database has had.
  await expect
    .poll(async () => {
      const paid = await exact(page, "paid-sats");
      return paid > 0 && (await assay.audit()).contracts[0].paid_total_by_epoch_sats.includes(paid);
    })
    .toBe(true);
  const delivered = page.getByTestId("delivered").first();
  expect(Number(await delivered.getAttribute("data-value"))).toBeGreaterThan(0);
  await expect(delivered.locator("..")).toContainText("95 %");
  for (const count of ["stale", "rejected"]) expect(await exact(page, count)).toBeGreaterThanOrEqual(0);
  await expect(page.getByTestId("worker-row")).toHaveCount(3);
  expect(await page.getByTestId("settlement-row").count()).toBeGreaterThanOrEqual(2);
});

test("the browser verifies the bundle and comes to the sum that the ledger paid", async ({ page }) => {
  await settled(2);
  await openContract(page);
  const shown = await exact(page, "accepted");
  await page.getByTestId("verify-button").click();
  const verdict = page.getByTestId("verdict");
  await expect(verdict).toHaveAttribute("data-valid", "true");
  expect(await exact(page, "verdict-shares-valid")).toBeGreaterThanOrEqual(shown);
  expect(await exact(page, "verdict-shares-invalid")).toBe(0);
  expect(await exact(page, "verdict-work")).toBeGreaterThan(0);
  await expect(page.getByTestId("verdict-bill")).toHaveAttribute("data-equal", "true");
  const owed = await exact(page, "verdict-owed-sealed");
  expect(await exact(page, "verdict-paid")).toBe(owed);
  const contract = (await assay.audit()).contracts[0];
  expect(owed).toBeGreaterThan(0);
  expect(contract.paid_total_by_epoch_sats).toContain(owed);
  await expect(verdict).toContainText("cannot show");
});

test("a page without JavaScript shows the numbers of the moment", async ({ browser }) => {
  await settled(1);
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${assay.url}/contracts/1`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Contract 1");
  expect(await exact(page, "accepted")).toBeGreaterThan(0);
  await expect(page.getByTestId("worker-row")).toHaveCount(3);
  await page.context().close();
});

test("a contract that is not there is a page that says so", async ({ page, complaints }) => {
  // Chromium reports the page's own status.
  complaints.allow(/status of 404/);
  const response = await page.goto(`${assay.url}/contracts/99`);
  expect(response?.status()).toBe(404);
  await expect(page.getByTestId("not-found")).toBeVisible();
});
