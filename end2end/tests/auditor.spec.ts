import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "./page";
import { serveThisFile } from "./server";

// An auditor verifies a file, and trusts no server: the last test's is dead.
const assay = serveThisFile();

async function bundle(): Promise<Buffer> {
  await expect
    .poll(async () => (await assay.audit()).contracts[0]?.epochs ?? 0, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(2);
  const response = await fetch(`${assay.url}/api/v1/contracts/1/bundle`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function openVerifier(page: Page): Promise<void> {
  await page.goto(`${assay.url}/verify`);
  await expect(page.getByTestId("verifier-state")).toHaveAttribute("data-ready", "true");
}

/** Drops a file on the page, as a person drags it there. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    { name, base64: bytes.toString("base64") },
  );
  const zone = page.getByTestId("drop-zone");
  await zone.dispatchEvent("dragover", { dataTransfer: transfer });
  await zone.dispatchEvent("drop", { dataTransfer: transfer });
}

function number(page: Page, testid: string): Promise<number> {
  return page.getByTestId(testid).first().getAttribute("data-value").then(Number);
}

test("a dropped bundle is verified in the page", async ({ page }) => {
  const file = await bundle();
  await openVerifier(page);
  await drop(page, "contract-1.assay", file);
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  const contract = (await assay.audit()).contracts[0];
  expect(contract.paid_total_by_epoch_sats).toContain(await number(page, "verdict-owed-sealed"));
  expect(await number(page, "verdict-shares-valid")).toBeGreaterThanOrEqual(1);
});

test("any byte changed is found, named and placed", async ({ page }) => {
  const file = await bundle();
  await openVerifier(page);
  // Spread over the whole file: magic, terms, jobs, shares, epochs, end.
  const places = Array.from({ length: 12 }, (_, n) => Math.floor((n * (file.length - 1)) / 11));
  for (const place of places) {
    const changed = Buffer.from(file);
    changed[place] ^= 0x20;
    await drop(page, `changed-${place}.assay`, changed);
    await expect(page.getByTestId("file-name")).toContainText(`changed-${place}.assay`);
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "false");
    const fault = page.getByTestId("fault-row").first();
    await expect(fault).toHaveAttribute("data-code", /^[a-z_]+$/);
    expect(Number(await fault.getAttribute("data-offset"))).toBeLessThanOrEqual(file.length);
  }
});

test("random bytes and an empty file get a verdict too", async ({ page }) => {
  await openVerifier(page);
  const random = Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7_919) % 251));
  await drop(page, "random.bin", random);
  await expect(page.getByTestId("fault-row").first()).toHaveAttribute("data-code", "bad_magic");
  await drop(page, "empty.bin", Buffer.alloc(0));
  await expect(page.getByTestId("fault-row").first()).toHaveAttribute("data-code", "truncated");
});

test("once loaded, the page needs no server", async ({ page, complaints }, info) => {
  const file = path.join(info.outputDir, "contract-1.assay");
  const bytes = await bundle();
  await openVerifier(page);
  await writeFile(file, bytes).catch(async () => {
    await (await import("node:fs/promises")).mkdir(info.outputDir, { recursive: true });
    await writeFile(file, bytes);
  });
  const contract = (await assay.audit()).contracts[0];
  await assay.kill();
  complaints.allow(/ERR_CONNECTION_REFUSED/);
  await page.getByTestId("file-input").setInputFiles(file);
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  expect(contract.paid_total_by_epoch_sats).toContain(await number(page, "verdict-owed-sealed"));
});
