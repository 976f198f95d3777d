import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { dataPolynomial, logHash } from '../../../src/state/batch/log.js';
import { CATALOGUE } from '../../../src/machine/circuit/catalogue.js';
import { toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { planChunks } from '../../../src/machine/planner/plan.js';
import type { ChunkProof } from '../../../src/proof/prover/proof-file.js';
import type { PublicSignals } from '../../../src/machine/trace/trace.js';
import { OtherKeysError, verifyProof } from '../../../src/proof/verifier/verify.js';
import { read, write } from '../../machine/circuits/world.js';
import { verificationKeyHash } from '../../../src/proof/setup/verification-key.js';
import { keys, provenTrace } from '../prover/prover.js';
import { databaseOf, plainEntry } from '../../machine/trace/honest.js';

const BATCH: RequestedAccess[] = [
  read(1n),
  write(1n, 7n),
  read(1n),
  write(1n, 8n),
  read(2n),
  read(1n),
  write(2n, 9n),
  read(2n),
];
let chunks: readonly [ChunkProof, ChunkProof, ChunkProof];

beforeAll(async () => {
  const db = await databaseOf(2, [plainEntry(1, 5), plainEntry(2, 6)]);
  const batch = { accesses: BATCH, where: String };
  const proofs: ChunkProof[] = [];
  const sizes = [{ ...CATALOGUE.s14, accesses: 3 }] as const;
  for await (const { trace } of planChunks({
    reader: db,
    root: (await db.current()).root,
    batch,
    sizes,
    x: toFr(7n),
  })) {
    proofs.push(await provenTrace(trace));
  }
  expect(proofs.map(({ log }) => log.length)).toEqual([3, 3, 2]);
  chunks = proofs as unknown as typeof chunks;
});

const verify = (proofs: readonly ChunkProof[], batch?: readonly RequestedAccess[], known = [keys]) =>
  verifyProof({ proof: { chunks: proofs }, keys: known, ...(batch && { batch }) });
const withSignals = (chunk: ChunkProof, change: Partial<PublicSignals>): ChunkProof => ({
  ...chunk,
  publicSignals: { ...chunk.publicSignals, ...change },
});
/** A chunk that begins elsewhere, and commits to its log from there on: only its proof is not of that. */
function recommitted(chunk: ChunkProof, change: Partial<PublicSignals>): ChunkProof {
  const { log, publicSignals } = withSignals(chunk, change);
  const dataOut = dataPolynomial(publicSignals.x, log, publicSignals);
  return withSignals(chunk, { ...change, logHash: logHash(log, publicSignals), dataOut });
}

describe('a chain of chunk proofs', () => {
  it('is the proof of the whole batch', async () => {
    const { oldRoot } = chunks[0].publicSignals;
    const { newRoot } = chunks[2].publicSignals;
    expect(await verify(chunks, BATCH)).toMatchObject({
      valid: true,
      statement: { oldRoot, newRoot, reads: 5, writes: 3, circuits: [{ circuit: { name: 's14' }, chunks: 3 }] },
      checked: expect.arrayContaining([
        'the log is the given batch',
        expect.stringContaining('each chunk continues the previous one'),
      ]),
      assumed: [expect.stringContaining('oldRoot')],
    });
  });

  it('may be of a part of the batch, from its first access; then it is not the batch', async () => {
    expect(await verify(chunks.slice(0, 2))).toMatchObject({
      valid: true,
      statement: { reads: 4, writes: 2 },
      assumed: [
        'the log may be only the start of a longer batch: give the batch to check this',
        expect.stringContaining('oldRoot'),
      ],
    });
    expect(await verify(chunks.slice(0, 2), BATCH)).toEqual({
      valid: false,
      reason: "the batch has 8 accesses, but the proof's log has 6",
    });
  });

  it.each<[string, () => readonly ChunkProof[], RegExp]>([
    ['its first chunk dropped', () => chunks.slice(1), /^chunks\[0\] is not the start of a batch: its logHashIn is 0x/],
    [
      'its first chunk dropped, and the log begun anew',
      () => [recommitted(chunks[1], { logHashIn: toFr(0n) }), chunks[2]],
      /^chunks\[0\] is not the start of a batch: its dataIn is 0x/,
    ],
    [
      'a chunk in the middle dropped',
      () => [chunks[0], chunks[2]],
      /^chunks\[1\] does not continue chunks\[0\]: its oldRoot is 0x/,
    ],
    ['two chunks swapped', () => [chunks[0], chunks[2], chunks[1]], /^chunks\[1\] does not continue chunks\[0\]/],
    ['a chunk twice', () => [chunks[0], chunks[1], chunks[1], chunks[2]], /^chunks\[2\] does not continue chunks\[1\]/],
    [
      'the proof of another chunk in its place',
      () => [chunks[0], { ...chunks[1], proof: chunks[0].proof }, chunks[2]],
      /^chunks\[1\]: the proof does not verify/,
    ],
    [
      'the log of another chunk in its place',
      () => [chunks[0], { ...chunks[1], log: chunks[0].log }, chunks[2]],
      /^chunks\[1\]: the log in the file gives logHash/,
    ],
    [
      'another old root',
      () => [chunks[0], withSignals(chunks[1], { oldRoot: toFr(5n) }), chunks[2]],
      /^chunks\[1\] does not continue chunks\[0\]: its oldRoot is 0x0+5, /,
    ],
    [
      'another new root',
      () => [chunks[0], withSignals(chunks[1], { newRoot: toFr(5n) }), chunks[2]],
      /^chunks\[2\] does not continue chunks\[1\]: its oldRoot is 0x/,
    ],
    [
      'another link of roots',
      () => [withSignals(chunks[0], { newRoot: toFr(5n) }), withSignals(chunks[1], { oldRoot: toFr(5n) }), chunks[2]],
      /^chunks\[0\]: the proof does not verify/,
    ],
    [
      'another log before',
      () => [chunks[0], recommitted(chunks[1], { logHashIn: toFr(5n) }), chunks[2]],
      /^chunks\[1\] does not continue chunks\[0\]: its logHashIn is 0x0+5, /,
    ],
    [
      'other data before',
      () => [chunks[0], recommitted(chunks[1], { dataIn: toFr(5n) }), chunks[2]],
      /^chunks\[1\] does not continue chunks\[0\]: its dataIn is 0x0+5, /,
    ],
    [
      'another point',
      () => [chunks[0], recommitted(chunks[1], { x: toFr(8n) }), chunks[2]],
      /^chunks\[1\] does not continue chunks\[0\]: its x is 0x0+8, /,
    ],
    [
      'another last new root',
      () => [chunks[0], chunks[1], withSignals(chunks[2], { newRoot: toFr(5n) })],
      /^chunks\[2\]: the proof does not verify/,
    ],
  ])('is not valid with %s', async (_, broken, reason) => {
    const verdict = await verify(broken());
    expect(verdict).toEqual({ valid: false, reason: expect.stringMatching(reason) });
  });

  it('is not valid if it is cut elsewhere than at a multiple of three', async () => {
    const first = { ...chunks[0], log: chunks[0].log.slice(0, 2) };
    const cut = recommitted(first, {});
    const next = recommitted(
      { ...chunks[1], log: [chunks[0].log[2]!, ...chunks[1].log] },
      { logHashIn: cut.publicSignals.logHash, dataIn: cut.publicSignals.dataOut },
    );
    expect(await verify([cut, next])).toEqual({
      valid: false,
      reason: 'chunks[0] has 2 accesses: before another chunk, this must be a multiple of 3',
    });
  });

  it("is not valid with another circuit's word for a chunk: its keys, its name, its tree", async () => {
    // Of the same key, in a file that says something else of what no verification uses.
    const verificationKey = {
      ...keys.verificationKey,
      vk_alphabeta_12: [...keys.verificationKey.vk_alphabeta_12].reverse(),
    };
    const circuit = { name: 's16', digest: '1'.repeat(64) } as const;
    const other = { ...keys, circuit, verificationKey, verificationKeyHash: verificationKeyHash(verificationKey) };
    const anotherKey = { ...verificationKey, vk_alpha_1: keys.verificationKey.IC[0]! };
    const another = { ...other, verificationKey: anotherKey, verificationKeyHash: verificationKeyHash(anotherKey) };
    const named = { ...chunks[1], circuit: other.circuit, verificationKey: verificationKeyHash(verificationKey) };
    const namedAnother = { ...named, verificationKey: verificationKeyHash(another.verificationKey) };
    const inPlace = (chunk: ChunkProof) => [chunks[0], chunk, chunks[2]];
    expect(await verify(inPlace(named), BATCH, [keys, other])).toMatchObject({
      valid: true,
      statement: { circuits: [{ chunks: 2 }, { chunks: 1 }] },
    });
    expect(await verify(inPlace(namedAnother), BATCH, [keys, another])).toEqual({
      valid: false,
      reason: expect.stringMatching(/^chunks\[1\]: the proof does not verify/),
    });
    expect(await verify(inPlace({ ...chunks[1], circuit: other.circuit }))).toEqual({
      valid: false,
      reason: expect.stringMatching(/^chunks\[1\]: the file states the circuit s16/),
    });
    expect(await verify(inPlace({ ...chunks[1], circuit: { ...chunks[1].circuit, name: 's14b' } }))).toEqual({
      valid: false,
      reason: 'chunks[1] has a tree with 1 bits per level, but chunks[0] has 2',
    });
    await expect(verify(inPlace(named))).rejects.toThrow(OtherKeysError);
  });

  it('is not valid for another batch, and the first difference is named by its place in the whole', async () => {
    const other = BATCH.map((access, i) =>
      i === 4 ? { ...access, value: toUint256(7n) } : access,
    ) as RequestedAccess[];
    expect(await verify(chunks, other)).toEqual({
      valid: false,
      reason: expect.stringMatching(/^access 4 of the batch is a read/),
    });
  });
});
