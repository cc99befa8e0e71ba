import { expect, type Locator, type Page } from "@playwright/test";

/** The exact integer behind a displayed number. */
export async function exact(page: Page | Locator, testid: string): Promise<number> {
  return valueOf(page.getByTestId(testid).first());
}

/** A page that shows no number fails here, and not as a number that is never smaller or larger. */
export async function valueOf(place: Locator): Promise<number> {
  const value = await place.getAttribute("data-value");
  expect(value).toMatch(/^\d+$/);
  return Number(value);
}
