import type { Page } from "@playwright/test";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { exact } from "./exact";
import { expect, test } from "./page";
import { Proxy } from "./proxy";
import { serveThisFile, settled } from "./server";
import { openVerifier, verifierFile, withBundle } from "./verifier";

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

async function openContract(page: Page, url = assay.url): Promise<void> {
  await page.goto(`${url}/contracts/1`);
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

test("paused it stands still, and resumed it comes to its verdict", async ({ page }) => {
  await settled(assay, 2);
  const bundle = await holdRest(page);
  await openContract(page);
  await page.getByTestId("verify-button").click();
  const progress = page.getByTestId("verify-progress");
  await expect(progress).toContainText(/[1-9].* shares · .* of /);
  const pause = page.getByTestId("pause");
  await pause.focus();
  await page.keyboard.press("Enter");
  await expect(progress).toHaveAttribute("data-pace", "paused");
  await expect(pause).toHaveText("Resume");
  const stood = await page.getByTestId("progress-words").textContent();
  await bundle.rest();
  // A verdict would come within a moment.
  await page.waitForTimeout(1_000);
  await expect(page.getByTestId("progress-words")).toHaveText(stood!);
  await expect(page.getByTestId("verdict")).toHaveCount(0);
  await expect(pause).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
});

test("a verification that is paused can be cancelled, and the next one is not paused", async ({ page }) => {
  await settled(assay, 2);
  const bundle = await holdRest(page);
  await openContract(page);
  await page.getByTestId("verify-button").click();
  await page.getByTestId("pause").click();
  await expect(page.getByTestId("verify-progress")).toHaveAttribute("data-pace", "paused");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByTestId("cancelled")).toBeFocused();
  await bundle.rest();
  await page.getByTestId("verify-button").click();
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
});

