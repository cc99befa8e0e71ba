import { exact, valueOf } from "./exact";
import { Machine } from "./machine";
import { expect, test } from "./page";
import { Person, contractOf, describes, inspect, poolOf, signUp } from "./people";
import { serveThisFile } from "./server";

// A host says what he has, lists it, sells it, delivers and is paid. With JavaScript and without.
const assay = serveThisFile();

// Above what the demo's buyers bid.
const PRICE = 1_350_000;

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("host lists and is paid", async ({ page, complaints }) => {
      test.slow();
      complaints.allow(/status of 4\d\d/);
      // What a page without scripts preloads in vain.
      if (!javaScriptEnabled) complaints.allow(/\(csp\)$|preloaded using link preload/);
      const [name, country] = javaScriptEnabled ? ["hanna", "IS"] : ["hugo", "GL"];
      await signUp(page, assay, name, 2_000_000);
      await describes(page, assay, country);

      await page.getByLabel("Machine", { exact: true }).selectOption("cpu-core");
      await page.getByLabel("How many").fill("1");
      await page.getByRole("button", { name: "Add the fleet" }).click();
      expect(await valueOf(page.getByTestId("fleet-row").locator('[data-label="Hashrate"]'))).toBe(1_000_000);
      await page.getByLabel("Hashrate to list", { exact: true }).fill("2000");
      await page.getByRole("button", { name: "List it" }).click();
      await expect(page.getByTestId("form-error")).toBeVisible();
      await page.getByLabel("Hashrate to list", { exact: true }).fill("600");
      await page.getByRole("button", { name: "List it" }).click();
      await expect(page.getByTestId("own-listing")).toHaveCount(1);

      // A term ask: its bond is said before it is placed.
      await page.locator("#ask-product").selectOption("7d");
      await page.getByLabel("Hashrate to sell", { exact: true }).fill("100");
      await page.getByLabel("Lowest price", { exact: true }).fill(String(PRICE));
      await page.getByRole("button", { name: "Check the ask and its bond" }).click();
      const bond = (PRICE / 10) * 7 * 0.1;
      expect(await exact(page, "review-held")).toBe(bond);
      await page.getByTestId("place").click();
      await expect(page.getByTestId("done")).toContainText("waits in the book");
      expect(await valueOf(page.getByTestId("own-order").locator('[data-label="Held"]'))).toBe(bond);

      // And a spot ask, which somebody takes.
      await page.goto(`${assay.url}/sell`);
      await page.locator("#ask-product").selectOption("spot");
      await page.getByLabel("Hashrate to sell", { exact: true }).fill("150");
      await page.getByLabel("Lowest price", { exact: true }).fill(String(PRICE));
      await page.getByRole("button", { name: "Check the ask and its bond" }).click();
      await expect(page.getByTestId("review-held")).toHaveCount(0);
      await page.getByTestId("place").click();
      const buyer = await Person.arrives(assay, `${name}-buyer`);
      const wish = { product: "spot", hashrate: "150", hashrate_unit: "kh", countries_are: "only", countries: country };
      const bid = { ...wish, price: String(PRICE), price_unit: "mh", budget: "400000" };
      const pool = { pool_address: await poolOf(assay), pool_user: `${name}-buyer.assay` };
      const next = await buyer.sends("/buy", { do: "place-bid", ...bid, ...pool });
      await buyer.leaves();
      const id = Number(/contracts=(\d+)/.exec(next)![1]);
      expect((await contractOf(assay, id)).host).toBe(name);

      const machine = new Machine(assay.stratum, `${name}.rig1`);
      machine.start();
      try {
        const paid = async () => Number((await contractOf(assay, id)).bill.paid_sats);
        await expect.poll(paid, { timeout: 90_000 }).toBeGreaterThan(0);
      } finally {
        await machine.stop();
      }
      await page.goto(`${assay.url}/contracts/${id}`);
      await page.getByTestId("invoice-link").click();
      await expect(page.getByTestId("invoice-line").first()).toBeVisible();
      const lines = await page.getByTestId("invoice-line").locator('[data-label="Amount"]').all();
      let sum = 0;
      for (const line of lines) sum += await valueOf(line);
      expect(sum).toBe(await exact(page, "invoice-amount"));
      expect(sum).toBeGreaterThan(0);
      const settlements: { epoch: number; epoch_hash: string; host_sats: string }[] =
        (await contractOf(assay, id)).settlements;
      const first = settlements.at(-1)!;
      const row = page.locator(`[data-testid=invoice-line][data-epoch="${first.epoch}"]`);
      expect(await valueOf(row.locator('[data-label="To the host"]'))).toBe(Number(first.host_sats));
      await expect(row.locator("code")).toHaveAttribute("title", first.epoch_hash);

      // The host ends it, and takes the rest back.
      await page.goto(`${assay.url}/contracts/${id}`);
      await page.getByRole("button", { name: "Give notice" }).click();
      await expect(page.getByTestId("contract-notice")).toContainText("given by the host");
      await page.goto(`${assay.url}/sell`);
      await page.getByRole("button", { name: /^Withdraw listing/ }).click();
      await expect(page.getByTestId("own-listing")).toContainText("withdrawn");
      await page.goto(`${assay.url}/account`);
      expect(await exact(page, "available-sats")).toBeGreaterThan(2_000_000);
    });
  });
}

for (const width of [360, 768, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`selling at ${width} px, ${colorScheme}`, async ({ page, complaints }) => {
      complaints.allow(/status of 4\d\d/);
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await signUp(page, assay, `h${width}-${colorScheme}`, 1_000);
      await page.goto(`${assay.url}/sell`);
      await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
      await inspect(page, "a host who has nothing");
      await describes(page, assay, "IS");
      await page.getByLabel("How many").fill("100000");
      await page.getByRole("button", { name: "Add the fleet" }).click();
      await page.getByLabel("How many").fill("1");
      await page.getByRole("button", { name: "Add the fleet" }).click();
      await page.getByLabel("Hashrate to list", { exact: true }).fill("500");
      await page.getByRole("button", { name: "List it" }).click();
      await page.getByLabel("Hashrate to sell", { exact: true }).fill("100");
      await page.getByLabel("Lowest price", { exact: true }).fill(String(PRICE));
      await page.getByRole("button", { name: "Check the ask and its bond" }).click();
      await expect(page.getByTestId("review")).toBeVisible();
      await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
      await inspect(page, "a host with an ask to be placed");
    });
  }
}
