import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { exact } from "./exact";
import { expect, test } from "./page";
import { verifierFile, withBundle } from "./verifier";

// The verifier in one file: no server is started, and none is asked.
test("one file verifies a bundle with nothing but itself", async ({ page }) => {
  expect(existsSync(verifierFile), `${verifierFile}: cargo xtask verifier builds it`).toBe(true);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await withBundle(5_000, async (bundle) => {
    await page.goto(pathToFileURL(verifierFile).href);
    await expect(page.getByTestId("verifier-state")).toHaveAttribute("data-ready", "true");
    await page.getByTestId("file-input").setInputFiles(bundle);
    const verdict = page.getByTestId("verdict");
    await expect(verdict).toHaveAttribute("data-valid", "true");
    expect(await exact(page, "verdict-shares-valid")).toBe(5_000);
    await expect(page.getByTestId("verifier-hash")).toHaveText(/^[0-9a-f]{64}$/);
    const bytes = await readFile(bundle);
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(bundle, bytes);
    await page.getByTestId("file-input").setInputFiles(bundle);
    await expect(verdict).toHaveAttribute("data-valid", "false");
  });
  expect(asked.filter((url) => !/^(file|data|blob):/.test(url))).toEqual([]);
});
