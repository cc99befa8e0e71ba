// One worker of the bench: runs a contender for some milliseconds, slice by slice.
import { digest, hashInto, reinitializeInstance } from "/npm/@chainsafe/as-sha256/lib/index.js";

// Few, so that a slice of the slowest contender too is shorter than what the system gives a process at a time.
const SHARES = 128;
const COINBASE = 250;
const HEADER = 80;
const RECORD = 1 + COINBASE + HEADER;
const LEVELS = 12;

async function module(name) {
  const { instance } = await WebAssembly.instantiateStreaming(fetch(`/${name}.wasm`));
  const { prepare, shares, headers, hashes, inputs, inputs_length: length, memory } = instance.exports;
  prepare(SHARES);
  return {
    shares,
    headers,
    hashes: () => new Uint8Array(memory.buffer, hashes(), 32 * SHARES).slice(),
    inputs: () => new Uint8Array(memory.buffer, inputs(), length()).slice(),
  };
}

// Its vector path hashes 64-byte messages only: the first hash of each merkle level.
function npm(inputs) {
  const out = new Uint8Array(32 * SHARES);
  const share = (i) => inputs.subarray(i * RECORD, (i + 1) * RECORD);
  const branches = inputs.subarray(SHARES * RECORD);
  const coinbases = Array.from({ length: SHARES }, (_, i) => share(i).slice(1, 1 + COINBASE));
  const headers = Array.from({ length: SHARES }, (_, i) => share(i).slice(1 + COINBASE));
  const roots = headers.map((header) => header.slice());
  const jobs = Array.from({ length: SHARES }, (_, i) => share(i)[0]);
  const branch = Array.from({ length: branches.length / 32 }, (_, i) => branches.slice(32 * i, 32 * i + 32));
  const pairs = new Uint8Array(64 * SHARES);
  const first = new Uint8Array(32 * SHARES);
  const firsts = Array.from({ length: SHARES }, (_, i) => first.subarray(32 * i, 32 * i + 32));
  return {
    shares() {
      for (let i = 0; i < SHARES; i++) pairs.set(digest(digest(coinbases[i])), 64 * i);
      for (let level = 0; level < LEVELS; level++) {
        for (let i = 0; i < SHARES; i++) pairs.set(branch[jobs[i] * LEVELS + level], 64 * i + 32);
        hashInto(pairs, first);
        for (let i = 0; i < SHARES; i++) pairs.set(digest(firsts[i]), 64 * i);
      }
      for (let i = 0; i < SHARES; i++) {
        roots[i].set(pairs.subarray(64 * i, 64 * i + 32), 36);
        out.set(digest(digest(roots[i])), 32 * i);
      }
    },
    headers() {
      for (let i = 0; i < SHARES; i++) out.set(digest(digest(headers[i])), 32 * i);
    },
    hashes: () => out.slice(),
  };
}

const contenders = {};

async function prepare() {
  reinitializeInstance(true);
  contenders.lanes = await module("lanes");
  contenders.tape = await module("tape");
  contenders.npm = npm(contenders.lanes.inputs());
  // All must answer the same, or a ratio says nothing.
  for (const kind of ["shares", "headers"]) {
    const answers = Object.entries(contenders).map(([name, contender]) => {
      contender[kind]();
      return [name, contender.hashes().join()];
    });
    for (const [name, answer] of answers) {
      if (answer !== answers[0][1]) throw new Error(`${name} hashes ${kind} differently`);
    }
  }
}

function run({ name, kind, ms, from }) {
  const work = contenders[name][kind];
  // Fast slices are repeated, so that the clock's step does not matter.
  const repeat = kind === "headers" ? 16 : 1;
  while (performance.timeOrigin + performance.now() < from);
  const begin = performance.now();
  const rates = [];
  let now = begin;
  do {
    const start = now;
    for (let i = 0; i < repeat; i++) work();
    now = performance.now();
    rates.push((1000 * repeat * SHARES) / (now - start));
  } while (now - begin < ms);
  return { rates, wall: (1000 * repeat * SHARES * rates.length) / (now - begin) };
}

onmessage = async ({ data }) => {
  try {
    postMessage(data === "prepare" ? await prepare() : run(data));
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
