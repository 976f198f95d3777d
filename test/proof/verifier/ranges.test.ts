/** Numbers that a caller made up, each beside its good twin: none is taken for what it is modulo r. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Access, EntryKey } from '../../../src/state/batch/access.js';
import { treeKey, treeKeys } from '../../../src/state/batch/encoding.js';
import { dataPolynomial, logHash } from '../../../src/state/batch/log.js';
import { FIELD_ORDER, FieldRangeError, frToBytesBE, frToHex, ONE, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { toUint256, Uint256RangeError, uint256ToHex } from '../../../src/base/field/limbs.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import { formatTrace, parseTrace } from '../../../src/machine/trace/file.js';
import { WitnessCalculator } from '../../../src/machine/witness/calculate.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { proveEntries, proveEntry } from '../../../src/engine/prove-entry.js';
import { formatProof, parseProof, ProofFileError } from '../../../src/proof/prover/proof-file.js';
import type { ChunkProof } from '../../../src/proof/prover/proof-file.js';
import {
  formatCombinedProof,
  parseCombinedProof,
  verifyCombinedProof,
} from '../../../src/proof/verifier/combined-proof.js';
import type { CombinedProof } from '../../../src/proof/verifier/combined-proof.js';
import { formatMerkleProof, parseMerkleProof, verifyMerkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import type { MerkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { formatManifest, parseManifest } from '../../../src/state/snapshot/manifest.js';
import { verifierArguments } from '../../../src/proof/verifier/solidity.js';
import { chunkFault, verifyProof } from '../../../src/proof/verifier/verify.js';
import { encodeBatchData } from '../../../src/settlement/data.js';
import type { Write } from '../../../src/settlement/data.js';
import { readsPoint } from '../../../src/settlement/point.js';
import { databaseOf, plainEntry } from '../../machine/trace/honest.js';
import { BASE_FIELD_ORDER } from '../../../src/base/bn254/numbers.js';
import { execute } from '../../../src/machine/executor/executor.js';
import { circuit, keys, provenTrace } from '../prover/prover.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';

/** What is the same number modulo r in a limb's place: a word's high limb plus r. */
const OFF = FIELD_ORDER * 2n ** 128n;
const Q = BASE_FIELD_ORDER;
const asFr = (x: bigint): Fr => x as Fr;
const entry = (slot: bigint): EntryKey => ({ address: 1n, kind: 'storage', slot: slot });

describe('the hash takes no number for another', () => {
  it.each<[string, bigint]>([
    ['r more', 5n + FIELD_ORDER],
    ['r', FIELD_ORDER],
    ['r less', 5n - FIELD_ORDER],
    ['2^256 more', 5n + 2n ** 256n],
    ['-1', -1n],
  ])('%s', async (_, x) => {
    expect(() => poseidon.hash([asFr(x), ONE])).toThrow(FieldRangeError);
    expect(() => poseidon.hash([ONE, asFr(x)])).toThrow(FieldRangeError);
    expect(() => poseidon.permute(asFr(x), [ONE], 1)).toThrow(FieldRangeError);
    await expect(
      poseidon.hashMany([
        [ONE, ONE],
        [asFr(x), ONE],
      ]),
    ).rejects.toThrow(FieldRangeError);
    const many = Array.from({ length: 600 }, () => [ONE, ONE]);
    await expect(poseidon.hashMany(many.with(599, [ONE, asFr(x)]))).rejects.toThrow(FieldRangeError);
    // The next one is none the worse for it.
    expect(await poseidon.hashMany([[ONE, ONE]])).toEqual([poseidon.hash([ONE, ONE])]);
  });

  it('but the largest there is', () => {
    expect(() => poseidon.hash([asFr(FIELD_ORDER - 1n), ONE])).not.toThrow();
  });
});

