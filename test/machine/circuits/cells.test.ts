/** Circuits that hash the top of the tree once for all rows: what they accept, and what they refuse. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { mainComponent, rowsIn } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { rootOfCells } from '../../../src/state/tree/cells.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { CapacityError } from '../../../src/machine/witness/layout.js';
import { program } from './harness.js';
import type { Program } from './harness.js';
import { severalRows } from './kinds.js';
import { inOneList, rowByRow } from './paths.js';
import { keyOf, read, run, slotsEndingIn, write } from './world.js';

/** One entry in each of the four cells, so that all above them is inner. */
const BASE = ['00', '01', '10', '11'].map(
  (suffix, i) => [slotsEndingIn(suffix, 1, 5000n)[0]!, BigInt(90 + i)] as const,
);

describe.each([
  { tree: 'binary', bits: 1, size: { ...severalRows(10, 14), bitsPerLevel: 1, topLevels: 2 } satisfies CircuitSize },
  { tree: 'quad', bits: 2, size: { ...severalRows(5, 7), bitsPerLevel: 2, topLevels: 1 } satisfies CircuitSize },
] as const)('over a $tree tree with its top shared', ({ bits, size }) => {
  let circuit: Program;
  beforeAll(async () => {
    circuit = await program(mainComponent(size));
  });

  const inputsOf = async (
    state: readonly (readonly [bigint, bigint])[],
    accesses: readonly RequestedAccess[],
  ): Promise<CircuitInputs> => {
    const { trace } = await run([...BASE, ...state], accesses, bits, size);
    return circuitInputs(trace, size);
  };

  it('accepts the traces of random batches that leave inner nodes there', async () => {
    const slot = fc.bigInt({ min: 1n, max: 8n });
    const value = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 9n }));
    const access = fc.oneof(
      slot.map(read),
      fc.tuple(slot, value).map(([s, v]) => write(s, v)),
    );
    const state = fc.uniqueArray(fc.tuple(slot, value), { selector: ([s]) => s, maxLength: 8 });
    const numRuns = process.env['ROOTSHIFT_LONG'] === undefined ? 40 : 2000;
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
      { numRuns },
    );
    expect(refusals).toBeLessThan((3 * numRuns) / 4);
  });

  it('asks for cells that are all there', async () => {
    const { trace } = await run([[1n, 1n]], [read(1n)], bits, size);
    expect(trace.cells).toEqual([]);
    expect(() => circuitInputs(trace, size)).toThrow(CapacityError);
  });
});

