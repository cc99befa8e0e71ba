import { exact, valueOf } from "./exact";
import { Machine } from "./machine";
import { expect, test } from "./page";
import { DEMO_PASSWORD, Person, contractOf, describes, inspect, listsACore, poolOf, signIn, signUp } from "./people";
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
      // Once typed it is asked for again, and never replaced.
      await page.getByLabel("Password at the pool").fill("not-in-an-address");
      await page.getByRole("button", { name: "Check the pool and the order" }).click();
      await expect(page.getByTestId("pool-report")).toHaveAttribute("data-usable", "true");
      expect(await exact(page, "review-filled")).toBe(100_000);
      expect(await exact(page, "review-escrow")).toBe(300_000);
      expect(await exact(page, "funds")).toBe(5_000_000);
      await expect(page.getByLabel("Password at the pool")).toHaveAttribute("required", "");
      await page.getByLabel("Password at the pool").fill("not-in-an-address");
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

test("a bid that trades at once or not at all trades in part, after a price that was no number", async ({ page, complaints }) => {
  complaints.allow(/status of 4\d\d/);
  const arne = await Person.arrives(assay, "arne");
  await arne.sells("AR", 60, FINNISH_PRICE + 50_000);
  await arne.leaves();
  await signUp(page, assay, "bodil", 5_000_000);
  await page.goto(`${assay.url}/buy?product=spot&hashrate=100&hashrate_unit=kh&countries_are=only&countries=AR&pool_user=evil`);
  expect(await exact(page, "quote-fillable")).toBe(60_000);
  const [price, pool] = [page.getByLabel("Limit price", { exact: true }), page.getByLabel("Address", { exact: true })];
  await expect(page.getByLabel("Login at the pool")).toHaveValue("");
  await price.fill("46,000");
  await page.getByLabel("Budget in sat").fill("300000");
  await pool.fill(await poolOf(assay));
  await page.getByLabel("Login at the pool").fill("bodil.assay");
  await page.getByText("Time in force and other terms").click();
  await page.getByLabel("Time in force", { exact: true }).selectOption("ioc");
  await page.getByRole("button", { name: "Check the pool and the order" }).click();

  // The form stays, with all that it held.
  await expect(page.getByTestId("field-error")).toContainText("A price is a number");
  await expect(price).toHaveValue("46,000");
  await expect(page.getByLabel("Budget in sat")).toHaveValue("300000");
  await expect(pool).toHaveValue(await poolOf(assay));
  await expect(page.getByLabel("Login at the pool")).toHaveValue("bodil.assay");
  await expect(page.getByLabel("Time in force", { exact: true })).toHaveValue("ioc");
  await price.fill(String(FINNISH_PRICE + 50_000));
  await page.getByRole("button", { name: "Check the pool and the order" }).click();
  expect(await exact(page, "review-filled")).toBe(60_000);
  expect(await exact(page, "review-cancelled")).toBe(40_000);
  const escrow = await exact(page, "review-escrow");
  await page.getByTestId("place").click();
  await expect(page.getByTestId("done")).toContainText(/60\.00\skH\/s traded, 40\.00\skH\/s was cancelled/);
  await expect(page.getByTestId("opened-contract")).toHaveCount(1);
  await expect(page.getByTestId("own-order")).toHaveCount(0);

  // What nobody sells any more does not trade at all.
  await page.goto(`${assay.url}/buy?product=spot&hashrate=100&hashrate_unit=kh&countries_are=only&countries=AR`);
  await price.fill(String(FINNISH_PRICE + 50_000));
  await page.getByLabel("Budget in sat").fill("300000");
  await pool.fill(await poolOf(assay));
  await page.getByLabel("Login at the pool").fill("bodil.assay");
  await page.getByText("Time in force and other terms").click();
  await page.getByLabel("Time in force", { exact: true }).selectOption("ioc");
  await page.getByLabel("Work that your pool refuses").selectOption("host");
  await page.getByRole("button", { name: "Check the pool and the order" }).click();
  expect(await exact(page, "review-cancelled")).toBe(100_000);
  await expect(page.getByLabel("Work that your pool refuses")).toHaveValue("host");
  await page.getByTestId("place").click();
  await expect(page.getByTestId("done")).toContainText("Nothing traded; all of it was cancelled.");
  await page.goto(`${assay.url}/account`);
  expect(await exact(page, "available-sats")).toBe(5_000_000 - escrow);
});

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
  await expect(row.getByTestId("form-error")).toBeVisible();
  await expect(page.getByLabel(/^Reduce order \d+ by$/)).toHaveValue("100");
  await page.getByLabel(/^Reduce order \d+ by$/).fill("40");
  await page.getByRole("button", { name: /^Reduce order/ }).click();
  await expect(page.getByTestId("done")).toBeVisible();
  expect(await valueOf(row.locator('[data-label="Open"]'))).toBe(60_000);
  await page.getByRole("button", { name: "Cancel all orders" }).click();
  await expect(row).toHaveCount(0);
  await page.goto(`${assay.url}/account`);
  expect(await exact(page, "available-sats")).toBe(5_000_000);
});

