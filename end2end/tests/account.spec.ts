import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { exact } from "./exact";
import { expect, test } from "./page";
import { serveThisFile } from "./server";

// Signing up, in and out, and what an owner does on the account's page. Forms are plain ones: with JavaScript and without.
const assay = serveThisFile();

const PASSWORD = "demo-password";

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(`${assay.url}/sign-in`);
  await page.getByLabel("Account name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByTestId("account-name")).toHaveText(`Account ${name}`);
}

async function inspect(page: Page, what: string): Promise<void> {
  const wider = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(wider, `${what} scrolls sideways`).toBeLessThanOrEqual(0);
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations, what).toEqual([]);
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a visitor opens an account, deposits, makes a token and leaves", async ({ page, complaints }) => {
      // Refused forms are answered with 4xx, which Chromium mentions.
      complaints.allow(/status of 4\d\d/);
      // Where scripts are off, so is what the page would load for them.
      if (!javaScriptEnabled) complaints.allow(/^request failed: \S+\.js \(csp\)$/);
      const name = javaScriptEnabled ? "alice" : "bob";
      await page.goto(assay.url);
      await page.getByTestId("sign-in-link").click();
      await page.getByRole("link", { name: "Open one" }).click();
      await page.getByLabel("Account name").fill(name);
      await page.getByLabel("Password").fill("too short");
      await page.getByRole("button", { name: "Open account" }).click();
      await expect(page.getByTestId("field-error")).toContainText("12 to 128 characters");
      await expect(page.getByLabel("Account name")).toHaveValue(name);
      await expect(page.getByLabel("Password")).toHaveValue("");
      await page.getByLabel("Password").fill("long enough for anybody");
      await page.getByRole("button", { name: "Open account" }).click();
      await expect(page.getByTestId("account-name")).toHaveText(`Account ${name}`);
      await expect(page.getByTestId("account-link")).toHaveText(name);

      expect(await exact(page, "available-sats")).toBe(0);
      await page.getByLabel("Amount in sat").fill("10000001");
      await page.getByRole("button", { name: "Deposit" }).click();
      await expect(page.getByTestId("field-error")).toContainText("1 to 10000000 sat");
      await expect(page.getByLabel("Amount in sat")).toHaveValue("10000001");
      await page.getByLabel("Amount in sat").fill("2500000");
      await page.getByRole("button", { name: "Deposit" }).click();
      await expect(page.getByTestId("done")).toBeVisible();
      expect(await exact(page, "available-sats")).toBe(2_500_000);

      await page.getByLabel("Name", { exact: true }).fill("bot");
      await page.getByLabel("Scope").selectOption("trade");
      await page.getByRole("button", { name: "Make a token" }).click();
      const secret = await page.getByTestId("made-token").getAttribute("data-value");
      expect(secret).toMatch(/^assay_[0-9a-f]{64}$/);
      await expect(page.getByTestId("token-row")).toHaveCount(1);
      const headers = { authorization: `Bearer ${secret}` };
      const read = () => fetch(`${assay.url}/api/v1/account`, { headers });
      const account = await (await read()).json();
      expect([account.name, account.available_sats]).toEqual([name, "2500000"]);
      await page.getByRole("button", { name: "Revoke bot" }).click();
      await expect(page.getByTestId("token-row")).toHaveCount(0);
      expect(page.url()).not.toContain(secret!);
      expect((await read()).status).toBe(401);

      await expect(page.getByTestId("machine-passwords")).toContainText("Any password will do");
      await page.getByLabel("Name", { exact: true }).fill("rigs");
      await page.getByLabel("Scope").selectOption("machine");
      await page.getByRole("button", { name: "Make a token" }).click();
      await expect(page.getByTestId("machine-passwords")).toContainText("need a machine token");
      await page.getByRole("button", { name: "End connections without a machine token" }).click();
      await expect(page.getByTestId("done")).toHaveText("Connections without a machine token are ended.");

      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await expect(page.getByTestId("sign-in-link")).toBeVisible();
      await page.goto(`${assay.url}/account`);
      await expect(page.getByTestId("sign-in-first")).toBeVisible();
    });
  });
}

test("a host names a fallback pool and removes it", async ({ page, complaints }) => {
  complaints.allow(/status of 4\d\d/);
  await signIn(page, "demo-host");
  await expect(page.getByTestId("hosting-row")).toHaveCount(1);
  const now = page.getByTestId("fallback-now");
  await expect(now).toContainText("none");
  await page.getByLabel("Address").fill("169.254.169.254:3333");
  await page.getByLabel("Login at the pool").fill("demo-host.idle");
  await page.getByRole("button", { name: "Set the fallback pool" }).click();
  await expect(page.getByTestId("field-error")).toContainText("not public");
  await expect(page.getByLabel("Login at the pool")).toHaveValue("demo-host.idle");
  // The pool that contract 1 has as its backup.
  const contract = await (await fetch(`${assay.url}/api/v1/contracts/1`)).json();
  const pool: string = contract.fail_over.backups[0];
  await page.getByLabel("Address").fill(pool);
  await page.getByRole("button", { name: "Set the fallback pool" }).click();
  await expect(now).toHaveText(`Now: ${pool}, as demo-host.idle.`);
  await page.getByRole("button", { name: "Remove the fallback pool" }).click();
  await expect(now).toContainText("none");
});

test("the keyboard is enough to sign in", async ({ page }) => {
  await page.goto(`${assay.url}/sign-in`);
  await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
  await page.getByLabel("Account name").focus();
  await page.keyboard.type("demo-buyer");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("account-name")).toHaveText("Account demo-buyer");
  await expect(page.getByTestId("buying-row")).toHaveCount(1);
  expect(await exact(page, "escrow-sats")).toBeGreaterThan(0);
});

for (const width of [360, 768, 1440]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`forms and account at ${width} px, ${colorScheme}`, async ({ page, complaints }) => {
      complaints.allow(/status of 4\d\d/);
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      for (const place of ["/sign-in", "/sign-up"]) {
        await page.goto(assay.url + place);
        await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
        await inspect(page, place);
      }
      await page.getByLabel("Account name").fill("demo-buyer");
      await page.getByLabel("Password").fill("long enough for anybody");
      await page.getByRole("button", { name: "Open account" }).click();
      await expect(page.getByTestId("field-error")).toContainText("is taken");
      await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
      await inspect(page, "a refused form");
      await signIn(page, "demo-buyer");
      await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
      await inspect(page, "the account");
      await page.getByLabel("Name", { exact: true }).fill(`rigs, ${width} px, ${colorScheme}`);
      await page.getByLabel("Scope").selectOption("machine");
      await page.getByRole("button", { name: "Make a token" }).click();
      await expect(page.getByTestId("made-token")).toBeVisible();
      await expect(page.locator("[data-hydrated=true]")).toHaveCount(1);
      await inspect(page, "a machine token that was just made");
    });
  }
}