test.describe("over a bad network", () => {
  let network: Proxy;
  test.beforeEach(async ({ complaints, page }) => {
    complaints.allow(/\/bundle/);
    network = new Proxy(() => assay.url);
    await network.start();
    await network.watch(page);
    await settled(assay, 2);
  });
  test.afterEach(async ({ page }) => {
    await page.close();
    network.stop();
  });

  /** What the page says of its connection from now on: so small a bundle is through before anybody has read a sentence. */
  async function listen(page: Page): Promise<() => Promise<string[]>> {
    await page.evaluate(() => {
      const said: string[] = ((window as any).said = []);
      new MutationObserver(() => {
        const words = document.querySelector("[data-testid=connection]")?.textContent;
        if (words) said.push(words);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    return () => page.evaluate(() => (window as any).said);
  }

  /** Half of what there is: the bundle only grows. */
  const halfABundle = async () => (await assay.bundle()).length >> 1;

  test("a download that broke goes on with the same bytes", async ({ page }) => {
    await openContract(page, network.url);
    const half = await halfABundle();
    network.cuts.push(half, 100);
    const said = await listen(page);
    await page.getByTestId("verify-button").click();
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
    expect(await said()).toContain("Connection lost, trying again (1)…");
    const [first, second, third] = network.downloads;
    expect(network.downloads).toHaveLength(3);
    expect(first).toEqual({ range: undefined, ifRange: undefined, status: 200 });
    expect(second).toEqual({ range: `bytes=${half}-`, ifRange: expect.stringMatching(/^"/), status: 206 });
    expect(third).toEqual({ range: `bytes=${half + 100}-`, ifRange: second.ifRange, status: 206 });
    await expect(page.getByTestId("verdict-bill")).toHaveAttribute("data-equal", "true");
  });

  test("where the server cannot go on, the verification begins anew", async ({ page }) => {
    await openContract(page, network.url);
    const half = await halfABundle();
    network.cuts.push(half, half);
    network.forgets = true;
    let goOn = () => {};
    network.gate = new Promise((resolve) => (goOn = resolve));
    await page.getByTestId("verify-button").click();
    await expect(page.getByTestId("connection")).toContainText("the verification began anew");
    goOn();
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
    expect(network.downloads.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(network.downloads[2].range).toBe(`bytes=${half}-`);
  });

  test("a server that can never go on is given up after five beginnings", async ({ page }) => {
    await openContract(page, network.url);
    const half = await halfABundle();
    network.cuts.push(...Array(20).fill(half));
    network.forgets = true;
    await page.getByTestId("verify-button").click();
    await expect(page.getByTestId("notice")).toContainText("could only send the bundle from its first byte");
    network.forgets = false;
    network.cuts.length = 0;
    expect(network.downloads.map(({ status }) => status)).toEqual(Array(7).fill(200));
    await page.getByTestId("notice").getByRole("button", { name: "Try again" }).click();
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  });

  test("paused while the connection is lost it says so, and a night of sleep is no outage", async ({ page }) => {
    await page.clock.install();
    await openContract(page, network.url);
    network.cuts.push(await halfABundle());
    network.down = true;
    await page.getByTestId("verify-button").click();
    const progress = page.getByTestId("verify-progress");
    await expect(progress).toHaveAttribute("data-pace", "lost");
    const pause = page.getByTestId("pause");
    await pause.click();
    await expect(progress).toHaveAttribute("data-pace", "paused");
    await pause.click();
    await expect(progress).toHaveAttribute("data-pace", "lost");
    await page.clock.fastForward("08:00:00");
    await expect(page.getByTestId("connection")).toContainText("Connection lost, trying again");
    network.down = false;
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true", { timeout: 40_000 });
  });

  test("while the connection is lost it tries again and again, and can be cancelled", async ({ page }) => {
    await openContract(page, network.url);
    network.cuts.push(await halfABundle());
    network.down = true;
    const said = await listen(page);
    await page.getByTestId("verify-button").click();
    await expect.poll(said).toContain("Connection lost, trying again (3)…");
    expect(await said()).toContain("Connection lost, trying again (1)…");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByTestId("cancelled")).toBeFocused();
    network.down = false;
    await page.getByTestId("verify-button").click();
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  });
});

test("a bundle of a million shares: progress, pause, cancel, and the verdict", async ({ page }) => {
  await withBundle(1_000_000, async (file) => {
    await openVerifier(page, assay);
    const words = page.getByTestId("progress-words");
    await page.getByTestId("file-input").setInputFiles(file);
    await expect(words).toContainText(/[1-9].*\sshares · .*\sk\/s · 0 invalid · .*\sMB of .*\sMB · .*\sleft/);
    await page.getByTestId("pause").click();
    await expect(page.getByTestId("verify-progress")).toHaveAttribute("data-pace", "paused");
    await page.getByTestId("pause").click();
    await expect(page.getByTestId("verify-progress")).toHaveAttribute("data-pace", "going");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByTestId("cancelled")).toBeFocused();
    await page.getByTestId("file-input").setInputFiles(file);
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true", { timeout: 90_000 });
    expect(await exact(page, "verdict-shares-valid")).toBe(1_000_000);
  });
});

test("a file may be as slow as it likes", async ({ page }) => {
  await page.clock.install();
  await page.addInitScript(() => {
    const scope = window as any;
    scope.restOfFile = new Promise((resolve) => (scope.sendRest = resolve));
    File.prototype.stream = function () {
      const file = this;
      return new ReadableStream({
        async start(controller) {
          const bytes = new Uint8Array(await file.arrayBuffer());
          controller.enqueue(bytes.slice(0, bytes.length >> 1));
          await scope.restOfFile;
          controller.enqueue(bytes.slice(bytes.length >> 1));
          controller.close();
        },
      });
    };
  });
  await withBundle(5_000, async (file) => {
    await openVerifier(page, assay);
    await page.getByTestId("file-input").setInputFiles(file);
    await expect(page.getByTestId("progress-words")).toContainText(/[1-9].* shares/);
    await page.clock.fastForward("10:00");
    await expect(page.getByTestId("verify-progress")).toHaveAttribute("data-pace", "going");
    await page.evaluate(() => (window as any).sendRest());
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
  });
});

test("the verdict is drawn in parts, and what it comes down to stands first", async ({ page }) => {
  await page.addInitScript(() => {
    const scope = window as any;
    scope.parts = [];
    new MutationObserver(() => {
      const verdict = document.querySelector("[data-testid=verdict]");
      if (verdict) scope.parts.push([verdict.getAttribute("aria-busy"), verdict.querySelectorAll("h4").length]);
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await withBundle(20_000, async (file) => {
    await openVerifier(page, assay);
    await page.getByTestId("file-input").setInputFiles(file);
    await expect(page.getByTestId("verdict")).toHaveAttribute("aria-busy", "false");
    const parts: [string, number][] = await page.evaluate(() => (window as any).parts);
    const headings = await page.getByTestId("verdict").locator("h4").count();
    expect(headings).toBeGreaterThan(6);
    expect(parts[0]).toEqual(["true", 0]);
    expect(new Set(parts.map(([, headings]) => headings)).size).toBeGreaterThan(5);
    expect(parts.at(-1)).toEqual(["false", headings]);
    await expect(page.getByTestId("report-print")).toBeVisible();
  });
});

test("a sample says what it is worth, and all shares are one click away", async ({ page }) => {
  await withBundle(20_000, async (file) => {
    await openVerifier(page, assay);
    await page.getByTestId("sample-choice").selectOption("1000");
    await expect(page.getByTestId("sample-note")).toContainText(/95 % sure that at most 0\.2996.% of all shares are/);
    await page.getByTestId("file-input").setInputFiles(file);
    const verdict = page.getByTestId("verdict");
    await expect(verdict).toHaveAttribute("data-valid", "true");
    await expect(page.getByTestId("sample")).toContainText(/shares were hashed/);
    await page.getByTestId("check-all").click();
    await expect(page.getByTestId("sample")).toHaveCount(0);
    await expect(verdict).toHaveAttribute("data-valid", "true");
    await expect(page.getByTestId("sample-choice")).toHaveValue("0");
    expect(await exact(page, "verdict-shares-valid")).toBe(20_000);
  });
});

test("the verdict names the verifier by its hash, and the server's is the one that everybody can build", async ({ page }) => {
  await settled(assay, 2);
  await openContract(page);
  await page.getByTestId("verify-button").click();
  const wasm = await (await fetch(`${assay.url}/verify-worker_bg.wasm`)).arrayBuffer();
  const hash = createHash("sha256").update(Buffer.from(wasm)).digest("hex");
  await expect(page.getByTestId("verifier-hash")).toHaveText(hash);
  const [, inFile] = /id="verify-wasm">([^<]+)</.exec(await readFile(verifierFile, "utf8"))!;
  expect(createHash("sha256").update(Buffer.from(inFile, "base64")).digest("hex")).toBe(hash);
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

test("every core hashes", async ({ page }) => {
  await withBundle(50_000, async (file) => {
    await openVerifier(page, assay);
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    const workers = page.workers();
    // One reads and judges; on a machine with one core it hashes too.
    expect(workers).toHaveLength(1 + (cores === 1 ? 0 : Math.min(cores, 16)));
    for (const worker of workers) {
      await worker.evaluate(() => {
        const post = MessagePort.prototype.postMessage;
        (self as any).posted = 0;
        MessagePort.prototype.postMessage = function (...message: any) {
          (self as any).posted += 1;
          return (post as any).apply(this, message);
        };
      });
    }
    await page.getByTestId("file-input").setInputFiles(file);
    await expect(page.getByTestId("verdict")).toHaveAttribute("data-valid", "true");
    // 49 batches, each to a hasher and back: every worker has sent some.
    const posted = await Promise.all(workers.map((worker) => worker.evaluate(() => (self as any).posted as number)));
    if (cores > 1) expect(Math.min(...posted)).toBeGreaterThan(0);
  });
});

test("the report is the verdict, on disk and on paper", async ({ page }) => {
  await withBundle(5_000, async (file) => {
    await openVerifier(page, assay);
    await page.getByTestId("file-input").setInputFiles(file);
    await expect(page.getByTestId("verdict")).toHaveAttribute("aria-busy", "false");
    const downloading = page.waitForEvent("download");
    await page.getByTestId("report-json").click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^verdict-contract-\d+\.json$/);
    const report = JSON.parse(await readFile(await download.path(), "utf8"));
    expect(report.valid).toBe(true);
    expect(report.shares_valid).toBe(5_000);
    expect(report.head).toMatch(/^[0-9a-f]{64}$/);

    await page.evaluate(() => {
      (window as any).printed = 0;
      window.print = () => void ((window as any).printed += 1);
    });
    await page.getByTestId("report-print").click();
    expect(await page.evaluate(() => (window as any).printed)).toBe(1);
    await page.emulateMedia({ media: "print" });
    await expect(page.getByTestId("report-print")).toBeHidden();
    await expect(page.getByTestId("drop-zone")).toBeHidden();
    await expect(page.getByTestId("verdict")).toBeVisible();
    await expect(page.getByTestId("statistics")).toBeVisible();
  });
});
