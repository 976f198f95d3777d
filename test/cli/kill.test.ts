import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parseBatch } from '../../src/state/batch/parse.js';
import { ArtifactStore } from '../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../src/machine/circuit/compile.js';
import { openDatabase, openIfThere } from '../../src/engine/database.js';
import { proveEntry } from '../../src/engine/prove-entry.js';
import { loadEntries } from '../../src/machine/executor/load.js';
import { toUint256 } from '../../src/base/field/limbs.js';
import { provingKeys } from '../../src/proof/prover/keys.js';
import type { Digest } from '../../src/state/tree/node.js';
import { poseidonScheme } from '../../src/state/tree/scheme.js';
import { verifyMerkleProof } from '../../src/proof/verifier/merkle-proof.js';
import { ARTIFACTS, freshFolder, historyOf, killedOnce, put, rootshift } from './cli.js';

const KEY = { address: 0n, kind: 'storage' as const, slot: toUint256(1n) };
const LOADED = 1;

/** When to kill: so much after the start, or so much after the proof file is there and the commit is next. */
type Moment = { readonly after: 'start' | 'proof'; readonly ms: number };
const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const afterStart = (ms: number): Moment => ({ after: 'start', ms });
const afterProof = (ms: number): Moment => ({ after: 'proof', ms });
const MOMENTS: readonly Moment[] = [
  ...[50, 400, 1_000, 2_500].map(afterStart),
  ...[0, 4].map(afterProof),
  ...(LONG ? Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? afterStart(150 * i) : afterProof(i / 2))) : []),
];

/** Every run writes another value, and begins from whatever it finds: the prestate counts only for the first. */
const batchOf = (value: number, isFirst: boolean) => ({
  ...(isFirst ? { prestate: [{ key: '1', value: LOADED }] } : {}),
  accesses: [{ op: 'write', key: '1', value }],
});

const rootOf = async (value: number): Promise<Digest> =>
  (
    await loadEntries(
      poseidonScheme(2),
      parseBatch(JSON.stringify({ ...batchOf(9, false), prestate: [{ key: '1', value }] })).prestate,
    )
  ).root;

/** Runs `prove` and kills it; true if it was still running. */
async function proveAndKill(folder: string, { after, ms }: Moment): Promise<boolean> {
  const before = await proofsIn(folder);
  const isTime = async (): Promise<boolean> => after === 'start' || (await proofsIn(folder)).length !== before.length;
  return killedOnce(isTime, ms, folder, ['prove', 'batch.json', '--circuit', 's14']);
}

async function proofsIn(folder: string): Promise<string[]> {
  const names = await readdir(path.join(folder, '.rootshift', 'proofs')).catch(() => []);
  return names.filter((name) => !name.startsWith('.'));
}

/** The current value of the key; null where there is no state yet. */
async function currentValue(folder: string): Promise<number | null> {
  const db = await openIfThere((options) => openDatabase(path.join(folder, '.rootshift', 'db'), options));
  try {
    if (db === null || (await db.current()).number === 0) return null;
    const proof = await proveEntry(db, KEY);
    expect(verifyMerkleProof(proof)).toEqual({ valid: true });
    expect(proof.root).toBe(await rootOf(Number(proof.value)));
    return Number(proof.value);
  } finally {
    await db?.close();
  }
}

async function proveToTheEnd(folder: string, value: number): Promise<void> {
  const old = await currentValue(folder);
  await put(folder, 'batch.json', batchOf(value, old === null));
  const { code, stdout, stderr } = await rootshift(folder, ['prove', 'batch.json', '--circuit', 's14', '--json']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(BigInt(JSON.parse(stdout).newRoot)).toBe(await rootOf(value));
  expect(await currentValue(folder)).toBe(value);
}

beforeAll(async () => {
  // Made here if need be, so that the moments fall into the proof and the commit.
  const store = new ArtifactStore(ARTIFACTS);
  await provingKeys(store, await compileCircuit(store, 's14'));
});

it(`prove killed at ${MOMENTS.length} moments leaves the old root or the new one, and continues from it`, async () => {
  let folder = await freshFolder();
  const outcomes = { old: 0, loaded: 0, new: 0, notKilled: 0 };
  for (const [i, moment] of MOMENTS.entries()) {
    // A new directory now and then: there the load and the proof are two commits.
    if (moment.after === 'proof' && i % 2 === 1) folder = await freshFolder();
    const value = 100 + i;
    const old = await currentValue(folder);
    await put(folder, 'batch.json', batchOf(value, old === null));
    const killed = await proveAndKill(folder, moment);
    const now = await currentValue(folder);
    expect([old, ...(old === null ? [LOADED] : []), value]).toContain(now);
    if (!killed) outcomes.notKilled++;
    outcomes[now === value ? 'new' : now === old ? 'old' : 'loaded']++;
    const history = (await historyOf(path.join(folder, '.rootshift', 'db'))) ?? [];
    expect(history.map(({ number }) => number)).toEqual(history.map((_, n) => n));
    if (LONG) await proveToTheEnd(folder, 1_000 + i);
  }
  console.info('killed', outcomes);
  await proveToTheEnd(folder, 5_000);
  // Kills that all come too late, or all too early, would prove little.
  expect(outcomes.old + outcomes.loaded).toBeGreaterThan(0);
  expect(outcomes.notKilled).toBeLessThan(MOMENTS.length / 2);
});
