import { expect, it } from 'vitest';
import { parseBatch } from '../../src/state/batch/parse.js';
import { startingState } from '../../src/engine/starting-state.js';
import { inspectBatch } from '../../src/inspect/from-batch.js';
import { inspectProof } from '../../src/inspect/from-proof.js';
import { inspectTrace } from '../../src/inspect/from-trace.js';
import type { ChunkProof } from '../../src/proof/prover/proof-file.js';
import { BATCH, traceOf } from './world.js';

const trace = await traceOf(BATCH);
const inspection = inspectTrace(trace);

it('every path hashes up to its root: paths of reads to the old root, paths of writes from root to root', () => {
  expect(inspection.verdict.outcome).toBe('valid');
  const effects = new Set(inspection.keys.map(({ effect }) => effect));
  for (const effect of ['read', 'update', 'createAtEmpty', 'delete']) expect(effects).toContain(effect);
  for (const { key } of trace.reads) expect(inspection.keys[key]!.path!.before[0]).toBe(trace.publics.oldRoot);
  let root = trace.publics.oldRoot;
  for (const { key } of trace.writes) {
    const { before, after, siblings } = inspection.keys[key]!.path!;
    expect(before[0]).toBe(root);
    expect(Math.max(before.length, after.length)).toBe(siblings.length + 1);
    root = after[0]!;
  }
  expect(root).toBe(trace.publics.newRoot);
});

it('a trace with a wrong value is not valid, and has no paths', () => {
  const [first, ...others] = trace.log;
  const wrong = inspectTrace({ ...trace, log: [{ ...first!, value: 1n as never }, ...others] });
  expect(wrong.verdict.outcome).toBe('notValid');
  expect(wrong.keys.every(({ path }) => path === null)).toBe(true);
});

it('a batch has the keys and paths of its trace, and proofs that cover all accesses in order', async () => {
  const batch = parseBatch(JSON.stringify(BATCH));
  const planned = await inspectBatch(await startingState(null, batch), batch, 's16');
  expect(planned.keys).toEqual(inspection.keys);
  expect(planned.parts.length).toBeGreaterThan(1);
  let next = 0;
  for (const { first, accesses, use } of planned.parts) {
    expect([first, use!.accesses.used]).toEqual([next, accesses]);
    next += accesses;
  }
  expect(next).toBe(BATCH.accesses.length);
});

const chunk = {
  circuit: { name: 's20', digest: '' },
  setup: 'development',
  verificationKey: '',
  publicSignals: trace.publics,
  log: trace.log,
} as unknown as ChunkProof;
const verdict = { outcome: 'unchecked', headline: '', conditions: [] } as const;

it('a proof alone tells what its log tells, and with its old state at hand what its trace tells', async () => {
  const options = { proof: { chunks: [chunk] }, verdict, keysOf: () => null };
  const alone = await inspectProof({ ...options, oldState: { missing: 'There is none.' } });
  expect(alone.unknown[0]).toBe('There is none.');
  expect(alone.keys.map(({ treeKey, after }) => ({ treeKey, after }))).toEqual(
    inspection.keys.map(({ treeKey, after }) => ({ treeKey, after })),
  );
  expect(alone.keys[0]!.before).toBe(1000n); // read before it is written
  expect(alone.keys.find(({ slot }) => slot === 100n)!.before).toBeNull();
  expect(alone.parts[0]!.use).toBeNull();

  const batch = parseBatch(JSON.stringify(BATCH));
  const { reader } = await startingState(null, batch);
  const wrong = { ...chunk, publicSignals: { ...trace.publics, newRoot: trace.publics.oldRoot } };
  expect((await inspectProof({ ...options, proof: { chunks: [wrong] }, oldState: { reader } })).unknown[0]).toMatch(
    /^Executed on its old root, the log leads to root 0x/,
  );
  const small = { ...chunk, circuit: { ...chunk.circuit, name: 's14' as const } };
  const overfull = await inspectProof({ ...options, proof: { chunks: [small] }, oldState: { reader } });
  expect(overfull.unknown[0]).toMatch(
    /^The log does not match its old root: the batch needs 66 accesses; the circuit has room for 6\.$/,
  );
  expect(overfull.log).toEqual(alone.log);
});
