import AxeBuilder from "@axe-core/playwright";
import { type APIRequestContext, expect, type Page, request } from "@playwright/test";
import type { Server } from "./server";

export const PASSWORD = "long enough for anybody";
export const DEMO_PASSWORD = "demo-password";
/** Of form posts: they are answered with a place to go on to. */
const SEE_OTHER = 303;

type Form = Record<string, string>;

/** Somebody who uses the pages' forms as a browser without JavaScript sends them. */
export class Person {
  private constructor(private readonly url: string, readonly name: string, private readonly as: APIRequestContext) {}

  /** Opens an account and puts sandbox money on it. */
  static async arrives(server: Server, name: string, sats = 10_000_000): Promise<Person> {
    const headers = { origin: server.url };
    const as = await request.newContext({ extraHTTPHeaders: headers });
    const person = new Person(server.url, name, as);
    await person.sends("/sign-up", { account: name, password: PASSWORD });
    if (sats > 0) await person.sends("/account", { do: "deposit", amount_sats: String(sats) });
    return person;
  }

  /** Sends a form and says where the browser would go on. */
  async sends(place: string, form: Form): Promise<string> {
    const response = await this.as.post(this.url + place, { form, maxRedirects: 0 });
    const text = response.status() === SEE_OTHER ? "" : await response.text();
    const why = /data-testid="(?:form|field)-error">([^<]*)/.exec(text)?.[1] ?? text.slice(0, 2_000);
    expect(response.status(), `${this.name} at ${place}: ${why}`).toBe(SEE_OTHER);
    return response.headers()["location"];
  }

  /** A site in a country, with one core of a CPU, all of it listed and a part on sale. */
  async sells(country: string, khs: number, price: number): Promise<void> {
    const site = { name: `${this.name}'s hall`, country, power_kw: "5", grid: "connected", cooling: "air" };
    await this.sends("/sell", { do: "site", ...site, energy_hydro: "100" });
    const made = async (what: string): Promise<string> => {
      const page = await (await this.as.get(`${this.url}/sell`)).text();
      return new RegExp(`id="${what}"[\\s\\S]*?<option value="(\\d+)"`).exec(page)![1];
    };
    await this.sends("/sell", { do: "fleet", site: await made("fleet-site"), model: "cpu-core", count: "1" });
    const fleet = await made("listing-fleet");
    const listing = { fleet, hashrate: "1", hashrate_unit: "mh", sells_spot: "on", sells_7d: "on" };
    await this.sends("/sell", { do: "listing", ...listing });
    const ask = { listing: await made("ask-listing"), product: "spot", hashrate: String(khs), hashrate_unit: "kh" };
    await this.sends("/sell", { do: "place-ask", ...ask, price: String(price), price_unit: "mh" });
  }

  async leaves(): Promise<void> {
    await this.as.dispose();
  }
}

/** The pool that contract 1 of the demo has as its backup. */
export async function poolOf(server: Server): Promise<string> {
  const contract = await (await fetch(`${server.url}/api/v1/contracts/1`)).json();
  return contract.fail_over.backups[0];
}

/** What everybody sees of a contract. */
export async function contractOf(server: Server, id: number): Promise<any> {
  return (await fetch(`${server.url}/api/v1/contracts/${id}`)).json();
}

export async function signUp(page: Page, server: Server, name: string, sats: number): Promise<void> {
  await page.goto(`${server.url}/sign-up`);
  await page.getByLabel("Account name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Open account" }).click();
  await expect(page.getByTestId("account-name")).toHaveText(`Account ${name}`);
  await page.getByLabel("Amount in sat").fill(String(sats));
  await page.getByRole("button", { name: "Deposit" }).click();
  await expect(page.getByTestId("done")).toBeVisible();
}

export async function signIn(page: Page, server: Server, name: string, password: string): Promise<void> {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("Account name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByTestId("account-name")).toHaveText(`Account ${name}`);
}

/** A host describes a site on the page; the first time with an energy mix that does not add up. */
export async function describes(page: Page, server: Server, country: string): Promise<void> {
  await page.goto(`${server.url}/sell`);
  await page.getByLabel("Name", { exact: true }).fill("Keflavík");
  await page.getByLabel("Country", { exact: true }).fill(country);
  await page.getByLabel("Power capacity in kW").fill("5");
  await page.getByLabel("Grid relation").selectOption("behind_the_meter");
  await page.getByLabel("geothermal").fill("90");
  await page.getByRole("button", { name: "Add the site" }).click();
  await expect(page.getByTestId("field-error")).toContainText("add up to 90 %");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Keflavík");
  await page.getByLabel("hydro", { exact: true }).fill("10");
  await page.getByLabel("Carbon intensity").fill("28");
  await page.getByLabel("Where that number is from").fill("Landsnet");
  await page.getByLabel("Tariff (optional)", { exact: true }).fill("4.25");
  await page.getByRole("button", { name: "Add the site" }).click();
  await expect(page.getByTestId("site-row")).toContainText("4.25 US cent/kWh");
}

/** Of one core of a CPU at the site that was described, 600 kH/s are listed for every product. */
export async function listsACore(page: Page): Promise<void> {
  await page.getByLabel("Machine", { exact: true }).selectOption("cpu-core");
  await page.getByLabel("How many").fill("1");
  await page.getByRole("button", { name: "Add the fleet" }).click();
  await page.getByLabel("Hashrate to list", { exact: true }).fill("600");
  await page.getByRole("button", { name: "List it" }).click();
}

/** No sideways scroll, nothing that axe knows to be wrong. */
export async function inspect(page: Page, what: string): Promise<void> {
  const wider = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(wider, `${what} scrolls sideways`).toBeLessThanOrEqual(0);
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations, what).toEqual([]);
}
