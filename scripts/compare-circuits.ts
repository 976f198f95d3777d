// Compares, in one run, what the circuits are made of with what they could be made of: a binary tree for the same
// accesses, and circomlib's template for as many Poseidon hashes. Proofs are made in turns, --rounds of each
// (3), by snarkjs, or by another program with rapidsnark's command line, --prover; the best is given.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  circuitInputs,
  execute,
  HashDb,
  loadEntries,
  MemoryDriver,
  parseBatch,
  poseidonScheme,
  SNARKJS,
  WitnessCalculator,
} from 'rootshift';
import type { CircuitInputs, CircuitSize } from 'rootshift';
import { mainSource } from '#dist/machine/circuit/catalogue.js';
import { circuitSources, compileSources } from '#dist/machine/circuit/compile.js';
import type { CircomSource } from '#dist/machine/circuit/compile.js';
import { developmentSetup } from '#dist/proof/setup/index.js';
import { readR1cs } from '#dist/proof/setup/r1cs.js';
import { density, seconds } from './figures.js';
import type { Density } from './figures.js';
import { ROOT } from './ready.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, prover: { type: 'string' } },
});
const [program, ...programArgs] = options.prover === undefined ? SNARKJS.command : [options.prover];

const HASHES = 700;
const rows = (levels: number): Omit<CircuitSize, 'bitsPerLevel'> => ({
  accesses: 48,
  readRows: [{ rows: 10, levels }],
  updateRows: [{ rows: 11, levels }],
  writeRows: [{ rows: 6, levels }],
  topLevels: 0,
});
/** 24 bits of path either way. */
const TREES: Readonly<Record<string, CircuitSize>> = {
  'a quad tree': { ...rows(12), bitsPerLevel: 2 },
  'a binary tree': { ...rows(24), bitsPerLevel: 1 },
};

const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-compare-'));

/** Inputs for the sample block's first accesses, on the state that it found. */
async function treeInputs(size: CircuitSize): Promise<CircuitInputs> {
  const block = parseBatch(readFileSync(path.join(ROOT, 'examples', 'mainnet-block-20472570.json'), 'utf8'));
  const scheme = poseidonScheme(size.bitsPerLevel);
  const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  await db.commit({ ...(await loadEntries(scheme, block.prestate)), origin: 'load' });
  const batch = { ...block, accesses: block.accesses.slice(0, 26) };
  return circuitInputs((await execute(db, (await db.current()).root, batch, size)).trace, size);
}

const chain = `pragma circom 2.2.0;
include "poseidon.circom";
template Chain() {
  signal input in[4];
  signal output out;
  signal hash[${HASHES} + 1];
  hash[0] <== in[0];
  for (var i = 0; i < ${HASHES}; i++) { hash[i + 1] <== Poseidon(4)([hash[i], in[1], in[2], in[3]]); }
  out <== hash[${HASHES}];
}
component main = Chain();
`;

async function circomlibSources(): Promise<CircomSource[]> {
  const resolve = createRequire(import.meta.url).resolve;
  return ['poseidon.circom', 'poseidon_constants.circom'].map((name) => ({
    name,
    text: readFileSync(resolve(`circomlib/circuits/${name}`), 'utf8'),
  }));
}

/** A circuit that is ready to be proven. */
interface Variant {
  readonly name: string;
  /** The arguments of a prover. */
  readonly files: readonly string[];
  readonly figures: Density & { readonly constraints: number; readonly wires: number };
}

async function prepare(
  name: string,
  main: string,
  sources: readonly CircomSource[],
  inputs: CircuitInputs,
): Promise<Variant> {
  const at = path.join(folder, name.replaceAll(/\W+/g, '-'));
  const { constraints, wires } = await compileSources(at, main, sources);
  const r1cs = path.join(at, 'main.r1cs');
  const zkey = path.join(at, 'main.zkey');
  const wtns = path.join(at, 'main.wtns');
  await developmentSetup({ r1cs, zkey });
  const calculator = new WitnessCalculator();
  await calculator.write(inputs, path.join(at, 'main.wasm'), wtns);
  await calculator.close();
  return {
    name,
    files: [zkey, wtns, path.join(at, 'proof.json'), path.join(at, 'public.json')],
    figures: { constraints, wires, ...density(await readR1cs(r1cs)) },
  };
}

try {
  const own = await circuitSources();
  const variants: Variant[] = [];
  for (const [name, size] of Object.entries(TREES))
    variants.push(await prepare(name, mainSource(size), own, await treeInputs(size)));
  const hashInputs = { in: [1n, 2n, 3n, 4n] };
  variants.push(await prepare(`${HASHES} hashes, ours`, chain, own, hashInputs));
  variants.push(await prepare(`${HASHES} hashes, circomlib`, chain, await circomlibSources(), hashInputs));
  const best = new Map(variants.map(({ name }) => [name, Infinity]));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const { name, files } of variants) {
      const [{ status, stderr }, took] = await seconds(() =>
        spawnSync(program, [...programArgs, ...files], { encoding: 'utf8' }),
      );
      if (status !== 0) throw new Error(`the prover ended with exit code ${status}: ${stderr}`);
      best.set(name, Math.min(best.get(name) ?? Infinity, took));
    }
  }
  console.table(
    Object.fromEntries(variants.map(({ name, figures }) => [name, { ...figures, proofSeconds: best.get(name) }])),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