describe('what is made of an entry is of that entry alone', () => {
  it.each<[string, bigint]>([
    ['r in a limb more', 1n + OFF],
    ['2^256', 2n ** 256n],
    ['2^257 + 1', 2n ** 257n + 1n],
    ['-1', -1n],
  ])('%s', async (_, x) => {
    const access: Access = { op: 'write', ...entry(1n), value: x };
    for (const make of [
      () => treeKey(entry(x)),
      () => poseidonScheme(1).leafValue(x),
      () => poseidonScheme(2).hashLeaf({ kind: 'leaf', key: 1n, value: x }),
      () => logHash([access]),
      () => dataPolynomial(ONE, [access]),
      () => uint256ToHex(x),
    ]) {
      expect(make).toThrow(Uint256RangeError);
    }
    await expect(async () => treeKeys([entry(1n), entry(x)])).rejects.toThrow(Uint256RangeError);
    const leafOf = (value: bigint) => ({ kind: 'leaf', key: 1n, value }) as const;
    for (const bits of [1, 2] as const) {
      const scheme = poseidonScheme(bits);
      await expect(async () => scheme.hashNodes((await scheme.leafValues([1n, x])).map(leafOf))).rejects.toThrow(
        Uint256RangeError,
      );
    }
    expect(() => encodeBatchData([access as Write])).toThrow(/^record 0: expected 0 <= x < 2\^256, got/);
  });

  it('with its good twin', () => {
    const largest: Access = {
      op: 'write',
      address: 2n ** 160n - 1n,
      kind: 'storage',
      slot: 2n ** 256n - 1n,
      value: 2n ** 256n - 1n,
    };
    expect(() => [
      treeKey(largest),
      poseidonScheme(1).leafValue(largest.value),
      poseidonScheme(2).hashLeaf({ kind: 'leaf', key: 1n, value: largest.value }),
      logHash([largest]),
      dataPolynomial(ONE, [largest]),
      encodeBatchData([largest as Write]),
    ]).not.toThrow();
    expect(() => encodeBatchData([{ ...largest, address: 2n ** 160n } as Write])).toThrow(
      /^record 0: expected an address/,
    );
  });

  it('and of no signal plus r', () => {
    const x = asFr(ONE + FIELD_ORDER);
    for (const make of [
      () => dataPolynomial(x, []),
      () => dataPolynomial(ONE, [], { dataIn: x }),
      () => logHash([], { logHashIn: x }),
      () => frToHex(x),
      () => frToBytesBE(x),
      () => readsPoint('0x00', x),
    ]) {
      expect(make).toThrow(FieldRangeError);
    }
  });
});

const db = await databaseOf(2, [plainEntry(1, 100), plainEntry(2, 200), plainEntry(3, 300)]);
const plain = (slot: number): EntryKey => ({ address: 0n, kind: 'storage', slot: toUint256(BigInt(slot)) });

describe('a Merkle proof with a number out of its range', async () => {
  const proof: MerkleProof = await proveEntry(db, plain(1));
  const absent = await proveEntry(db, plain(9));

  it('is not valid, and is written to no file; its twin is', () => {
    expect([proof, absent].map(verifyMerkleProof)).toEqual([{ valid: true }, { valid: true }]);
    const changes: Partial<Record<keyof MerkleProof, unknown>>[] = [
      { value: proof.value + OFF },
      { value: proof.value - 2n ** 256n },
      { slot: proof.slot + OFF },
      { address: 2n ** 160n },
      { address: -1n },
      { root: proof.root + FIELD_ORDER },
      { siblings: proof.siblings.map((level) => level.map((one) => one + FIELD_ORDER)) },
      { bitsPerLevel: 3 },
    ];
    for (const change of changes) {
      const changed = { ...proof, ...change } as MerkleProof;
      expect(verifyMerkleProof(changed), Object.keys(change)[0]).toMatchObject({ valid: false });
      expect(() => formatMerkleProof(changed), Object.keys(change)[0]).toThrow();
    }
    for (const good of [proof, absent]) expect(parseMerkleProof(formatMerkleProof(good))).toEqual(good);
  });
});

describe('a combined proof with a number out of its range', async () => {
  const proof: CombinedProof = await proveEntries(db, [plain(1), plain(2), plain(9)]);

  it('is not valid, and is written to no file; its twin is', async () => {
    expect(await verifyCombinedProof(proof)).toEqual({ valid: true });
    const [first] = proof.entries;
    const changes: Partial<Record<keyof CombinedProof, unknown>>[] = [
      { entries: proof.entries.with(0, { ...first!, value: first!.value + OFF }) },
      { entries: proof.entries.with(0, { ...first!, slot: first!.slot + OFF }) },
      { entries: proof.entries.with(0, { ...first!, address: 2n ** 160n }) },
      { root: proof.root + FIELD_ORDER },
      { siblings: proof.siblings.map((one) => one + FIELD_ORDER) },
      { bitsPerLevel: 3 },
    ];
    for (const change of changes.filter((one) => one.siblings === undefined || proof.siblings.length > 0)) {
      const changed = { ...proof, ...change } as CombinedProof;
      expect(await verifyCombinedProof(changed), Object.keys(change)[0]).toMatchObject({ valid: false });
      expect(() => formatCombinedProof(changed), Object.keys(change)[0]).toThrow();
    }
    expect(parseCombinedProof(formatCombinedProof(proof))).toEqual(proof);
  });
});

