/** Circuits that hash the top of the tree once for all rows: what they accept, and what they refuse. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RequestedAccess } from '../../src/batch/access.js';
import { type CircuitSize, mainComponent } from '../../src/circuit/catalogue.js';
import { type Fr } from '../../src/field/fr.js';
import { rootOfCells } from '../../src/tree/cells.js';
import { poseidonScheme } from '../../src/tree/scheme.js';
import { circuitInputs, type CircuitInputs } from '../../src/witness/inputs.js';
import { CapacityError } from '../../src/witness/layout.js';
import { type Program, program } from './harness.js';
import { keyOf, poseidon, read, run, slotsEndingIn, write } from './world.js';

const ROWS = { accesses: 9, readRows: 2, tallReadRows: 0, tallWriteRows: 1, writeRows: 2, updateRows: 2 };

/** One entry in each of the four cells, so that all above them is inner. */
const BASE = ['00', '01', '10', '11'].map((suffix, i) => [slotsEndingIn(suffix, 1, 5000n)[0]!, BigInt(90 + i)] as const);

describe.each([
  { tree: 'binary', bits: 1, size: { ...ROWS, levels: 10, tallLevels: 14, bitsPerLevel: 1, topLevels: 2 } satisfies CircuitSize },
  { tree: 'quad', bits: 2, size: { ...ROWS, levels: 5, tallLevels: 7, bitsPerLevel: 2, topLevels: 1 } satisfies CircuitSize },
] as const)('over a $tree tree with its top shared', ({ bits, size }) => {
  let circuit: Program;
  beforeAll(async () => {
    circuit = await program(mainComponent(size));
  });

  const inputsOf = async (state: readonly (readonly [bigint, bigint])[], accesses: readonly RequestedAccess[]): Promise<CircuitInputs> => {
    const { trace } = await run([...BASE, ...state], accesses, bits, { topLevels: size.topLevels });
    return circuitInputs(poseidon, trace, size);
  };

  it('accepts whatever the executor makes of random batches that leave inner nodes there', async () => {
    const slot = fc.bigInt({ min: 1n, max: 8n });
    const value = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 9n }));
    const access = fc.oneof(slot.map(read), fc.tuple(slot, value).map(([s, v]) => write(s, v)));
    const state = fc.uniqueArray(fc.tuple(slot, value), { selector: ([s]) => s, maxLength: 8 });
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(state, fc.array(access, { minLength: 1, maxLength: 9 }), async (entries, accesses) => {
        let inputs: CircuitInputs;
        try {
          inputs = await inputsOf(entries, accesses);
        } catch (error) {
          if (!(error instanceof CapacityError)) throw error;
          refusals++;
          return;
        }
        expect(await circuit.run(inputs)).toHaveProperty('accepted');
      }),
      { numRuns: process.env['ROOTSHIFT_LONG'] === undefined ? 40 : 2000 },
    );
    expect(refusals).toBeLessThan(30);
  });

  it('asks for cells that are all there', async () => {
    const { trace } = await run([[1n, 1n]], [read(1n)], bits, { topLevels: size.topLevels });
    expect(trace.cells).toEqual([]);
    expect(() => circuitInputs(poseidon, trace, size)).toThrow(CapacityError);
  });
});

