import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { mainComponent } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { CapacityError, layOut } from '../../../src/machine/witness/layout.js';
import { program } from './harness.js';
import type { Program } from './harness.js';
import { KINDS, severalRows } from './kinds.js';
import { read, run, slotsEndingIn, write } from './world.js';

// Tree keys by their last bits: a and b part at bit 5, beside parts from both at bit 2, c at bit 0.
const [a] = slotsEndingIn('000011') as [bigint];
const [b] = slotsEndingIn('100011') as [bigint];
const [beside] = slotsEndingIn('0111') as [bigint];
const [c, d] = slotsEndingIn('00', 2) as [bigint, bigint];

describe.each([
  { tree: 'binary', bits: 1, size: { ...severalRows(7, 12), bitsPerLevel: 1, topLevels: 0 } satisfies CircuitSize },
  { tree: 'quad', bits: 2, size: { ...severalRows(4, 6), bitsPerLevel: 2, topLevels: 0 } satisfies CircuitSize },
] as const)('the transition circuit of a $tree tree', ({ bits, size }) => {
  let circuit: Program;
  beforeAll(async () => {
    circuit = await program(mainComponent(size));
  });

  const accept = async (trace: Trace): Promise<void> =>
    expect(await circuit.run(circuitInputs(trace, size))).toHaveProperty('accepted');

  it.each(Object.entries(KINDS))('accepts a batch that %s', async (_, { state, accesses, rows }) => {
    const { trace } = await run(state, accesses, bits, size);
    expect([...trace.reads, ...trace.writes]).toMatchObject(rows(bits));
    await accept(trace);
  });

  it('accepts more distinct keys that are read than it has read rows', async () => {
    const { trace } = await run([[a, 7n]], [read(a), read(b), read(c), read(d), write(beside, 1n)], bits);
    expect(trace.reads).toHaveLength(4);
    await accept(trace);
  });

  it('keeps read rows for absent keys; reads of present keys also take update rows, before the changes', async () => {
    const { trace } = await run(
      [
        [a, 7n],
        [b, 5n],
        [beside, 3n],
      ],
      [read(a), read(b), write(beside, 4n), read(c), read(d)],
      bits,
    );
    const { reads, updates, writes } = layOut(trace, size);
    const keysOf = (rows: readonly ({ key: number } | null)[]): (number | null)[] => rows.map((row) => row && row.key);
    expect([reads, updates, writes].map(keysOf)).toEqual([
      [3, 4],
      [1, 0],
      [2, null, null],
    ]);
    await accept(trace);
  });

  it('accepts a batch that fills every access and every row', async () => {
    const { trace } = await run(
      [
        [a, 7n],
        [b, 5n],
        [c, 1n],
      ],
      [
        read(a),
        write(a, 1n),
        write(b, 0n),
        read(b),
        write(c, 9n),
        read(c),
        write(beside, 4n),
        read(1000n),
        read(2000n),
      ],
      bits,
    );
    expect([trace.log.length, trace.reads.length, trace.writes.length]).toEqual([9, 2, 4]);
    await accept(trace);
  });

  it('refuses a batch of one access or one key too many, and says which', async () => {
    const five = [a, b, c, d, beside].map(read);
    const full = await run([[a, 7n]], [...five, read(a), read(a), read(a), read(a)], bits);
    await accept(full.trace);
    const attempts = [
      [[...five, read(a), read(a), read(a), read(a), read(a)], '10 accesses; the circuit has room for 9'],
      [
        [...five, read(1000n), read(2000n), read(3000n)],
        '8 rows for distinct keys (8 only read, 0 changed); the circuit has room for 7',
      ],
    ] as const;
    for (const [accesses, need] of attempts) {
      const { trace } = await run([[a, 7n]], accesses, bits);
      expect(() => circuitInputs(trace, size)).toThrow(new CapacityError(`the batch needs ${need}`));
    }
  });

  it('accepts the traces of random batches', async () => {
    const numRuns = process.env['ROOTSHIFT_LONG'] === undefined ? 30 : 2000;
    const slot = fc.bigInt({ min: 1n, max: 8n });
    const value = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
    const access = fc.oneof(
      slot.map(read),
      fc.tuple(slot, value).map(([s, v]) => write(s, v)),
    );
    const state = fc.uniqueArray(fc.tuple(slot, value), { selector: ([s]) => s, maxLength: 8 });
    let fit = 0;
    await fc.assert(
      fc.asyncProperty(state, fc.array(access, { minLength: 1, maxLength: 9 }), async (entries, accesses) => {
        const { trace } = await run(entries, accesses, bits);
        try {
          layOut(trace, size);
        } catch (error) {
          expect(error).toBeInstanceOf(CapacityError);
          return;
        }
        await accept(trace);
        fit++;
      }),
      { numRuns },
    );
    expect(fit).toBeGreaterThan(numRuns / 3);
  });
});
