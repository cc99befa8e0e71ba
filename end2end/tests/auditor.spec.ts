import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { exact } from "./exact";
import { expect, test } from "./page";
import { binary, serveThisFile, settled } from "./server";
import { drop, openVerifier } from "./verifier";

// An auditor verifies a file, and trusts no server: the last test's is dead.
const assay = serveThisFile();

async function bundle(): Promise<Buffer> {
  await settled(assay, 2);
  return assay.bundle();
}

const EPOCH = 7;
const END = 8;

/** The frames of a bundle, as docs/bundle.md has them: kind, length, payload; the magic first, as a record of its own. */
function recordsOf(file: Buffer): { kind: number; start: number; end: number }[] {
  const records = [{ kind: 0, start: 0, end: 8 }];
  for (let start = 8; start < file.length; start = records.at(-1)!.end) {
    let [length, at, shift] = [0, start + 1, 0];
    do {
      length |= (file[at] & 0x7f) << shift;
      shift += 7;
    } while (file[at++] & 0x80);
    records.push({ kind: file[start], start, end: at + length });
  }
  expect(records.at(-1)).toMatchObject({ kind: END, end: file.length });
  return records;
}

/** The verdict of the command line. */
function verdictOf(file: string): Promise<any> {
  return new Promise((resolve, reject) =>
    execFile(binary, ["verify", "--json", file], { maxBuffer: 64 << 20 }, (error, stdout) =>
      // 1 means that something is wrong with the bundle.
      error && error.code !== 1 ? reject(error) : resolve(JSON.parse(stdout)),
    ),
  );
}

async function drops(page: Page, name: string, bytes: Buffer): Promise<void> {
  await drop(page, [{ name, bytes }]);
  await expect(page.getByTestId("file-name")).toContainText(name);
}

test("a dropped bundle is verified in the page", async ({ page }) => {
  const file = await bundle();
  await openVerifier(page, assay);
  await drops(page, "contract-1.assay", file);
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  const contract = (await assay.audit()).contracts[0];
  const last = contract.paid_total_by_epoch_sats.indexOf(await exact(page, "verdict-owed-sealed"));
  expect(last).toBeGreaterThanOrEqual(1);
  expect(await exact(page, "verdict-shares-valid")).toBeGreaterThanOrEqual(contract.settlements[last].shares_total);
});

test("any byte changed is found, named and placed, as the command line does", async ({ page }, info) => {
  const file = await bundle();
  await mkdir(info.outputDir, { recursive: true });
  await openVerifier(page, assay);
  const records = recordsOf(file);
  // Spread over the whole file: magic, terms, jobs, shares, epochs, end.
  const places = Array.from({ length: 12 }, (_, n) => Math.floor((n * (file.length - 1)) / 11));
  for (const place of places) {
    const changed = Buffer.from(file);
    changed[place] ^= 0x20;
    const name = `changed-${place}.assay`;
    await drops(page, name, changed);
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "false");
    const fault = page.getByTestId("fault-row").first();
    const code = await fault.getAttribute("data-code");
    const offset = Number(await fault.getAttribute("data-offset"));
    await writeFile(path.join(info.outputDir, name), changed);
    const [first] = (await verdictOf(path.join(info.outputDir, name))).faults;
    expect({ code, offset }).toEqual({ code: first.code, offset: first.offset });
    // Nothing before the changed record is blamed, and at the latest the seal over it shows the change: of an epoch's
    // own bytes that is the next one.
    expect(offset, code!).toBeGreaterThanOrEqual(records.findLast((one) => one.start <= place)!.start);
    const seal = records.find((one) => one.kind === END || (one.kind === EPOCH && one.start > place));
    expect(offset, code!).toBeLessThanOrEqual(seal!.start);
  }
});

test("random bytes and an empty file get a verdict too", async ({ page }) => {
  await openVerifier(page, assay);
  const random = Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7_919) % 251));
  await drops(page, "random.bin", random);
  await expect(page.getByTestId("fault-row").first()).toHaveAttribute("data-code", "bad_magic");
  await drops(page, "empty.bin", Buffer.alloc(0));
  await expect(page.getByTestId("fault-row").first()).toHaveAttribute("data-code", "truncated");
});

test("of several files the first is verified, and the page says so", async ({ page }) => {
  const file = await bundle();
  await openVerifier(page, assay);
  await drop(page, [{ name: "first.assay", bytes: file }, { name: "second.assay", bytes: Buffer.alloc(3) }]);
  await expect(page.getByTestId("file-name")).toContainText("first.assay");
  await expect(page.getByTestId("file-note")).toHaveText("Only the first of 2 files is verified.");
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
});

test("a file dropped beside the zone does not replace the page", async ({ page }) => {
  await openVerifier(page, assay);
  const kept = await page.locator("h1").evaluate((heading) => {
    const send = (type: string) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], "x"));
      return heading.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    };
    return { dragover: !send("dragover"), drop: !send("drop") };
  });
  expect(kept).toEqual({ dragover: true, drop: true });
});

test("a verifier that ended says so, and another takes its place", async ({ page }) => {
  const file = await bundle();
  await openVerifier(page, assay);
  await page.workers()[0].evaluate(() => void setTimeout(() => { throw new Error("the end"); }));
  await expect(page.getByTestId("notice")).toContainText("The verifier ended unexpectedly.");
  await expect(page.getByTestId("verifier-state")).toHaveText("The verifier is not loaded.");
  await page.getByRole("button", { name: "Load it again" }).click();
  await expect(page.getByTestId("verifier-state")).toHaveAttribute("data-ready", "true");
  await expect(page.getByTestId("notice")).toHaveCount(0);
  await drops(page, "contract-1.assay", file);
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
});

test("once loaded, the page needs no server", async ({ page }, info) => {
  const file = path.join(info.outputDir, "contract-1.assay");
  const bytes = await bundle();
  await openVerifier(page, assay);
  await mkdir(info.outputDir, { recursive: true });
  await writeFile(file, bytes);
  const contract = (await assay.audit()).contracts[0];
  const asked: string[] = [];
  page.on("request", (request) => void (/^https?:/.test(request.url()) && asked.push(request.url())));
  await assay.kill();
  await page.getByTestId("file-input").setInputFiles(file);
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  expect(contract.paid_total_by_epoch_sats).toContain(await exact(page, "verdict-owed-sealed"));
  expect(asked).toEqual([]);
});
