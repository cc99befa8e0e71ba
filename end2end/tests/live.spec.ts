import type { Page } from "@playwright/test";
import { exact } from "./exact";
import { expect, test } from "./page";
import { serveThisFile } from "./server";
import { openVerifier } from "./verifier";

// Pages that stay open: many of them, over a restart of the server, and in another zone.
const assay = serveThisFile();

async function openContract(page: Page): Promise<void> {
  await page.goto(`${assay.url}/contracts/1`);
  await expect(page.getByTestId("live-badge")).toHaveAttribute("data-state", "live");
}

/** What a browser does to a tab when another comes to the front; Playwright keeps all its tabs in front. */
async function turn(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    const state = hidden ? "hidden" : "visible";
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, hidden);
}

test("tabs in the background leave the server's connections to the one in front", async ({ context }) => {
  const tabs: Page[] = [];
  for (let opened = 0; opened < 7; opened += 1) {
    const tab = await context.newPage();
    await openContract(tab);
    if (opened < 6) await turn(tab, true);
    tabs.push(tab);
  }
  const front = tabs[6];
  await front.getByTestId("verify-button").click();
  await expect(front.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  await openVerifier(front, assay);

  const [first] = tabs;
  const stood = await exact(first, "accepted");
  await turn(first, false);
  await expect.poll(() => exact(first, "accepted")).toBeGreaterThan(stood);
  await expect(first.getByTestId("live-badge")).toHaveAttribute("data-state", "live");
});

test("the server restarts under an open page", async ({ page, complaints }) => {
  complaints.allow(/ERR_(CONNECTION_(REFUSED|RESET)|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/);
  await openContract(page);
  const badge = page.getByTestId("live-badge");
  const before = await exact(page, "accepted");
  await assay.kill();
  await expect(badge).toHaveAttribute("data-state", "stale");
  await expect(badge).toContainText("Reconnecting");
  await assay.restart();
  await expect(badge).toHaveAttribute("data-state", "live");
  await expect.poll(() => exact(page, "accepted")).toBeGreaterThan(before);
});

test.describe("a reader in Tokyo", () => {
  test.use({ timezoneId: "Asia/Tokyo" });

  test("reads local times, with UTC one click away and remembered", async ({ page }) => {
    const html = await (await page.request.get(assay.url)).text();
    expect(html).toMatch(/<time datetime="[^"]+Z">[^<]+ UTC/);
    await page.goto(assay.url);
    const time = page.getByTestId("last-trade").locator("time");
    await expect(time).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\+9$/);
    const at = await time.getAttribute("datetime");
    expect(at).toMatch(/Z$/);
    const tokyo = new Date(Date.parse(at!) + 9 * 3_600_000).toISOString();
    await expect(time).toContainText(`${tokyo.slice(0, 10)} ${tokyo.slice(11, 19)}`);
    await page.getByTestId("zone-button").click();
    await expect(time).toHaveText(`${at!.slice(0, 10)} ${at!.slice(11, 19)} UTC`);
    await page.reload();
    await expect(page.getByTestId("zone-button")).toHaveText("Times: UTC");
    await expect(time).toHaveText(/ UTC$/);
  });
});