const empty = await databaseOf(2, []);
const twice = [5, 6].map((value) => ({ op: 'write' as const, ...plainEntry(1, value) }));
const { trace: written } = await execute(empty, (await empty.current()).root, {
  accesses: twice,
  where: (i) => `accesses[${i}]`,
});
const chunk = await provenTrace(written);

describe('the proof of a batch that a caller built', () => {
  const [first] = chunk.log;
  const hex = (text: string): string => `0x${BigInt(text).toString(16)}`;
  const { pi_a, pi_b, pi_c } = chunk.proof;

  const forms: [string, Partial<ChunkProof['proof']>][] = [
    ['a coordinate in hexadecimal', { pi_a: [hex(pi_a[0]), pi_a[1], '1'] }],
    ['a coordinate in hexadecimal in G2', { pi_b: [[hex(pi_b[0][0]), pi_b[0][1]], pi_b[1], pi_b[2]] }],
    ['a coordinate with a zero before it', { pi_c: [`0${pi_c[0]}`, pi_c[1], '1'] }],
    // (4x, 8y, 2) stands for (x, y) in Jacobian form.
    ['Jacobian form', { pi_a: [String((4n * BigInt(pi_a[0])) % Q), String((8n * BigInt(pi_a[1])) % Q), '2'] }],
  ];
  it.each(forms)('with %s is not valid, and is written to no file nor call', async (_, change) => {
    const changed: ChunkProof = { ...chunk, proof: { ...chunk.proof, ...change } };
    const verdict = { valid: false, reason: 'the proof is not of affine points in decimal digits' };
    expect(await verifyProof({ proof: { chunks: [changed] }, keys: [keys] })).toEqual(verdict);
    expect(await chunkFault(changed, keys)).toBe(verdict.reason);
    expect(() => formatProof({ chunks: [changed] })).toThrow(ProofFileError);
    expect(() => verifierArguments(changed)).toThrow(ProofFileError);
  });

  const numbers: [string, Partial<ChunkProof>][] = [
    ['a value', { log: chunk.log.with(0, { ...first!, value: first!.value + OFF }) }],
    ['a slot', { log: chunk.log.with(0, { ...first!, slot: first!.slot + OFF }) }],
    ['an address', { log: chunk.log.with(0, { ...first!, address: 2n ** 160n }) }],
    ...(['newRoot', 'logHashIn', 'logHash', 'x', 'dataIn', 'dataOut'] as const).map(
      (name): [string, Partial<ChunkProof>] => [
        name,
        { publicSignals: { ...chunk.publicSignals, [name]: asFr(chunk.publicSignals[name] + FIELD_ORDER) } },
      ],
    ),
  ];
  it.each(numbers)('with %s out of its range is not valid, and is written to no file', async (_, change) => {
    const changed: ChunkProof = { ...chunk, ...change };
    expect(await verifyProof({ proof: { chunks: [changed] }, keys: [keys] })).toEqual({
      valid: false,
      reason: expect.stringMatching(/^expected (0 <= x|a BN254 scalar|an address)/),
    });
    expect(await chunkFault(changed, keys)).toMatch(/^expected /);
    expect(() => formatProof({ chunks: [changed] })).toThrow();
  });

  it('without chunks is not valid; as it was made, it is, and its file is read as it was written', async () => {
    expect(await verifyProof({ proof: { chunks: [] }, keys: [keys] })).toEqual({
      valid: false,
      reason: 'expected at least one chunk, got none',
    });
    expect(() => formatProof({ chunks: [] })).toThrow(ProofFileError);
    expect(await verifyProof({ proof: { chunks: [chunk] }, keys: [keys] })).toMatchObject({ valid: true });
    expect(await chunkFault(chunk, keys)).toBeNull();
    expect(parseProof(formatProof({ chunks: [chunk] }))).toEqual({ chunks: [chunk] });
  });
});

