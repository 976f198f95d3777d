import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOrder } from '../../../src/machine/executor/order.js';
import type { Change } from '../../../src/machine/executor/order.js';
import type { Trace, WriteRow } from '../../../src/machine/trace/trace.js';
import { partingLevel } from '../../../src/state/tree/path.js';
import { read, run, write } from '../circuits/world.js';

const change = (depth: number, effect: Change['effect'], treeKey = 0n): Change => ({ depth, effect, treeKey });
const update = (depth: number): Change => change(depth, 'update');

describe('the order of changes', () => {
  it('has updates first, then all else, in each the deep ones last', () => {
    const changes = [change(9, 'create'), update(8), change(5, 'create'), change(5, 'delete'), update(7)];
    expect(changeOrder(changes)).toEqual([4, 1, 3, 2, 0]);
  });

  it('has neighbours in the tree together, of as deep changes of one kind', () => {
    const keys = [0b10n, 0b01n, 0b00n, 0b11n];
    const changes = ([5, 4] as const).flatMap((depth) => keys.map((key) => change(depth, 'update', key)));
    // By the lowest bit, then by the next.
    expect(changeOrder(changes)).toEqual([6, 4, 5, 7, 2, 0, 1, 3]);
  });

  it('leaves updates that find no row of their own among all else', () => {
    const changes = [update(9), change(8, 'create'), update(4), update(5), update(7)];
    const rows = [
      { rows: 1, levels: 4 },
      { rows: 1, levels: 6 },
      { rows: 1, levels: 7 },
    ];
    expect(changeOrder(changes, rows)).toEqual([2, 3, 4, 1, 0]);
    expect(changeOrder(changes, rows.slice(0, 2))).toEqual([2, 3, 4, 1, 0]);
    expect(changeOrder([...changes, change(6, 'delete')], rows.slice(0, 2))).toEqual([2, 3, 5, 4, 1, 0]);
    expect(changeOrder(changes, [])).toEqual([2, 3, 4, 1, 0]);
  });
});

const depthOf = ({ siblings, extension }: WriteRow): number => siblings.length + extension;

describe.each([1, 2] as const)('what an execution changes, with %i bits a level', (bits) => {
  /** How deep a key lies among all that the batch found or made. */
  function deepest({ keys }: Trace, others: readonly bigint[], index: number): number {
    const own = keys[index]!.treeKey;
    const made = keys.filter(({ newValue }) => newValue !== 0n).map(({ treeKey }) => treeKey);
    const around = [...others, ...made].filter((key) => key !== own);
    return Math.max(0, ...around.map((key) => partingLevel(own, key, bits) + 1));
  }

  it('is in the order of how deep it could go in any order, and goes no deeper', async () => {
    const slot = fc.bigInt({ min: 1n, max: 40n });
    const entries = fc.uniqueArray(slot, { minLength: 10, maxLength: 30 });
    const access = fc.oneof(
      slot.map(read),
      fc.tuple(slot, fc.bigInt({ min: 0n, max: 3n })).map(([s, value]) => write(s, value)),
    );
    let mixed = 0;
    await fc.assert(
      fc.asyncProperty(entries, fc.array(access, { minLength: 15, maxLength: 30 }), async (held, accesses) => {
        const { trace } = await run(
          held.map((s) => [s, 1n] as const),
          [...held.map(read), ...accesses],
          bits,
        );
        const old = trace.keys.filter(({ oldValue }) => oldValue !== 0n).map(({ treeKey }) => treeKey);
        const rest = trace.writes.filter(({ effect }) => effect !== 'update');
        const bounds = rest.map(({ key }) => deepest(trace, old, key));
        rest.forEach((row, i) => expect(depthOf(row)).toBeLessThanOrEqual(bounds[i]!));
        // A delete beside which nothing was made lies no deeper than it did.
        const creates = bounds.filter((_, i) => rest[i]!.effect.startsWith('create'));
        expect(creates).toEqual(creates.toSorted((a, b) => a - b));
        expect(
          trace.writes.slice(0, trace.writes.length - rest.length).every(({ effect }) => effect === 'update'),
        ).toBe(true);
        const effects = rest.map(({ effect }) => effect.slice(0, 6));
        if (effects.lastIndexOf('delete') > effects.indexOf('create') && effects.includes('create')) mixed++;
      }),
      { numRuns: 60, seed: 20472570 },
    );
    expect(mixed).toBeGreaterThan(5);
  });
});
