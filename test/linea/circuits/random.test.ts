/** Random operations: a model that does one path after another, the witness and the circuit come to the same. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ZERO } from '../../../src/base/field/fr.js';
import { CapacityError } from '../../../src/machine/witness/layout.js';
import { lineaInputs } from '../../../src/machine/linea/block-inputs.js';
import type { Program } from '../../machine/circuits/harness.js';
import { accepted, blockProgram, newTrie, put, read, remove, SIZE, trace } from './world.js';
import type { Wish } from './world.js';

const wish = fc.record({ kind: fc.nat(4), key: fc.nat(5), value: fc.nat(3) });

/** Deletes only what is there; else reads. */
function possible(wanted: readonly { kind: number; key: number; value: number }[]): Wish[] {
  const present = new Set<number>();
  return wanted.map(({ kind, key, value }) => {
    if (kind === 0 || (kind === 1 && !present.has(key))) return read(key);
    if (kind === 1) present.delete(key);
    else present.add(key);
    return kind === 1 ? remove(key) : put(key, value);
  });
}

describe('random operations', () => {
  let circuit: Program;
  beforeAll(async () => {
    circuit = await blockProgram();
  });

  it('have one outcome by model, witness and circuit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 15 }), async (wanted) => {
        const trie = await newTrie();
        let logHashIn = ZERO;
        const wishes = possible(wanted);
        for (let first = 0; first < wishes.length; first += 5) {
          const oldTop = await trie.top();
          const traces = await trace(trie, wishes.slice(first, first + 5));
          const made = await lineaInputs(traces, SIZE, { logHashIn }).catch((error: unknown) => {
            if (error instanceof CapacityError) return null;
            throw error;
          });
          if (made === null) return;
          const { inputs, publics } = made;
          expect(publics).toMatchObject({ oldTop, newTop: await trie.top(), logHashIn });
          await accepted(circuit, inputs);
          logHashIn = publics.logHash;
        }
      }),
      { numRuns: process.env['ROOTSHIFT_LONG'] ? 500 : 15 },
    );
  });
});
