import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EntryKey } from '../../../src/state/batch/access.js';
import { proveEntries } from '../../../src/engine/prove-entry.js';
import { FIELD_ORDER, frToHex, toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import {
  CombinedProofFileError,
  describeCombinedProof,
  formatCombinedProof,
  parseCombinedProof,
  verifyCombinedProof,
} from '../../../src/proof/verifier/combined-proof.js';
import type { CombinedProof } from '../../../src/proof/verifier/combined-proof.js';
import { changed, places } from '../prover/json.js';
import { databaseOf } from '../../machine/trace/honest.js';

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/combined-proof.schema.json', import.meta.url), 'utf8')),
);

const storage = (slot: number): EntryKey => ({ address: 0xabcn, kind: 'storage', slot: toUint256(BigInt(slot)) });
const BIG = toUint256(2n ** 256n - 1n);

/** A proof of 20 slots, of which every second is present, in a state of 60. */
async function proofOf(bitsPerLevel: 1 | 2): Promise<CombinedProof> {
  const entries = Array.from({ length: 60 }, (_, i) => ({ ...storage(2 * i), value: BIG }));
  const db = await databaseOf(bitsPerLevel, entries);
  return proveEntries(
    db,
    Array.from({ length: 20 }, (_, i) => storage(i)),
  );
}
const PROOFS = [await proofOf(1), await proofOf(2)];
const PROOF = PROOFS[0]!;
const valid = { valid: true };
const refused = { valid: false, reason: expect.any(String) };

describe('a combined proof', () => {
  it('shows present entries and both kinds of absence, through its file', async () => {
    for (const proof of PROOFS) {
      expect(proof.entries.filter(({ value }) => value === BIG)).toHaveLength(10);
      for (const letter of 'iloesz') expect(proof.shape).toContain(letter);
      const text = formatCombinedProof(proof);
      expect(parseCombinedProof(text)).toEqual(proof);
      expect(SCHEMA.safeParse(JSON.parse(text)).error).toBeUndefined();
      expect(await verifyCombinedProof(proof)).toEqual(valid);
    }
  });

  it('of entries that are named twice, in any order, is the one there is', async () => {
    const db = await databaseOf(2, [{ ...storage(1), value: BIG }]);
    const one = [storage(1), storage(2), storage(1)];
    const other = [storage(2), storage(1)];
    expect(await proveEntries(db, one)).toEqual(await proveEntries(db, other));
  });

  it('says in one sentence what it shows', () => {
    const root = frToHex(PROOF.root);
    expect(describeCombinedProof(PROOF, { valid: true })).toBe(
      `Valid: in the state with root ${root}, 10 entries have the values that the proof lists, and 10 are absent; accept it only if you know root ${root}.`,
    );
    expect(describeCombinedProof(PROOF, { valid: false, reason: 'so it is' })).toBe('Not valid: so it is.');
  });

  const { entries, siblings, otherLeaves, shape } = PROOF;
  const present = entries.findIndex(({ value }) => value !== 0n);
  const absent = entries.findIndex(({ value }) => value === 0n);
  const withEntry = (index: number, change: object): CombinedProof => ({
    ...PROOF,
    entries: entries.with(index, { ...entries[index]!, ...change }),
  });
  it.each<[string, CombinedProof]>([
    ['another value', withEntry(present, { value: toUint256(BIG - 1n) })],
    ['a present entry as absent', withEntry(present, { value: toUint256(0n) })],
    ['an absent entry as present', withEntry(absent, { value: BIG })],
    ['another slot', withEntry(present, { slot: toUint256(1000n) })],
    ['another kind', withEntry(present, { kind: 'balance' })],
    ['another address', withEntry(present, { address: 0xabdn })],
    ['another root', { ...PROOF, root: toFr(PROOF.root - 1n) }],
    ['another arity', { ...PROOF, bitsPerLevel: 2 }],
    ['an entry less', { ...PROOF, entries: entries.toSpliced(present, 1) }],
    ['an entry twice', { ...PROOF, entries: entries.toSpliced(present, 0, entries[present]!) }],
    ['two entries swapped', { ...PROOF, entries: entries.with(0, entries[1]!).with(1, entries[0]!) }],
    ['no entries', { ...PROOF, entries: [] }],
    ['another sibling', { ...PROOF, siblings: siblings.with(0, toFr(1n)) }],
    ['a sibling of 0', { ...PROOF, siblings: siblings.with(0, toFr(0n)) }],
    ['a sibling less', { ...PROOF, siblings: siblings.slice(1) }],
    ['a sibling more', { ...PROOF, siblings: [...siblings, toFr(1n)] }],
    [
      'another leaf of another value',
      { ...PROOF, otherLeaves: otherLeaves.with(0, { ...otherLeaves[0]!, value: toFr(1n) }) },
    ],
    ['a leaf more', { ...PROOF, otherLeaves: [...otherLeaves, otherLeaves[0]!] }],
    ['a shape cut short', { ...PROOF, shape: shape.slice(0, -1) }],
    ['a letter more', { ...PROOF, shape: `${shape}z` }],
  ])('does not hold for %s', async (_, proof) => {
    expect(await verifyCombinedProof(proof)).toEqual(refused);
  });
});