describe('shared cells', () => {
  const size: CircuitSize = { ...ROWS, levels: 5, tallLevels: 7, bitsPerLevel: 2, topLevels: 1 };
  const UPDATE = size.readRows + size.tallWriteRows + size.writeRows;
  const scheme = poseidonScheme(poseidon, 2);
  let circuit: Program;
  beforeAll(async () => {
    circuit = await program(mainComponent(size));
  });

  interface Forgeable {
    newRoot: bigint;
    newCells: bigint[];
    oldCells: bigint[];
    cellLastTime: bigint[];
    rowPrevious: bigint[];
    updateSiblings: bigint[][][];
  }
  const MEMORY = 'made[C + N] === taken[C + N]';
  const [p, q] = slotsEndingIn('01', 2) as [bigint, bigint];
  const CELL = Number(keyOf(p) & 3n);

  async function honest(accesses: RequestedAccess[], state: [bigint, bigint][] = [[p, 1n], [q, 2n]]): Promise<Forgeable> {
    const { trace } = await run([...BASE, ...state], accesses, 2, { topLevels: 1 });
    const inputs = circuitInputs(poseidon, trace, size);
    expect(await circuit.run(inputs)).toHaveProperty('accepted');
    return structuredClone(inputs) as unknown as Forgeable;
  }

  async function refused(forged: Forgeable, source: string): Promise<void> {
    const newRoot = rootOfCells(scheme, forged.newCells) as Fr;
    expect(await circuit.run({ ...forged, newRoot } as unknown as CircuitInputs)).toMatchObject({
      refused: { source: expect.stringContaining(source) as string },
    });
  }

  it('keep every write', async () => {
    const forged = await honest([write(p, 3n)]);
    forged.newCells[CELL] = forged.oldCells[CELL]!;
    await refused(forged, MEMORY);
    forged.cellLastTime[CELL] = 0n;
    await refused(forged, MEMORY);
  });

  it('refuse a second write on the cell as it was before the first', async () => {
    const second = await honest([write(q, 4n)]);
    const forged = await honest([write(p, 3n), write(q, 4n)]);
    // The second update proven against the old cell, as if it had come alone.
    forged.updateSiblings[1] = second.updateSiblings[0]!;
    forged.newCells[CELL] = second.newCells[CELL]!;
    forged.rowPrevious[UPDATE + 1] = 0n;
    await refused(forged, MEMORY);
  });

  it('refuse a row that follows itself or a later one', async () => {
    const forged = await honest([write(p, 3n), write(q, 4n)]);
    for (const time of [UPDATE + 1, UPDATE + 2]) {
      forged.rowPrevious[UPDATE] = BigInt(time);
      await refused(forged, 'sum === in');
    }
  });

  it('refuse a change that no row makes', async () => {
    const forged = await honest([read(p)]);
    forged.newCells[(CELL + 1) % 4] = 5n;
    await refused(forged, MEMORY);
  });

  it("refuse another cell's node", async () => {
    const forged = await honest([write(p, 3n)]);
    [forged.oldCells[0], forged.oldCells[1]] = [forged.oldCells[1]!, forged.oldCells[0]!];
    await refused(forged, 'oldRoot === oldTop');
    const moved = await honest([write(p, 3n)]);
    const other = (CELL + 1) % 4;
    [moved.newCells[CELL], moved.newCells[other]] = [moved.oldCells[CELL]!, moved.newCells[CELL]!];
    [moved.cellLastTime[CELL], moved.cellLastTime[other]] = [0n, moved.cellLastTime[CELL]!];
    await refused(moved, MEMORY);
  });

  it('refuse a delete that leaves a leaf there, which might have to move up', async () => {
    // The cell holds p and an entry of BASE; without p a leaf is left.
    const { trace } = await run([...BASE, [p, 1n]], [write(p, 0n)], 2, { topLevels: 1 });
    expect(() => circuitInputs(poseidon, trace, size)).toThrow(CapacityError);
    const deeper = await run([...BASE, [p, 1n], [q, 2n]], [write(p, 0n)], 2, { topLevels: 1 });
    expect(await circuit.run(circuitInputs(poseidon, deeper.trace, size))).toHaveProperty('accepted');
    // Laid out as if it were no delete, which is what the planner looks at; the circuit looks at the values.
    const unasked = { ...trace, writes: trace.writes.map((row) => ({ ...row, effect: 'nothing' as const })) };
    const forged = circuitInputs(poseidon, unasked, size);
    expect(await circuit.run(forged)).toMatchObject({ refused: { source: expect.stringContaining('real[reads + j] * (1 - staysInner[j]) === 0') as string } });
  });
});
