// One verification in a tab of headless Chromium: the file of `cargo xtask verifier`, a bundle, nothing else. `cargo xtask bench
// web-tab` builds both and names them in the environment.
import { readFile, readdir } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const { VERIFIER: verifier, BUNDLE: bundle, PLAYWRIGHT: playwright, CHROMIUM: chromiumPath, RUNS = "1" } = process.env;
const POLL_MS = 50;
const MAIN_THREAD = "CrRendererMain";

/** A figure, and under it what it is to stay below. */
function figure(name, value, unit, most) {
  console.log(`figure: ${name} ${value.toFixed(1)} ${unit}`);
  const missed = ((value / most - 1) * 100).toFixed(1);
  console.log(`target: ${name} below ${most} ${unit}: ${value < most ? "met" : `missed by ${missed} %`}`);
}

/** Bytes of the renderers that no other process shares: what the tab costs the machine. */
async function privateBytes(browserPid) {
  let sum = 0;
  for (const pid of await renderers(browserPid)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    for (const [, kib] of rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)) sum += Number(kib) * 1024;
  }
  return sum;
}

/** Processes below the browser's that draw pages; workers are their threads. */
async function renderers(browserPid) {
  const parents = new Map();
  for (const name of await readdir("/proc")) {
    const stat = /^\d+$/.test(name) && (await readFile(`/proc/${name}/stat`, "utf8").catch(() => ""));
    if (stat) parents.set(name, stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  const isBelow = (pid) => pid !== undefined && (pid === String(browserPid) || isBelow(parents.get(pid)));
  const found = [];
  for (const pid of parents.keys()) {
    if (!isBelow(pid)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes("--type=renderer") && !line.includes("--extension-process")) found.push(pid);
  }
  return found;
}

/** Tasks of the page's own thread, in ms by the clock and of the processor, longest first, each with when it began after the first. */
function tasks(trace) {
  const events = JSON.parse(trace).traceEvents;
  const threads = events.filter(({ name, args }) => name === "thread_name" && args.name === MAIN_THREAD);
  const mains = new Set(threads.map(({ pid, tid }) => `${pid}/${tid}`));
  const ran = events.filter(({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && mains.has(`${pid}/${tid}`));
  if (!ran.length) throw new Error("the trace has no task of the page");
  const start = Math.min(...ran.map(({ ts }) => ts));
  return ran.map(({ ts, dur, tdur }) => ({ at: (ts - start) / 1000, ms: dur / 1000, cpu: tdur / 1000 })).sort((a, b) => b.ms - a.ms);
}

async function verify(browser, browserPid) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(pathToFileURL(verifier).href);
  await page.locator("[data-testid=verifier-state][data-ready=true]").waitFor();
  const before = await privateBytes(browserPid);
  let peak = before;
  let polling = true;
  const polled = (async () => {
    while (polling) {
      peak = Math.max(peak, await privateBytes(browserPid));
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();
  await browser.startTracing(page, { categories: ["-*", "disabled-by-default-devtools.timeline", "__metadata"] });
  const start = performance.now();
  await page.getByTestId("file-input").setInputFiles(bundle);
  const verdict = page.locator("[data-testid=verdict][aria-busy=false]");
  await verdict.waitFor({ timeout: 3_600_000 });
  const seconds = (performance.now() - start) / 1000;
  // What the drawing still causes.
  await page.waitForTimeout(500);
  const trace = await browser.stopTracing();
  polling = false;
  await polled;
  if ((await verdict.getAttribute("data-valid")) !== "true") throw new Error("the bundle is valid, and the tab says that it is not");
  const shares = await page.getByTestId("verdict-shares-valid").first().getAttribute("data-value");
  await context.close();
  return { shares: Number(shares), seconds, before, peak, tasks: tasks(trace.toString()) };
}

const { chromium } = await import(pathToFileURL(playwright));
// Its process has to be known, so it is started as a server.
const server = await chromium.launchServer({ executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu"] });
const browser = await chromium.connect(server.wsEndpoint());
try {
  const mib = (bytes) => (bytes / (1 << 20)).toFixed(1);
  console.log(`Chromium ${browser.version()}; memory is the private bytes of its renderer (/proc), tasks are those of the page's thread`);
  let [peak, longest] = [0, 0];
  for (let run = 0; run < Number(RUNS); run++) {
    const found = await verify(browser, server.process().pid);
    const words = ({ at, ms, cpu }) => `${ms.toFixed(0)} (${cpu.toFixed(0)} of the processor, at ${(at / 1000).toFixed(1)} s)`;
    const five = found.tasks.slice(0, 5).map(words);
    console.log(`${found.shares.toLocaleString("en")} shares in ${found.seconds.toFixed(1)} s`);
    console.log(`  memory: ${mib(found.before)} MiB before, ${mib(found.peak)} MiB at most`);
    console.log(`  longest tasks, ms: ${five.join(", ")}`);
    peak = Math.max(peak, found.peak);
    longest = Math.max(longest, found.tasks[0].ms);
  }
  console.log();
  // 300 MB.
  figure("web_tab_peak_mib", peak / (1 << 20), "MiB", 286.1);
  figure("web_longest_task_ms", longest, "ms", 50);
} finally {
  await browser.close();
  await server.close();
}