describe('a combined proof file', () => {
  const TEXT = formatCombinedProof({
    ...PROOF,
    entries: PROOF.entries.slice(0, 1),
    siblings: PROOF.siblings.slice(0, 1),
    otherLeaves: PROOF.otherLeaves.slice(0, 1),
  });
  const DOCUMENT = JSON.parse(TEXT);

  it('is refused, by its schema too, without any one of its fields, with one more, or with one of another type', () => {
    const isRefused = (document: unknown): void => {
      expect(() => parseCombinedProof(JSON.stringify(document)), JSON.stringify(document)).toThrow(
        CombinedProofFileError,
      );
      expect(SCHEMA.safeParse(document).success, JSON.stringify(document)).toBe(false);
    };
    for (const way of places(DOCUMENT)) {
      if (typeof way.at(-1) === 'string') {
        isRefused(changed(DOCUMENT, way, (parent, name) => delete parent[name]));
        isRefused(changed(DOCUMENT, way, (parent) => (parent.more = 1)));
      }
      for (const wrong of [true, 1.5, -1, 'x', {}, null])
        isRefused(changed(DOCUMENT, way, (parent, step) => (parent[step] = wrong)));
    }
  });

  it.each<[string, object, string]>([
    [
      'another version',
      { version: 1 },
      'version: expected 2, the only version of rootshift-combined-proof known here, got 1',
    ],
    ['another format', { format: 'rootshift-merkle-proof' }, 'format: expected "rootshift-combined-proof"'],
    ['a root of r', { root: `0x${FIELD_ORDER.toString(16)}` }, 'root: expected a field element'],
    ['a sibling of r', { siblings: [`0x${FIELD_ORDER.toString(16)}`] }, 'siblings[0]: expected a field element'],
    ['a letter that is none', { shape: 'ixz' }, 'shape: expected the letters'],
    ['four bits a level', { bitsPerLevel: 4 }, 'bitsPerLevel: expected an integer from 1 to 2, got 4'],
  ])('is refused for %s, by name', (_, change, message) => {
    expect(() => parseCombinedProof(JSON.stringify({ ...DOCUMENT, ...change }))).toThrow(message);
  });

  it('has one text: another order, other spaces or other digits are refused', () => {
    expect(parseCombinedProof(TEXT)).toBeDefined();
    const [first, ...others] = Object.entries(DOCUMENT);
    const respelled = [
      JSON.stringify(DOCUMENT),
      TEXT.trimEnd(),
      `${TEXT}\n`,
      JSON.stringify(Object.fromEntries([...others, first!])),
      TEXT.replace(/(?<=0x0*)[1-9]*[a-f]/, (digits) => digits.toUpperCase()),
    ];
    for (const text of respelled)
      expect(() => parseCombinedProof(text)).toThrow(
        /expected the canonical encoding of this proof, got another encoding of it/,
      );
  });
});
