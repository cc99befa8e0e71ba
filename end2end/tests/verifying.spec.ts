import type { Page } from "@playwright/test";
import { exact } from "./exact";
import { expect, test } from "./page";
import { serveThisFile, settled } from "./server";

// Between the click and the verdict: the progress, the keyboard, and what can go wrong on the way.
const assay = serveThisFile();

/** Gives the page three quarters of each bundle, and the rest at `rest()`. */
async function holdRest(page: Page): Promise<{ rest: () => Promise<void>; asked: () => number }> {
  let asked = 0;
  await page.exposeFunction("countBundle", () => void (asked += 1));
  await page.addInitScript(() => {
    const fetched = window.fetch;
    const scope = window as any;
    scope.restOfBundle = new Promise((resolve) => (scope.sendRest = resolve));
    window.fetch = async (input, init) => {
      const response = await fetched(input, init);
      if (!response.url.endsWith("/bundle")) return response;
      await scope.countBundle();
      const bytes = new Uint8Array(await response.arrayBuffer());
      const most = Math.floor((bytes.length * 3) / 4);
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(bytes.slice(0, most));
          await scope.restOfBundle;
          controller.enqueue(bytes.slice(most));
          controller.close();
        },
      });
      return new Response(body, { headers: response.headers });
    };
  });
  return { rest: () => page.evaluate(() => (window as any).sendRest()), asked: () => asked };
}

async function openContract(page: Page): Promise<void> {
  await page.goto(`${assay.url}/contracts/1`);
  await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
}

test("the bar moves with the bytes, the button waits, and the verdict takes the focus", async ({ page }) => {
  // By then three quarters hold shares, and not only what introduces them.
  const before = await settled(assay, 2);
  const bundle = await holdRest(page);
  await openContract(page);
  const button = page.getByTestId("verify-button");
  await button.focus();
  await page.keyboard.press("Enter");
  const bar = page.getByTestId("verify-progress").locator("progress");
  const share = () => bar.evaluate((bar: HTMLProgressElement) => bar.position);
  await expect.poll(share).toBeGreaterThan(0.7);
  expect(await share()).toBeLessThan(0.8);
  await expect(page.getByTestId("verify-progress")).toContainText(/[1-9].* shares · .* 0 invalid · .* of /);
  await expect(button).toBeFocused();
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Enter");
  await bundle.rest();
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  await expect(page.locator("#verdict-heading")).toBeFocused();
  await expect(button).toHaveAttribute("aria-disabled", "false");
  expect(await exact(page, "verdict-shares-valid")).toBeGreaterThanOrEqual(before.shares_total);
  expect(bundle.asked()).toBe(1);
});

test("cancel stops half-way, and the next verification begins cleanly", async ({ page }) => {
  await settled(assay, 2);
  const bundle = await holdRest(page);
  await openContract(page);
  await page.getByTestId("verify-button").click();
  const cancel = page.getByRole("button", { name: "Cancel" });
  await expect(page.getByTestId("verify-progress")).toContainText(/[1-9].* shares · .* of /);
  await cancel.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("cancelled")).toBeFocused();
  await expect(page.getByTestId("verdict")).toHaveCount(0);
  await bundle.rest();
  await page.getByTestId("verify-button").click();
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
});

test("cancel while the server has not answered gives the request up", async ({ page }) => {
  await page.route("**/bundle", () => {});
  await openContract(page);
  const asked = page.waitForRequest("**/bundle");
  const given = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/bundle"));
  await page.getByTestId("verify-button").click();
  await asked;
  await page.getByRole("button", { name: "Cancel" }).click();
  expect((await given).failure()?.errorText).toBe("net::ERR_ABORTED");
  await expect(page.getByTestId("cancelled")).toBeFocused();
  await page.unroute("**/bundle");
  await page.getByTestId("verify-button").click();
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
});

test("a verifier that ends half-way is a sentence and a way on", async ({ page }) => {
  await settled(assay, 2);
  const bundle = await holdRest(page);
  await openContract(page);
  await page.getByTestId("verify-button").click();
  await expect(page.getByTestId("verify-progress")).toContainText(/[1-9].* shares · .* of /);
  await page.workers()[0].evaluate(() => void setTimeout(() => { throw new Error("the end"); }));
  const notice = page.getByTestId("notice");
  await expect(notice).toContainText("The verifier ended unexpectedly. Nothing is known about the bundle.");
  await expect(notice).toBeFocused();
  await bundle.rest();
  await notice.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
});

test("a payment that the ledger does not list yet is waited for, and never called different", async ({ page }) => {
  await settled(assay, 2);
  let listed = false;
  await page.route("**/api/pages/contract*", async (route) => {
    const response = await route.fetch();
    const contract = await response.json();
    if (!listed) contract.settlements = [];
    await route.fulfill({ response, json: contract });
  });
  await openContract(page);
  await page.getByTestId("verify-button").click();
  const bill = page.getByTestId("verdict-bill");
  await expect(bill).toHaveText("not settled yet");
  await expect(bill).not.toHaveAttribute("data-equal");
  listed = true;
  await expect(bill).toHaveAttribute("data-equal", "true");
  expect(await exact(page, "verdict-paid")).toBe(await exact(page, "verdict-owed-sealed"));
});
