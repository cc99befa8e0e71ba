import { exact, valueOf } from "./exact";
import { Machine } from "./machine";
import { expect, test } from "./page";
import { DEMO_PASSWORD, Person, contractOf, inspect, poolOf, signIn, signUp } from "./people";
import { serveThisFile } from "./server";

// A buyer rents with constraints: the quote first, then the pool and the order, then the contract. With JavaScript and without.
const assay = serveThisFile();

// Between what the demo's buyers bid and what its hosts ask.
const FINNISH_PRICE = 1_400_000;
const PARAGUAYAN_PRICE = 1_350_000;

test.beforeAll(async () => {
  const [finn, paul] = [await Person.arrives(assay, "finn"), await Person.arrives(assay, "paul")];
  await finn.sells("FI", 400, FINNISH_PRICE);
  await paul.sells("PY", 400, PARAGUAYAN_PRICE);
  await Promise.all([finn.leaves(), paul.leaves()]);
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("buyer rents with constraints", async ({ page, complaints }) => {
      complaints.allow(/status of 4\d\d/);
      // What a page without scripts preloads in vain.
      if (!javaScriptEnabled) complaints.allow(/\(csp\)$|preloaded using link preload/);
      await signUp(page, assay, javaScriptEnabled ? "berta" : "bruno", 5_000_000);
      await page.goto(`${assay.url}/buy`);
      await page.getByLabel("Hashrate", { exact: true }).fill("1,5");
      await page.getByRole("button", { name: "Show the quote" }).click();
      await expect(page.getByTestId("field-error")).toContainText("above 0");
      await expect(page.getByLabel("Hashrate", { exact: true })).toHaveValue("1,5");

      // Without a constraint the cheaper host is first.
      await page.getByLabel("Hashrate", { exact: true }).fill("100");
      await page.getByRole("button", { name: "Show the quote" }).click();
      await expect(page.getByTestId("quote-country").first()).toHaveAttribute("data-country", "PY");

      await page.getByText("Constraints: where and how it is mined").click();
      await page.getByLabel("Countries", { exact: true }).selectOption("except");
      await page.getByLabel("Which countries").fill("PY");
      await page.getByRole("button", { name: "Show the quote" }).click();
      await expect(page.getByTestId("quote-country")).toHaveCount(1);
      await expect(page.getByTestId("quote-country")).toHaveAttribute("data-country", "FI");
      expect(await exact(page, "quote-fillable")).toBe(100_000);
      expect(await exact(page, "quote-worst")).toBe(FINNISH_PRICE * 1e9);
      expect(await exact(page, "quote-day")).toBe(FINNISH_PRICE / 10);
      await expect(page.getByTestId("quote-leaving")).toContainText("Give notice at any time");
      const excluded = page.locator('[data-testid=excluded-row][data-constraint="countries"]');
      expect(await valueOf(excluded.locator('[data-label="Keeps out"]'))).toBeGreaterThan(0);
      const without = excluded.locator('[data-label="Average price without it"]');
      expect(await valueOf(without)).toBe(PARAGUAYAN_PRICE * 1e9);

      await page.getByLabel("Budget in sat").fill("300000");
      await page.getByLabel("Address", { exact: true }).fill("169.254.169.254:3333");
      await page.getByLabel("Login at the pool").fill("berta.assay");
      await page.getByLabel("Password at the pool").fill("not-in-an-address");
      await page.getByRole("button", { name: "Check the pool and the order" }).click();
      await expect(page.getByTestId("field-error")).toContainText("not public");
      await expect(page.getByLabel("Login at the pool")).toHaveValue("berta.assay");
      await expect(page.getByLabel("Password at the pool")).toHaveValue("");
      await page.getByLabel("Address", { exact: true }).fill(await poolOf(assay));
      await page.getByRole("button", { name: "Check the pool and the order" }).click();
      await expect(page.getByTestId("pool-report")).toHaveAttribute("data-usable", "true");
      expect(await exact(page, "review-filled")).toBe(100_000);
      expect(await exact(page, "review-escrow")).toBe(300_000);
      expect(await exact(page, "funds")).toBe(5_000_000);
      await page.getByTestId("place").click();
      await expect(page.getByTestId("done")).toContainText("traded whole");
      expect(page.url()).not.toContain("not-in-an-address");
      await page.getByTestId("opened-contract").click();
      await expect(page.getByTestId("host-place")).toContainText("FI");
      expect(await exact(page, "escrow-now")).toBe(300_000);
      const id = Number(/contracts\/(\d+)/.exec(page.url())![1]);
      expect((await contractOf(assay, id)).host).toBe("finn");

      const machine = new Machine(assay.stratum, "finn.rig1");
      machine.start();
      try {
        const shares = async () => {
          if (!javaScriptEnabled) await page.reload();
          return exact(page, "accepted");
        };
        await expect.poll(shares, { timeout: 60_000 }).toBeGreaterThan(0);
      } finally {
        await machine.stop();
      }

      await page.getByRole("button", { name: "Give notice" }).click();
      await expect(page.getByTestId("contract-notice")).toContainText("given by the buyer");
    });
  });
}