describe('a trace that a caller built', async () => {
  const empty = await databaseOf(2, []);
  const { trace } = await execute(empty, (await empty.current()).root, {
    accesses: [{ op: 'write', ...plainEntry(1, 5) }],
    where: () => 'it',
  });

  it('makes no witness of a signal plus r, and is written to no file', async () => {
    const calculator = new WitnessCalculator();
    try {
      const changed: typeof trace = {
        ...trace,
        publics: { ...trace.publics, newRoot: asFr(trace.publics.newRoot + FIELD_ORDER) },
      };
      await expect(async () =>
        calculator.write(circuitInputs(changed, circuit.size), circuit.wasm, '/dev/null'),
      ).rejects.toThrow(FieldRangeError);
      expect(() => formatTrace(changed)).toThrow(FieldRangeError);
      expect(() => checkTrace(changed)).toThrow(FieldRangeError);
      await expect(
        calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, '/dev/null'),
      ).resolves.toBeUndefined();
      expect(parseTrace(formatTrace(trace))).toEqual(trace);
    } finally {
      await calculator.close();
    }
  });
});

describe('what is written, is read', () => {
  const word = fc.bigInt(0n, 2n ** 256n - 1n).map(toUint256);
  const fr = fc.bigInt(0n, FIELD_ORDER - 1n).map(toFr);
  const merkle = fc.record({
    root: fr,
    address: fc.bigInt(0n, 2n ** 160n - 1n),
    kind: fc.constant('storage' as const),
    slot: word,
    value: fc.constant(toUint256(0n)),
    bitsPerLevel: fc.constantFrom(1 as const, 2 as const),
    siblings: fc.array(fc.array(fr, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
    otherLeaf: fc.constant(null),
  });

  it('any Merkle proof whose numbers are in range, valid or not', () => {
    fc.assert(
      fc.property(merkle, (proof) => {
        expect(parseMerkleProof(formatMerkleProof(proof))).toEqual(proof);
      }),
    );
  });

  it('any combined proof of a state', async () => {
    const keys = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1 as const, 2 as const), keys, keys, word, async (bits, held, asked, value) => {
        const state = await databaseOf(
          bits,
          held.map((key) => ({ ...plain(key), value })),
        );
        const proof = await proveEntries(state, asked.map(plain));
        expect(parseCombinedProof(formatCombinedProof(proof))).toEqual(proof);
      }),
      { numRuns: 20 },
    );
  });

  it('any trace of a batch, and any proof with numbers in their range, valid or not', async () => {
    const accesses = fc.array(fc.tuple(fc.boolean(), fc.nat(5), word), { minLength: 1, maxLength: 8 });
    const signals = fc.tuple(fr, fr, fr, fr, fr);
    const empty = await databaseOf(2, [plainEntry(1, 7)]);
    const start = (await empty.current()).root;
    await fc.assert(
      fc.asyncProperty(accesses, signals, async (list, [newRoot, logHash, x, dataIn, dataOut]) => {
        const { trace } = await execute(empty, start, {
          accesses: list.map(([isRead, key, value]) =>
            isRead ? { op: 'read', ...plain(key) } : { op: 'write', ...plain(key), value },
          ),
          where: (i) => `accesses[${i}]`,
        });
        expect(parseTrace(formatTrace(trace))).toEqual(trace);
        const changed = {
          ...chunk,
          log: trace.log.map(({ op, address, kind, slot, value }) => ({ op, address, kind, slot, value })),
          publicSignals: { ...trace.publics, newRoot, logHash, x, dataIn, dataOut },
        };
        expect(parseProof(formatProof({ chunks: [changed, chunk] }))).toEqual({ chunks: [changed, chunk] });
      }),
      { numRuns: 20 },
    );
  });

  it('any manifest of a snapshot', () => {
    const place = fc.record({ level: fc.nat(254), path: fr, entries: fc.nat(1_000_000) });
    const manifest = fc.record({
      root: fr,
      scheme: fc.constantFrom('a', 'b'),
      entries: fc.nat(),
      chunks: fc.array(place, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(manifest, (one) => {
        expect(parseManifest(formatManifest(one))).toEqual(one);
      }),
    );
  });
});
