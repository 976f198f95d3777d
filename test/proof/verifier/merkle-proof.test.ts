import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EntryKey } from '../../../src/state/batch/access.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { FIELD_ORDER, frToHex, toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import type { Uint256 } from '../../../src/base/field/limbs.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { readPath } from '../../../src/state/tree/read.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { NodeOverlay } from '../../../src/state/tree/store.js';
import {
  describeMerkleProof,
  formatMerkleProof,
  MerkleProofFileError,
  merkleProof,
  parseMerkleProof,
  verifyMerkleProof,
} from '../../../src/proof/verifier/merkle-proof.js';
import type { MerkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { changed, places } from '../prover/json.js';

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/merkle-proof.schema.json', import.meta.url), 'utf8')),
);

const storage = (slot: bigint): EntryKey => ({ address: 0xabcn, kind: 'storage', slot: toUint256(slot) });
const BIG = toUint256(2n ** 256n - 1n);

/** Proofs of all of 40 slots, of which every second is present. */
async function proofs(bitsPerLevel: 1 | 2): Promise<MerkleProof[]> {
  const scheme = poseidonScheme(bitsPerLevel);
  const valueOf = (slot: bigint): Uint256 => (slot % 2n === 0n ? BIG : toUint256(0n));
  const slots = Array.from({ length: 40 }, (_, i) => BigInt(i));
  const change = await loadEntries(
    scheme,
    slots.map((slot) => ({ ...storage(slot), value: valueOf(slot) })),
  );
  const nodes = new NodeOverlay();
  nodes.add(change.nodes);
  return Promise.all(
    slots.map(async (slot) => {
      const entry = storage(slot);
      const path = await readPath(nodes, scheme, change.root, treeKey(entry));
      return merkleProof({ root: change.root, bitsPerLevel, entry, value: valueOf(slot), path });
    }),
  );
}
const ALL = [...(await proofs(1)), ...(await proofs(2))];
const PRESENT = ALL.find(({ value }) => value !== 0n)!;
const AT_LEAF = ALL.find(({ otherLeaf }) => otherLeaf !== null)!;
const AT_EMPTY = ALL.find(({ otherLeaf, value }) => otherLeaf === null && value === 0n)!;

describe('a Merkle proof', () => {
  it('shows present entries and both kinds of absence, through its file', () => {
    expect([PRESENT, AT_LEAF, AT_EMPTY]).not.toContain(undefined);
    for (const proof of ALL) {
      const text = formatMerkleProof(proof);
      expect(parseMerkleProof(text)).toEqual(proof);
      expect(SCHEMA.safeParse(JSON.parse(text)).error).toBeUndefined();
      expect(verifyMerkleProof(proof)).toEqual({ valid: true });
    }
  });

  it('says in one sentence what it shows', () => {
    const root = frToHex(PRESENT.root);
    expect(describeMerkleProof(PRESENT, { valid: true })).toBe(
      `Valid: in the state with root ${root}, storage of 0x${'abc'.padStart(40, '0')} at 0x${'0'.repeat(64)} has value 0x${'f'.repeat(64)}; accept it only if you know root ${root}.`,
    );
    expect(describeMerkleProof(AT_EMPTY, { valid: true })).toContain(' is absent; accept it only if');
    expect(describeMerkleProof(PRESENT, { valid: false, reason: 'so it is' })).toBe('Not valid: so it is.');
  });

  const one = toUint256(1n);
  it.each<[string, MerkleProof]>([
    ['another value', { ...PRESENT, value: toUint256(BIG - 1n) }],
    ['a present entry as absent', { ...PRESENT, value: toUint256(0n) }],
    ['an absent entry as present', { ...AT_EMPTY, value: one }],
    ['the value of another leaf', { ...AT_LEAF, value: BIG, otherLeaf: null }],
    [
      'a present entry as absent beside itself',
      {
        ...PRESENT,
        value: toUint256(0n),
        otherLeaf: { key: treeKey(PRESENT), value: poseidon.hash([toFr(2n ** 128n - 1n), toFr(2n ** 128n - 1n)]) },
      },
    ],
    ['another slot', { ...PRESENT, slot: one }],
    ['another kind', { ...PRESENT, kind: 'balance' }],
    ['another address', { ...PRESENT, address: 0xabdn }],
    ['another root', { ...PRESENT, root: toFr(PRESENT.root - 1n) }],
    ['another sibling', { ...PRESENT, siblings: PRESENT.siblings.with(0, [toFr(1n)]) }],
    ['a level less', { ...PRESENT, siblings: PRESENT.siblings.slice(1) }],
    ['another arity', { ...PRESENT, bitsPerLevel: 2 }],
    ['another leaf at the end', { ...AT_LEAF, otherLeaf: { ...AT_LEAF.otherLeaf!, value: toFr(1n) } }],
  ])('does not hold for %s', (_, proof) => {
    const verdict = verifyMerkleProof(proof);
    expect(verdict).toEqual({ valid: false, reason: expect.any(String) });
  });
});

describe('a Merkle proof file', () => {
  const DOCUMENT = JSON.parse(formatMerkleProof({ ...AT_LEAF, siblings: AT_LEAF.siblings.slice(0, 1) }));
  const isRefused = (document: unknown): void => {
    expect(() => parseMerkleProof(JSON.stringify(document)), JSON.stringify(document)).toThrow(MerkleProofFileError);
    expect(SCHEMA.safeParse(document).success, JSON.stringify(document)).toBe(false);
  };

  it('is refused, by its schema too, without any one of its fields, with one more, or with one of another type', () => {
    for (const way of places(DOCUMENT)) {
      if (typeof way.at(-1) === 'string') {
        isRefused(changed(DOCUMENT, way, (parent, name) => delete parent[name]));
        isRefused(changed(DOCUMENT, way, (parent) => (parent.more = 1)));
      }
      for (const wrong of [true, 1.5, -1, 'x', {}])
        isRefused(changed(DOCUMENT, way, (parent, step) => (parent[step] = wrong)));
    }
  });

  it.each<[string, object, string]>([
    [
      'another version',
      { version: 1 },
      'version: expected 2, the only version of rootshift-merkle-proof known here, got 1',
    ],
    ['another format', { format: 'rootshift-proof' }, 'format: expected "rootshift-merkle-proof"'],
    ['a root of r', { root: `0x${FIELD_ORDER.toString(16)}` }, 'root: expected a field element'],
    [
      'a value beside another leaf',
      { value: `0x${'01'.repeat(32)}` },
      'otherLeaf: expected null, as the entry has a value, got an object',
    ],
    ['four bits a level', { bitsPerLevel: 4 }, 'bitsPerLevel: expected an integer from 1 to 2, got 4'],
  ])('is refused for %s, by name', (_, change, message) => {
    expect(() => parseMerkleProof(JSON.stringify({ ...DOCUMENT, ...change }))).toThrow(message);
  });
});