test("a day is sold with a bond and bought", async ({ page, browser, complaints }) => {
  complaints.allow(/status of 4\d\d/);
  await signUp(page, assay, "helga", 2_000_000);
  await describes(page, assay, "NZ");
  await listsACore(page);
  await page.locator("#ask-product").selectOption("1d");
  await page.getByLabel("Hashrate to sell", { exact: true }).fill("100");
  await page.getByLabel("Lowest price", { exact: true }).fill(String(FINNISH_PRICE));
  await page.getByText("Time in force and other terms").click();
  const silence = page.getByLabel("What the buyer's pool does not answer");
  await silence.check();
  // A term leaves the pool to its buyer.
  await page.getByRole("button", { name: "Check the ask and its bond" }).click();
  await expect(page.getByTestId("form-error")).toContainText("in spot contracts only");
  await expect(silence).toBeChecked();
  await silence.uncheck();
  await page.getByRole("button", { name: "Check the ask and its bond" }).click();
  const [day, bond] = [FINNISH_PRICE / 10, FINNISH_PRICE / 100];
  expect(await exact(page, "review-held")).toBe(bond);
  await page.getByTestId("place").click();
  await expect(page.getByTestId("own-order")).toHaveCount(1);

  // Somebody else, in a browser of his own, takes it.
  const buyer = await browser.newPage();
  await signUp(buyer, assay, "helgas-buyer", 1_000_000);
  await buyer.goto(`${assay.url}/buy?product=1d&hashrate=100&hashrate_unit=kh&countries_are=only&countries=NZ`);
  expect(await exact(buyer, "quote-term")).toBe(day);
  expect(await exact(buyer, "quote-bond")).toBe(bond);
  await buyer.getByLabel("Address", { exact: true }).fill(await poolOf(assay));
  await buyer.getByLabel("Login at the pool").fill("helgas-buyer.assay");
  await expect(buyer.getByLabel("Work that your pool does not answer")).toHaveCount(0);
  await buyer.getByRole("button", { name: "Check the pool and the order" }).click();
  expect(await exact(buyer, "review-filled")).toBe(100_000);
  expect(await exact(buyer, "review-bond")).toBe(bond);
  const escrow = await exact(buyer, "review-escrow");
  expect(escrow).toBe(day);
  await buyer.getByTestId("place").click();
  await expect(buyer.getByTestId("done")).toContainText("traded whole");
  await buyer.getByTestId("opened-contract").click();
  await expect(buyer.getByTestId("contract-product")).toHaveText("1 day");
  expect(await exact(buyer, "bond")).toBe(bond);
  await expect(buyer.getByTestId("bond")).toHaveAttribute("data-state", "posted");
  expect(await exact(buyer, "escrow-now")).toBe(escrow);
  await expect(buyer.getByTestId("contract-rejects")).toContainText("not answered by the buyer's pool: paid by the buyer");
  const contract = await contractOf(assay, Number(/contracts\/(\d+)/.exec(buyer.url())![1]));
  const { starts_at_ms, ends_at_ms } = contract.agreed.term;
  expect(Number(ends_at_ms) - Number(starts_at_ms)).toBe(86_400_000);
  const end = new Date(Number(ends_at_ms)).toISOString();
  await expect(buyer.getByTestId("term-end").locator("time")).toHaveAttribute("datetime", new RegExp(`^${end.slice(0, 16)}`));
  await buyer.getByTestId("invoice-link").click();
  expect(await exact(buyer, "invoice-budget")).toBe(escrow);
  expect((await exact(buyer, "invoice-amount")) + (await exact(buyer, "invoice-rest"))).toBe(escrow);
  await buyer.goto(`${assay.url}/account`);
  expect(await exact(buyer, "available-sats")).toBe(1_000_000 - escrow);
  await buyer.context().close();
  await page.goto(`${assay.url}/account`);
  expect(await exact(page, "available-sats")).toBe(2_000_000 - bond);
});

test("a host bears what the buyer's pool does not answer", async ({ page, complaints }) => {
  complaints.allow(/status of 4\d\d/);
  await signUp(page, assay, "ingrid", 1_000_000);
  await describes(page, assay, "CL");
  await listsACore(page);
  await page.getByLabel("Hashrate to sell", { exact: true }).fill("100");
  await page.getByLabel("Lowest price", { exact: true }).fill(String(FINNISH_PRICE));
  await page.getByText("Time in force and other terms").click();
  await page.getByLabel("What the buyer's pool does not answer").check();
  await page.getByRole("button", { name: "Check the ask and its bond" }).click();
  await page.getByTestId("place").click();
  await expect(page.getByTestId("own-order")).toContainText("host bears pool's silence");
  await page.goto(`${assay.url}/account`);
  await page.getByRole("button", { name: "Sign out" }).first().click();

  await signUp(page, assay, "ingrids-buyer", 1_000_000);
  await page.goto(`${assay.url}/buy?product=spot&hashrate=100&hashrate_unit=kh&countries_are=only&countries=CL`);
  await page.getByLabel("Budget in sat").fill("100000");
  await page.getByLabel("Address", { exact: true }).fill(await poolOf(assay));
  await page.getByLabel("Login at the pool").fill("ingrids-buyer.assay");
  await page.getByText("Time in force and other terms").click();
  await page.getByLabel("Work that your pool does not answer").selectOption("host");
  await page.getByRole("button", { name: "Check the pool and the order" }).click();
  expect(await exact(page, "review-filled")).toBe(100_000);
  await page.getByTestId("place").click();
  await page.getByTestId("opened-contract").click();
  await expect(page.getByTestId("contract-product")).toHaveText("Spot");
  await expect(page.getByTestId("contract-rejects")).toContainText("not answered by the buyer's pool: borne by the host");
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