test("a bid that waits is made smaller and taken out", async ({ page, complaints }) => {
  complaints.allow(/status of 4\d\d/);
  await signUp(page, assay, "boris", 5_000_000);
  await page.goto(`${assay.url}/buy?product=7d&hashrate=100&hashrate_unit=kh&countries_are=only&countries=IS`);
  await expect(page.getByTestId("nothing-fillable")).toBeVisible();
  await page.getByLabel("Limit price", { exact: true }).fill("1000000");
  await page.getByLabel("Budget in sat").fill("2000000");
  await page.getByLabel("Address", { exact: true }).fill(await poolOf(assay));
  await page.getByLabel("Login at the pool").fill("boris.assay");
  await page.getByRole("button", { name: "Check the pool and the order" }).click();
  expect(await exact(page, "review-resting")).toBe(100_000);
  await page.getByTestId("place").click();
  await expect(page.getByTestId("done")).toContainText("waits in the book");
  const row = page.getByTestId("own-order");
  await expect(row).toContainText("only IS");
  await page.getByLabel(/^Reduce order \d+ by$/).fill("100");
  await page.getByRole("button", { name: /^Reduce order/ }).click();
  await expect(page.getByTestId("form-error")).toBeVisible();
  await page.getByLabel(/^Reduce order \d+ by$/).fill("40");
  await page.getByRole("button", { name: /^Reduce order/ }).click();
  await expect(page.getByTestId("done")).toBeVisible();
  expect(await valueOf(row.locator('[data-label="Open"]'))).toBe(60_000);
  await page.getByRole("button", { name: "Cancel all orders" }).click();
  await expect(row).toHaveCount(0);
  await page.goto(`${assay.url}/account`);
  expect(await exact(page, "available-sats")).toBe(5_000_000);
});

test("the home page shows books by product and listings by country", async ({ page }) => {
  await page.goto(assay.url);
  await expect(page.locator('[data-testid=listing-row][data-country="PY"]')).toHaveCount(1);
  await page.getByTestId("country-filter").filter({ hasText: "FI" }).click();
  await expect(page.locator('[data-testid=listing-row][data-country="PY"]')).toHaveCount(0);
  await expect(page.locator('[data-testid=listing-row][data-country="FI"]')).toHaveCount(1);
  await page.getByTestId("product-tab").filter({ hasText: "7 days" }).click();
  await expect(page.getByTestId("product-tab").filter({ hasText: "7 days" })).toHaveAttribute("aria-current", "page");
  await expect(page.getByTestId("order-book")).toBeVisible();
});

for (const width of [360, 768, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`buying at ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await signIn(page, assay, "demo-buyer", DEMO_PASSWORD);
      const wish = "hashrate=100&hashrate_unit=kh&countries_are=except&countries=PY&max_country_percent=90";
      for (const place of ["/buy", `/buy?product=spot&${wish}`, "/orders", "/", "/contracts/1", "/contracts/1/invoice"]) {
        await page.goto(assay.url + place);
        await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
        await inspect(page, place);
      }
    });
  }
}
