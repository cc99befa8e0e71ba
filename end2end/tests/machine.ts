import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

const DIFFICULTY_1 = 0xffffn << 208n;
/** Nonces between two looks at the socket. */
const CHUNK = 2_000;
/** 2^-18: about 16,000 hashes a share. */
const WISHED_DIFFICULTY = 2 ** -18;

interface Job {
  id: string;
  prev: string;
  first: string;
  second: string;
  branch: string[];
  version: string;
  nbits: string;
  ntime: string;
}

/** A Stratum V1 miner as a host would point one at the server: real shares, found with the CPU. */
export class Machine {
  private socket?: Socket;
  private extranonce1 = "";
  private extranonce2Bytes = 0;
  private target = 0n;
  private job?: Job;
  private running = false;
  private count = 0;
  private mining?: Promise<void>;

  constructor(private readonly stratum: string, private readonly login: string) {}

  start(): void {
    const at = this.stratum.lastIndexOf(":");
    const socket = connect(Number(this.stratum.slice(at + 1)), this.stratum.slice(0, at));
    this.socket = socket;
    this.running = true;
    // The server closes when the test is over.
    socket.on("error", () => (this.running = false));
    socket.on("close", () => (this.running = false));
    createInterface(socket).on("line", (line) => this.read(JSON.parse(line)));
    this.send(1, "mining.subscribe", ["journey/1"]);
    this.send(2, "mining.suggest_difficulty", [WISHED_DIFFICULTY]);
    this.send(3, "mining.authorize", [this.login, "x"]);
    this.mining = this.mine();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.socket?.destroy();
    await this.mining;
  }

  private send(id: number, method: string, params: unknown[]): void {
    if (this.running) this.socket?.write(`${JSON.stringify({ id, method, params })}\n`);
  }

  private read(message: { id?: number; method?: string; result?: unknown; params?: unknown[] }): void {
    if (message.id === 1 && Array.isArray(message.result)) {
      [, this.extranonce1, this.extranonce2Bytes] = message.result as [unknown, string, number];
    }
    const params = message.params ?? [];
    if (message.method === "mining.set_extranonce") {
      [this.extranonce1, this.extranonce2Bytes] = params as [string, number];
    }
    if (message.method === "mining.set_difficulty") {
      const [difficulty] = params as [number];
      this.target = difficulty < 1 ? DIFFICULTY_1 * BigInt(Math.floor(1 / difficulty)) : DIFFICULTY_1;
    }
    if (message.method === "mining.notify") {
      const [id, prev, first, second, branch, version, nbits, ntime] = params as [
        string, string, string, string, string[], string, string, string,
      ];
      this.job = { id, prev, first, second, branch, version, nbits, ntime };
    }
  }

  private async mine(): Promise<void> {
    while (this.running) {
      const job = this.job;
      if (!job) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      this.count += 1;
      const extranonce2 = this.count.toString(16).padStart(this.extranonce2Bytes * 2, "0");
      const header = this.header(job, extranonce2);
      for (let nonce = 0; this.running && this.job === job && nonce < 1 << 20; nonce += CHUNK) {
        this.search(job, header, extranonce2, nonce);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  private header(job: Job, extranonce2: string): Buffer {
    let root = twice(Buffer.from(job.first + this.extranonce1 + extranonce2 + job.second, "hex"));
    for (const step of job.branch) root = twice(Buffer.concat([root, Buffer.from(step, "hex")]));
    const prev = Buffer.from(job.prev, "hex").swap32();
    const reversed = (hex: string) => Buffer.from(hex, "hex").reverse();
    const nonce = Buffer.alloc(4);
    const parts = [reversed(job.version), prev, root, reversed(job.ntime), reversed(job.nbits), nonce];
    return Buffer.concat(parts);
  }

  private search(job: Job, header: Buffer, extranonce2: string, from: number): void {
    for (let nonce = from; nonce < from + CHUNK; nonce += 1) {
      header.writeUInt32LE(nonce, 76);
      const hash = twice(header);
      if (hash[31] !== 0 || BigInt(`0x${hash.reverse().toString("hex")}`) > this.target) continue;
      this.send(4, "mining.submit", [this.login, job.id, extranonce2, job.ntime, nonce.toString(16).padStart(8, "0")]);
    }
  }
}

function twice(bytes: Buffer): Buffer {
  const sha256 = (from: Buffer) => createHash("sha256").update(from).digest();
  return sha256(sha256(bytes));
}
