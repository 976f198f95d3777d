import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FIELD_ORDER, frToHex, toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { CIRCUIT_NAMES } from '../../../src/machine/circuit/catalogue.js';
import { formatProof, parseProof, ProofFileError } from '../../../src/proof/prover/proof-file.js';
import type { ChunkProof, ProofFile } from '../../../src/proof/prover/proof-file.js';
import { BASE_FIELD_ORDER } from '../../../src/base/bn254/numbers.js';
import { changed, places } from './json.js';

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/proof.schema.json', import.meta.url), 'utf8')),
);

const LAST = toFr(FIELD_ORDER - 1n);
const CHUNK: ChunkProof = {
  circuit: { name: 's14', digest: 'ab'.repeat(32) },
  setup: 'development',
  verificationKey: 'cd'.repeat(32),
  publicSignals: {
    oldRoot: toFr(0n),
    newRoot: LAST,
    logHashIn: toFr(0n),
    logHash: toFr(5n),
    x: toFr(7n),
    dataIn: toFr(1n),
    dataOut: LAST,
  },
  proof: {
    pi_a: ['0', `${BASE_FIELD_ORDER - 1n}`, '1'],
    pi_b: [
      ['1', '2'],
      ['3', '4'],
      ['1', '0'],
    ],
    pi_c: ['5', '6', '1'],
    protocol: 'groth16',
    curve: 'bn128',
  },
  log: [
    { op: 'read', address: 0n, kind: 'storage', slot: toUint256(1n), value: toUint256(0n) },
    { op: 'write', address: 2n ** 160n - 1n, kind: 'balance', slot: toUint256(0n), value: toUint256(2n ** 256n - 1n) },
  ],
};
const PROOF: ProofFile = { chunks: [CHUNK, { ...CHUNK, circuit: { name: 'deep', digest: 'ef'.repeat(32) } }] };
const DOCUMENT = JSON.parse(formatProof(PROOF));

const isRefused = (document: unknown): void => {
  expect(() => parseProof(JSON.stringify(document)), JSON.stringify(document)).toThrow(ProofFileError);
  expect(SCHEMA.safeParse(document).success, JSON.stringify(document)).toBe(false);
};

describe('proof file', () => {
  it('gives back the proof, and agrees with its schema', () => {
    expect(parseProof(formatProof(PROOF))).toEqual(PROOF);
    expect(SCHEMA.safeParse(DOCUMENT).error).toBeUndefined();
    for (const name of CIRCUIT_NAMES) {
      expect(
        SCHEMA.safeParse(changed(DOCUMENT, ['chunks', 0, 'circuit', 'name'], (parent, step) => (parent[step] = name)))
          .success,
      ).toBe(true);
    }
  });

  it('may hold a proof of rapidsnark, which names no curve', () => {
    const document = changed(DOCUMENT, ['chunks', 0, 'proof', 'curve'], (parent) => delete parent.curve);
    expect(parseProof(JSON.stringify(document))).toEqual(PROOF);
    expect(SCHEMA.safeParse(document).success).toBe(true);
  });

  it('is refused, by its schema too, without any one of its parts, with one more, or with one of another type', () => {
    for (const way of places(DOCUMENT)) {
      const isItemOfTable = typeof way.at(-1) === 'number' && (way.at(-2) === 'log' || way.at(-2) === 'chunks');
      if (!isItemOfTable && way.at(-1) !== 'curve') {
        isRefused(
          changed(DOCUMENT, way, (parent, step) =>
            Array.isArray(parent) ? parent.splice(step as number, 1) : delete parent[step],
          ),
        );
      }
      if (!isItemOfTable)
        isRefused(changed(DOCUMENT, way, (parent) => (Array.isArray(parent) ? parent.push('1') : (parent.more = 1))));
      for (const wrong of [null, true, 1.5, -1, 'x', {}, [[]]]) {
        isRefused(changed(DOCUMENT, way, (parent, step) => (parent[step] = wrong)));
      }
    }
  });

  it('is refused, by its schema too, without a chunk, or with a chunk without accesses', () => {
    isRefused({ ...DOCUMENT, chunks: [] });
    isRefused(changed(DOCUMENT, ['chunks', 1, 'log'], (parent) => (parent.log = [])));
    expect(
      parseProof(JSON.stringify(changed(DOCUMENT, ['chunks', 1, 'log'], (parent) => parent.log.pop()))).chunks[1]!.log,
    ).toHaveLength(1);
  });

  it.each<[string, (document: any) => void, string]>([
    [
      'another version',
      (d) => (d.version = 1),
      'version: expected 2, the only version of rootshift-proof known here, got 1',
    ],
    [
      'another format',
      (d) => (d.format = 'rootshift-trace'),
      'format: expected "rootshift-proof", got "rootshift-trace"',
    ],
    [
      'an unknown circuit',
      (d) => (d.chunks[0].circuit.name = 's99'),
      `chunks[0].circuit.name: expected ${CIRCUIT_NAMES.map((name) => `"${name}"`).join(' or ')}, got "s99"`,
    ],
    [
      'a signal of r',
      (d) => (d.chunks[0].publicSignals.newRoot = `0x${FIELD_ORDER.toString(16)}`),
      'chunks[0].publicSignals.newRoot: expected a field element',
    ],
    [
      'a coordinate of q',
      (d) => (d.chunks[0].proof.pi_a[1] = String(BASE_FIELD_ORDER)),
      'chunks[0].proof.pi_a[1]: expected a coordinate',
    ],
    [
      'a value of 33 bytes',
      (d) => (d.chunks[0].log[0].value = `0x${'00'.repeat(33)}`),
      'chunks[0].log[0].value: expected 32 bytes',
    ],
    [
      'an address of 21 bytes',
      (d) => (d.chunks[0].log[1].address = `0x${'00'.repeat(21)}`),
      'chunks[0].log[1].address: expected 20 bytes',
    ],
  ])('is refused for %s, by name', (_, change, message) => {
    const document = structuredClone(DOCUMENT);
    change(document);
    expect(() => parseProof(JSON.stringify(document))).toThrow(message);
  });

  it('is refused if it is damaged', () => {
    const text = formatProof(PROOF);
    expect(() => parseProof(text.slice(0, -10))).toThrow(ProofFileError);
    expect(() => parseProof(text.replace('"version": 2', '"version": 2, "version": 2'))).toThrow(
      'expected each key once',
    );
    expect(() => parseProof(text.replace(frToHex(LAST), frToHex(LAST).slice(0, -1)))).toThrow(
      'chunks[0].publicSignals.newRoot',
    );
  });
});