describe('shared cells', () => {
  const size: CircuitSize = {
    ...severalRows(5, 7),
    updateRows: [{ rows: 2, levels: 5 }],
    bitsPerLevel: 2,
    topLevels: 1,
  };
  const UPDATE = rowsIn(size.readRows);
  const scheme = poseidonScheme(2);
  let circuit: Program;
  beforeAll(async () => {
    circuit = await program(mainComponent(size));
  });

  interface Forgeable {
    newRoot: bigint;
    newCells: bigint[];
    oldCells: bigint[];
    oldRoot: bigint;
    cellLastTime: bigint[];
    cellShrunk: bigint[];
    rowPrevious: bigint[];
    rowShrunk: bigint[];
    rowNew: bigint[][];
    updateSiblings: bigint[][][];
  }
  const MEMORY = 'made[C + N] === taken[C + N]';
  const [p, q] = slotsEndingIn('01', 2) as [bigint, bigint];
  const CELL = Number(keyOf(p) & 3n);

  async function honest(
    accesses: RequestedAccess[],
    state: [bigint, bigint][] = [
      [p, 1n],
      [q, 2n],
    ],
  ): Promise<Forgeable> {
    const { trace } = await run([...BASE, ...state], accesses, 2, { topLevels: 1 });
    const inputs = circuitInputs(trace, size);
    expect(await circuit.run(inputs)).toHaveProperty('accepted');
    return structuredClone(rowByRow(inputs, size)) as unknown as Forgeable;
  }

  async function refused(forged: Forgeable, source: string): Promise<void> {
    const newRoot = rootOfCells(scheme, forged.newCells) as Fr;
    expect(await circuit.run(inOneList({ ...forged, newRoot } as unknown as CircuitInputs))).toMatchObject({
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
    const forged = await honest([write(p, 3n), write(q, 4n)]);
    // Rows stand by the depth of their paths.
    const isQ = forged.rowNew[1]![1] === 4n;
    const second = await honest([isQ ? write(q, 4n) : write(p, 3n)]);
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

  it('take a delete that leaves a leaf or nothing there, and what comes after it', async () => {
    const [y] = slotsEndingIn('10', 1, 5100n) as [bigint];
    const only = BASE[2]![0];
    // Two leaves in p's cell, one of BASE; in the other, one.
    const forged = await honest([write(p, 0n), write(only, 0n), write(y, 5n)], [[p, 1n]]);
    const shrunk = [CELL, Number(keyOf(y) & 3n)];
    expect(forged.cellShrunk).toEqual([0, 1, 2, 3].map((cell) => (shrunk.includes(cell) ? 1n : 0n)));
    expect(forged.rowShrunk.filter((bit) => bit === 1n)).toHaveLength(1);
  });

  describe('of which two are emptied', () => {
    /** Deletes all but two of the four; then the two that no row meets are taken away from under its feet. */
    const emptied = async (): Promise<Forgeable> => honest([write(BASE[0]![0], 0n), write(BASE[1]![0], 0n)], []);
    const cellOfBase = (i: number): number => Number(keyOf(BASE[i]![0]) & 3n);

    function without(forged: Forgeable, ...bases: number[]): Forgeable {
      for (const cell of bases.map(cellOfBase)) forged.oldCells[cell] = forged.newCells[cell] = 0n;
      return { ...forged, oldRoot: rootOfCells(scheme, forged.oldCells) as Fr };
    }

    it('pass with two others that are not empty', async () => {
      const forged = await emptied();
      expect(forged.newCells.filter((node) => node === 0n)).toHaveLength(2);
    });

    it('are refused with one other, which might have to move up, and with none', async () => {
      await refused(without(await emptied(), 2), 'few[g] * anyShrunk === 0');
      await refused(without(await emptied(), 2, 3), 'few[g] * anyShrunk === 0');
      const { trace } = await run(BASE, [write(BASE[0]![0], 0n), write(BASE[1]![0], 0n), write(BASE[2]![0], 0n)], 2, {
        topLevels: 1,
      });
      expect(() => circuitInputs(trace, size)).toThrow(CapacityError);
    });

    it('are refused as if they were not', async () => {
      for (const i of [0, 1]) {
        const forged = without(await emptied(), 2);
        forged.cellShrunk[cellOfBase(i)] = 0n;
        await refused(forged, MEMORY);
        forged.cellShrunk[cellOfBase(i)] = 2n;
        await refused(forged, 'in * (in - 1) === 0');
      }
      const after = without(
        await honest([write(BASE[0]![0], 0n), write(slotsEndingIn('00', 1, 5100n)[0]!, 7n)], []),
        1,
        2,
        3,
      );
      const row = after.rowShrunk.indexOf(1n);
      after.rowShrunk[row] = 0n;
      after.cellShrunk[cellOfBase(0)] = 0n;
      await refused(after, MEMORY);
    });

    it('are refused if the only other is an inner node, though it could stay: it is not shown to be one', async () => {
      const state = [...BASE.slice(0, 2), [p, 1n], [q, 2n]] as [bigint, bigint][];
      const gone = BASE.slice(0, 2)
        .filter(([slot]) => Number(keyOf(slot) & 3n) !== CELL)
        .map(([slot]) => write(slot, 0n));
      const { trace } = await run(state, gone, 2, { topLevels: 1 });
      expect(trace.writes.map(({ siblings }) => siblings.length)).toEqual([1]);
      expect(() => circuitInputs(trace, size)).toThrow(/after them one has less than two children/);
    });
  });
});

describe('the challenges over cells', () => {
  it('depend on roots, nodes of rows, last rows and flags', async () => {
    const size: CircuitSize = {
      accesses: 3,
      readRows: [{ rows: 1, levels: 4 }],
      updateRows: [{ rows: 1, levels: 4 }],
      writeRows: [{ rows: 1, levels: 4 }],
      bitsPerLevel: 2,
      topLevels: 1,
    };
    const unchecked = await program(mainComponent(size), { unchecked: true });
    const [fresh] = slotsEndingIn('01', 1, 6000n) as [bigint];
    const { trace } = await run(BASE, [read(BASE[0]![0]), write(BASE[1]![0], 5n), write(fresh, 6n)], 2, {
      topLevels: 1,
    });
    const honest = rowByRow(circuitInputs(trace, size), size);
    const challenges = async (inputs: CircuitInputs): Promise<string> => {
      const outcome = await unchecked.run(inOneList(inputs));
      if (!('accepted' in outcome)) throw new Error('the unchecked program refused');
      return ['main.powers[2]', 'main.powers[4]'].map((name) => outcome.accepted.get(name)!).join();
    };
    const before = await challenges(honest);
    const same: string[] = [];
    const change = async (name: string, of: (value: unknown) => unknown): Promise<void> => {
      if ((await challenges({ ...honest, [name]: of(structuredClone(honest[name])) } as CircuitInputs)) === before)
        same.push(name);
    };
    for (const name of ['oldRoot', 'newRoot']) await change(name, (root) => (root as bigint) + 1n);
    for (const name of ['cellLastTime', 'cellShrunk', 'rowPrevious', 'rowShrunk']) {
      for (const i of (honest[name] as bigint[]).keys())
        await change(name, (cells) => (cells as bigint[]).with(i, (cells as bigint[])[i]! + 1n));
    }
    const other = (levels: unknown): unknown => [
      (levels as bigint[][][])[0]!.map((slots) => slots.map((node) => node + 1n)),
    ];
    for (const name of ['readSiblings', 'updateSiblings', 'writeSiblings']) {
      // A row of no levels of its own shows its node by itself.
      if ((honest[name] as bigint[][][])[0]!.flat().some((node) => node !== 0n)) await change(name, other);
    }
    expect(same).toEqual([]);
  });
});
