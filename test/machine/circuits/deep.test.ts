/** Paths of any length: the templates on raw keys, and the deep circuits on entries found by search. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, mainComponent } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitName, CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import { digitAt } from '../../../src/state/tree/path.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { CapacityError } from '../../../src/machine/witness/layout.js';
import { program } from './harness.js';
import { read, run, write } from './world.js';

const SOURCE = `
template RawCreate(D, b) {
    signal input rootBefore; signal input rootAfter; signal input key; signal input value;
    signal input longActive[D]; signal input siblings[D][2 ** b]; signal input leaf[b + 1];
    signal {binary} bits[254] <== CanonicalBits()(key);
    signal {binary} path[D][b] <== Digits(0, D, b)(bits);
    signal none[D];
    for (var l = 0; l < D; l++) { none[l] <== 0; }
    var children[2 ** b];
    for (var i = 0; i < 2 ** b; i++) { children[i] = 0; }
    signal before; signal after; signal {binary} staysInner;
    (before, after, staysInner, _, _, _, _) <== WriteRow(D, b, 0)(key, path, 0, 0, 0, value,
        none, longActive, siblings, 1, leaf, children);
    before === rootBefore;
    after === rootAfter;
}`;

describe.each([1, 2] as const)('a write row as deep as a key, with %i bits a level', (b) => {
  const D = 254 / b;
  const A = 2 ** b;
  const scheme = poseidonScheme(b);
  const leaf = (key: bigint, value: bigint): bigint =>
    scheme.hashLeaf({ kind: 'leaf', key, value: scheme.leafValue(value) });

  it.each([30, 100, 253])('parts keys that share %i bits, and not a level early', async (shared) => {
    const circuit = await program(`RawCreate(${D}, ${b})`, { source: SOURCE });
    const key = 1n + 2n ** BigInt(shared);
    const other = 1n;
    const last = Math.floor(shared / b);
    const column = (parting: number): bigint[][] =>
      Array.from({ length: D }, (_, l) => {
        const slots = Array.from({ length: A }, () => 0n);
        return l === parting ? slots.with(digitAt(other, l, b), leaf(other, 7n)) : slots;
      });
    const inputs = (parting: number): CircuitInputs => {
      let node = leaf(key, 5n);
      for (let l = parting; l >= 0; l--) node = scheme.hashInner(column(parting)[l]!.with(digitAt(key, l, b), node));
      return {
        rootBefore: leaf(other, 7n),
        rootAfter: node,
        key,
        value: 5n,
        leaf: b === 1 ? [other, scheme.leafValue(7n)] : [other, 0n, 7n],
        longActive: Array.from({ length: D }, (_, l) => (l <= parting ? 1n : 0n)),
        siblings: column(parting),
      };
    };
    expect(await circuit.run(inputs(last))).toHaveProperty('accepted');
    // One level early both leaves would have one slot; there the path's own must be free.
    expect(await circuit.run(inputs(last - 1))).toHaveProperty('refused');
  });
});

interface DeepSlots {
  readonly sharedBits: number;
  readonly slots: readonly [string, string];
}
const deepSlots = JSON.parse(
  await readFile(new URL('../../fixtures/deep-slots.json', import.meta.url), 'utf8'),
) as DeepSlots[];

describe.each([
  { deep: 'deep', usual: 's18', bits: 2 },
  { deep: 'deepb', usual: 's18b', bits: 1 },
] as const)('the circuit $deep', ({ deep, usual, bits }) => {
  // The binary one takes a minute to compile; its templates are tried above.
  const long = process.env['ROOTSHIFT_LONG'] !== undefined;
  const sizeOf = (name: CircuitName): CircuitSize => CATALOGUE[name];
  const shorter = (name: CircuitName, levels: number): CircuitSize => {
    const { readRows, updateRows, writeRows, ...size } = sizeOf(name);
    const [reads, updates, writes] = [readRows, updateRows, writeRows].map((kind) =>
      kind.filter((group) => group.levels <= levels),
    );
    return { ...size, readRows: reads!, updateRows: updates!, writeRows: writes! };
  };

  it('is for what no other circuit takes: entries whose keys share 30 bits and more', async () => {
    const { sharedBits, slots } = deepSlots.toSorted((p, q) => q.sharedBits - p.sharedBits)[0]!;
    expect(sharedBits).toBeGreaterThanOrEqual(30);
    const [p, q] = slots.map(BigInt) as [bigint, bigint];
    for (const accesses of [
      [read(p), write(q, 3n), write(p, 0n)],
      [write(p, 4n), read(q), read(77n)],
    ]) {
      const { trace } = await run(
        [
          [p, 1n],
          [q, 2n],
        ],
        accesses,
        bits,
      );
      const depths = [
        ...trace.reads.map(({ siblings }) => siblings.length),
        ...trace.writes.map((row) => row.siblings.length + row.extension),
      ];
      expect(Math.max(...depths)).toBeGreaterThan(26 / bits);
      const inputs = circuitInputs(trace, sizeOf(deep));
      if (bits === 2 || long)
        expect(await (await program(mainComponent(sizeOf(deep)))).run(inputs)).toHaveProperty('accepted');
      // The one long row of each kind does for one such entry, not for two.
      expect(() => circuitInputs(trace, shorter(usual, 26 / bits))).toThrow(CapacityError);
    }
  });
});
