import type { Page } from "@playwright/test";
import { exact } from "./exact";
import { expect, test } from "./page";
import { serveThisFile, settled } from "./server";

// One buyer's way through the main job. The numbers are held against the database, read by another process.
const assay = serveThisFile();

async function openContract(page: Page): Promise<void> {
  await page.goto(assay.url);
  await page.getByTestId("contract-link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Contract 1");
}

/** What the page shows at one moment: the sum paid, and each row of the settlements, newest first. */
function settlementsOf(page: Page): Promise<{ paid: number; rows: Record<string, number>[] }> {
  return page.evaluate(() => {
    const value = (place: Element | null) => Number(place?.getAttribute("data-value") ?? NaN);
    const rows = [...document.querySelectorAll("[data-testid=settlement-row]")].map((row) => {
      const cell = (label: string) => value(row.querySelector(`[data-label="${label}"]`));
      return {
        epoch: Number(row.getAttribute("data-epoch")),
        shares: cell("Shares so far"),
        host: cell("To the host"),
        fee: cell("Fee"),
        paid: cell("Paid so far"),
      };
    });
    return { paid: value(document.querySelector("[data-testid=paid-sats]")), rows };
  });
}

test("the home page shows the market that the journal makes", async ({ page }) => {
  await page.goto(assay.url);
  const audit = await assay.audit();
  expect(audit.asks.length).toBeGreaterThan(0);
  expect(audit.bids.length).toBeGreaterThan(0);
  for (const [side, levels] of [["ask", audit.asks], ["bid", audit.bids]] as const) {
    const rows = page.getByTestId(`${side}-row`);
    await expect(rows).toHaveCount(levels.length);
    for (const [index, [price, hashrate]] of levels.entries()) {
      const row = rows.nth(index);
      await expect(row.locator('[data-label="Price"]')).toHaveAttribute("data-value", price);
      await expect(row.locator('[data-label="Hashrate"]')).toHaveAttribute("data-value", hashrate);
    }
  }
  const trade = page.getByTestId("last-trade");
  await expect(trade).toHaveAttribute("data-value", audit.last_trade!.price);
  await expect(trade).toHaveAttribute("data-hashrate", audit.last_trade!.hashrate);
  await expect(page.getByTestId("contract-row")).toHaveCount(1);
});

test("the contract's page counts shares as they arrive", async ({ page }) => {
  await openContract(page);
  await expect(page.getByTestId("live-badge")).toHaveAttribute("data-state", "live");
  const first = await exact(page, "accepted");
  await expect.poll(() => exact(page, "accepted")).toBeGreaterThan(first);
  // Once the page lists an epoch, it counts at least the shares of that one.
  const before = await settled(assay, 1);
  await expect(page.locator(`[data-testid=settlement-row][data-epoch="${before.epochs - 1}"]`)).toHaveCount(1);
  const accepted = await exact(page, "accepted");
  expect(accepted).toBeGreaterThanOrEqual(before.shares_total);
  // The epoch that is open after the page was read holds every share that the page counted.
  const open = (await assay.audit()).contracts[0].epochs;
  const after = await settled(assay, open + 1);
  expect(accepted).toBeLessThanOrEqual(after.settlements[open].shares_total);

  const delivered = page.getByTestId("delivered").first();
  expect(await exact(page, "delivered")).toBeGreaterThan(0);
  await expect(delivered.locator("..")).toContainText("95 %");
  for (const count of ["stale", "rejected"]) {
    expect(await exact(page, count)).toBeGreaterThanOrEqual(0);
    await expect(page.getByTestId(count).locator("..")).toContainText("since the server's start");
  }
  await expect(page.getByTestId("worker-row")).toHaveCount(3);
});

test("each settlement on the page is the one that the ledger's transfers make", async ({ page }) => {
  await settled(assay, 2);
  await openContract(page);
  let shown = await settlementsOf(page);
  let contract = (await assay.audit()).contracts[0];
  // The page may be one event behind: wait for a moment at which both are at the same epoch.
  await expect
    .poll(async () => {
      shown = await settlementsOf(page);
      contract = (await assay.audit()).contracts[0];
      return contract.epochs === shown.rows.length;
    })
    .toBe(true);
  expect(shown.paid).toBeGreaterThan(0);
  expect(shown.paid).toBe(contract.paid_sats);
  const expected = contract.settlements.map((settlement, index) => ({
    epoch: settlement.epoch,
    shares: settlement.shares_total,
    host: settlement.paid_sats - settlement.fee_sats,
    fee: settlement.fee_sats,
    paid: contract.settlements.slice(0, index + 1).reduce((sum, one) => sum + one.paid_sats, 0),
  }));
  expect(shown.rows).toEqual(expected.reverse());
});

test("the browser verifies the bundle and comes to the sum that the ledger paid", async ({ page }) => {
  const before = await settled(assay, 2);
  await openContract(page);
  const shown = await exact(page, "accepted");
  await page.getByTestId("verify-button").click();
  const verdict = page.getByTestId("verdict");
  await expect(verdict).toHaveAttribute("data-valid", "true");
  const shares = await exact(page, "verdict-shares-valid");
  expect(shares).toBeGreaterThanOrEqual(shown);
  expect(shares).toBeGreaterThanOrEqual(before.shares_total);
  expect(await exact(page, "verdict-shares-invalid")).toBe(0);
  expect(await exact(page, "verdict-work")).toBeGreaterThan(0);
  await expect(page.getByTestId("verdict-bill")).toHaveAttribute("data-equal", "true");
  const owed = await exact(page, "verdict-owed-sealed");
  expect(await exact(page, "verdict-paid")).toBe(owed);
  await expect(verdict).toContainText("cannot show");

  // The sum names the last sealed epoch of the bundle, and its shares lie between that epoch's end and the next one's.
  const paid = (await assay.audit()).contracts[0].paid_total_by_epoch_sats;
  const last = paid.indexOf(owed);
  expect(last).toBeGreaterThanOrEqual(before.epochs - 1);
  const after = await settled(assay, last + 2);
  expect(after.settlements[last].owed_total_sats).toBe(owed);
  expect(shares).toBeGreaterThanOrEqual(after.settlements[last].shares_total);
  expect(shares).toBeLessThanOrEqual(after.settlements[last + 1].shares_total);
  expect(await exact(page, "verdict-fee-sealed")).toBe(
    after.settlements.slice(0, last + 1).reduce((sum, one) => sum + one.fee_sats, 0),
  );
});

test("a page without JavaScript shows the numbers of the moment", async ({ browser }) => {
  const before = await settled(assay, 1);
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${assay.url}/contracts/1`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Contract 1");
  expect(await exact(page, "accepted")).toBeGreaterThanOrEqual(before.shares_total);
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

test("a link inside the page to a contract that is not there says so too", async ({ page, complaints }) => {
  complaints.allow(/status of 404/);
  await page.goto(`${assay.url}/verify`);
  await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
  const answer = page.waitForResponse((response) => response.url().includes("/api/pages/contract"));
  await page.evaluate(() => {
    const link = document.createElement("a");
    link.href = "/contracts/99";
    document.querySelector("main")!.append(link);
    link.click();
  });
  expect((await answer).status()).toBe(404);
  await expect(page.getByTestId("not-found")).toBeVisible();
});
