import { expect, test } from "@playwright/test";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const binary = path.resolve(process.env.ASSAY_BIN ?? path.join(root, "target/debug/assay"));
const dist = path.resolve(process.env.DIST ?? path.join(root, "dist"));
const READY = /^ready: (http:\/\/\S+) stratum\+tcp:\/\/(\S+)$/;
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 20_000;

/** `assay audit --json`, as far as the journeys read it. */
export interface Audit {
  asks: [price: string, hashrate: string][];
  bids: [price: string, hashrate: string][];
  last_trade: { price: string; hashrate: string } | null;
  contracts: AuditedContract[];
}

export interface AuditedContract {
  epochs: number;
  /** Shares of the settled epochs. */
  shares_total: number;
  /** Paid by transfers, host and fee together. */
  paid_sats: number;
  /** The same, by the end of each epoch. */
  paid_total_by_epoch_sats: number[];
  settlements: {
    epoch: number;
    shares_total: number;
    owed_total_sats: number;
    paid_sats: number;
    fee_sats: number;
  }[];
}

/** Long enough for a journey to see none: a new block makes shares on their way stale. */
const BLOCK_SECONDS = "86400";

/** The real server with its sandbox, on ports of its own and in a data directory of its own. */
export class Server {
  /** `http://ADDRESS`, without a slash at the end; the same after a restart. */
  url = "";
  /** `ADDRESS` of the Stratum listener; the same after a restart. */
  stratum = "";
  /** The data directory; it outlives a kill and is deleted by `stop`. */
  data = "";

  private child?: ChildProcess;
  private said: string[] = [];

  constructor(private readonly epochSeconds: number) {}

  async start(): Promise<void> {
    this.data = await mkdtemp(path.join(tmpdir(), "assay-"));
    await this.launch("127.0.0.1:0", "127.0.0.1:0");
  }

  /** What the database says, read by a process of its own: the numbers to hold the pages against. */
  async audit(): Promise<Audit> {
    const args = ["audit", "--data", this.data, "--json"];
    const { stdout } = await promisify(execFile)(binary, args, { maxBuffer: 64 << 20 });
    return JSON.parse(stdout);
  }

  /** The contract's bundle as of now. */
  async bundle(): Promise<Buffer> {
    const response = await fetch(`${this.url}/api/v1/contracts/1/bundle`);
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Sends the signal and waits until the process is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.child;
    if (!child) return;
    if (isAlive(child)) {
      const gone = once(child, "exit");
      child.kill(signal);
      await within(STOPPED_WITHIN_MS, gone, () => `the server did not stop on ${signal}`);
    }
    this.child = undefined;
  }

  /** Starts again on the same data and the same ports, after a `kill`. */
  async restart(): Promise<void> {
    if (this.child && isAlive(this.child)) throw new Error("kill the server before it is restarted");
    await this.launch(new URL(this.url).host, this.stratum);
  }

  async stop(): Promise<void> {
    try {
      await this.kill("SIGTERM");
    } finally {
      await this.kill("SIGKILL");
      if (this.data) await rm(this.data, { recursive: true, force: true });
    }
  }

  /** The last lines that the server wrote, for the message of a failed test. */
  log(): string {
    return this.said.join("\n");
  }

  private async launch(listen: string, stratum: string): Promise<void> {
    const args = ["demo", "--data", this.data, "--listen", listen, "--stratum", stratum, "--dist", dist];
    args.push("--epoch-seconds", String(this.epochSeconds), "--block-seconds", BLOCK_SECONDS);
    // One contract and three machines, which it has all the time: what the journeys compare does not move to others.
    args.push("--overbooked");
    const child = spawn(binary, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    const ready = new Promise<void>((resolve, reject) => {
      const read = (line: string) => {
        this.said = [...this.said.slice(-99), line];
        const match = READY.exec(line.trim());
        if (!match) return;
        [, this.url, this.stratum] = match;
        resolve();
      };
      createInterface(child.stdout!).on("line", read);
      createInterface(child.stderr!).on("line", (line) => (this.said = [...this.said.slice(-99), line]));
      child.on("error", (error) => reject(new Error(`${binary} could not start: ${error.message}`)));
      // "close" and not "exit": what it said last has been read by then.
      child.on("close", (code, signal) =>
        reject(new Error(`the server ended (${signal ?? `exit code ${code}`}) before it was ready:\n${this.log()}`)),
      );
    });
    try {
      await within(READY_WITHIN_MS, ready, () => `the server was not ready in time:\n${this.log()}`);
    } catch (error) {
      await this.kill("SIGKILL");
      throw error;
    }
  }
}

/** Call it once at the top of a test file: its tests share one server, started before the first and stopped after the last. */
export function serveThisFile(epochSeconds = 5): Server {
  const server = new Server(epochSeconds);
  test.beforeAll(() => server.start());
  test.afterAll(() => server.stop());
  return server;
}

/** Waits until the database has at least this many settled epochs of the contract. */
export async function settled(server: Server, epochs: number): Promise<AuditedContract> {
  let contract: AuditedContract | undefined;
  await expect
    .poll(async () => (contract = (await server.audit()).contracts[0])?.epochs ?? 0, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(epochs);
  return contract!;
}

/** A process that could not even be spawned has no pid and never exits. */
function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function within<T>(ms: number, work: Promise<T>, complaint: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
