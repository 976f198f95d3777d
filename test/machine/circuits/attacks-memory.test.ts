/**
 * Dishonest provers against the log, the memory check, the key table and the chain of rows. Every forgery
 * recomputes what a prover would: the log's commitment and the data polynomial.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { add, mul, ONE, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { mainComponent, rowsIn } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { residues } from '../../../src/machine/witness/residues.js';
import { program } from './harness.js';
import type { Program } from './harness.js';
import { inOneList, rowByRow } from './paths.js';
import { read, run, slotsEndingIn, write } from './world.js';

const TWO = [{ rows: 2, levels: 10 }] as const;
const SIZE: CircuitSize = {
  accesses: 9,
  readRows: TWO,
  updateRows: TWO,
  writeRows: TWO,
  bitsPerLevel: 1,
  topLevels: 0,
};
/** Where the key table's changing rows begin, the first of which are update rows. */
const UPDATE = rowsIn(SIZE.readRows);

/** The inputs that forgeries change, with their shapes. */
interface Forgeable {
  oldRoot: bigint;
  newRoot: bigint;
  logHashIn: bigint;
  logHash: bigint;
  x: bigint;
  dataIn: bigint;
  dataOut: bigint;
  isRead: bigint[];
  isWrite: bigint[];
  elements: bigint[][];
  previous: bigint[][];
  rowReal: bigint[];
  rowKey: bigint[][];
  rowOld: bigint[][];
  rowNew: bigint[][];
  rowLastTime: bigint[];
  rowResidue: bigint[];
  readActive: bigint[][];
  readSiblings: bigint[][][];
  readOther: bigint[];
  readLeaf: bigint[][];
  writeShort: bigint[][];
  writeLong: bigint[][];
  writeSiblings: bigint[][][];
  writeOther: bigint[];
  writeLeaf: bigint[][];
  updateActive: bigint[][];
  updateSiblings: bigint[][][];
}

let circuit: Program;
beforeAll(async () => {
  circuit = await program(mainComponent(SIZE));
});

const [a] = slotsEndingIn('0011') as [bigint];
const [b] = slotsEndingIn('1011') as [bigint];
const [c] = slotsEndingIn('0') as [bigint];

async function honest(state: [bigint, bigint][], accesses: RequestedAccess[]): Promise<Forgeable> {
  const { trace } = await run(state, accesses);
  const inputs = circuitInputs(trace, SIZE);
  expect(await circuit.run(inputs)).toHaveProperty('accepted');
  return structuredClone(rowByRow(inputs, SIZE)) as unknown as Forgeable;
}

/** What a circuit is given. */
const given = (forged: Forgeable): CircuitInputs => inOneList(forged as unknown as CircuitInputs);

const LOG_STEP = 3;

/** Commits to the log as it now is, flags and all. */
function relog(forged: Forgeable): Forgeable {
  let running = forged.logHashIn as Fr;
  let data = forged.dataIn as Fr;
  const real = (t: number): boolean => forged.isRead[t] !== 0n || forged.isWrite[t] !== 0n;
  for (let t = 0; t < forged.elements.length; t += LOG_STEP) {
    const steps = [t, t + 1, t + 2];
    const flags = steps.reduce(
      (sum, s, i) => sum + (forged.isRead[s]! + 2n * forged.isWrite[s]!) * 4n ** BigInt(i),
      0n,
    );
    const block = [...steps.flatMap((s) => forged.elements[s]!), flags] as Fr[];
    if (real(t)) running = poseidon.permute(running, block, 1)[0]!;
  }
  forged.elements.forEach((elements, t) => {
    if (forged.isWrite[t] === 1n) data = elements.reduce<Fr>((d, e) => add(mul(d, forged.x as Fr), e as Fr), data);
  });
  return { ...forged, logHash: running, dataOut: data };
}

/** The residues of the rows as they now are. */
function rowResidue({ rowReal, rowKey }: Forgeable): bigint[] {
  return residues(rowKey.map((key, i) => (rowReal[i] === 1n ? poseidon.hash(key as Fr[]) : toFr(BigInt(i)))));
}

async function refused(forged: Forgeable, source: string): Promise<void> {
  const outcome = await circuit.run(given({ ...forged, rowResidue: rowResidue(forged) }));
  expect(outcome).toMatchObject({ refused: { source: expect.stringContaining(source) as string } });
}

const MEMORY = 'made[T + N] === taken[T + N]';
const BIT = 'in * (in - 1) === 0';
const RANGE = 'sum === in';
const DISTINCT = 'sum * product[n] === 1';
const BEFORE = 'real[reads + c] * (before[reads + c] - root[c]) === 0';
const NEW_ROOT = 'newRoot === root[changes]';

describe('memory', () => {
  // Access 1 writes 8 over 7, access 2 reads 8.
  const writeThenRead = (): Promise<Forgeable> =>
    honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n), read(a)],
    );

  it('refuses a stale read', async () => {
    const forged = await writeThenRead();
    forged.elements[1]![4] = 7n;
    forged.previous[1] = [0n, 7n, 0n];
    await refused(relog(forged), MEMORY);
  });

  it('refuses a read of a value that was never there', async () => {
    const forged = await writeThenRead();
    forged.elements[1]![4] = 9n;
    await refused(relog(forged), 'isReading[t] * (elements[t][4] - previous[t][1]) === 0');
    forged.previous[1] = [0n, 9n, 1n];
    await refused(relog(forged), MEMORY);
    const high = await writeThenRead();
    high.elements[1]![3] = 1n;
    await refused(relog(high), 'isReading[t] * (elements[t][3] - previous[t][0]) === 0');
  });

  it('refuses a read from the future', async () => {
    // Read 8 first, then write it: access 1 takes what access 2 makes.
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [read(a), write(a, 8n)],
    );
    forged.elements[0]![4] = 8n;
    forged.previous[0] = [0n, 8n, 2n];
    forged.previous[1] = [0n, 7n, 0n];
    forged.rowLastTime[UPDATE] = 1n;
    await refused(relog(forged), RANGE);
  });

  it('refuses an access that takes what it makes itself', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [read(a), write(b, 6n)],
    );
    forged.elements[0]![4] = 8n;
    forged.previous[0] = [0n, 8n, 1n];
    forged.rowLastTime[0] = 0n;
    await refused(relog(forged), RANGE);
  });

  it('refuses swapped times', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n), write(a, 9n), read(a)],
    );
    forged.previous[1]![2] = 0n;
    forged.previous[2]![2] = 1n;
    await refused(forged, MEMORY);
  });

  it('refuses a last write that the table leaves out', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n), write(a, 9n)],
    );
    forged.rowNew[0] = [0n, 8n];
    forged.rowLastTime[UPDATE] = 1n;
    await refused(forged, MEMORY);
  });

  it('refuses an access to a key that the table does not have', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n), read(b)],
    );
    forged.rowReal[0] = 0n;
    await refused(forged, MEMORY);
  });

  it('refuses two histories for one key', async () => {
    // A row that is only read beside the row that changes: one sees 7, the other goes from 7 to 8.
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n), read(a)],
    );
    const other = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [read(a)],
    );
    for (const column of [
      'rowReal',
      'rowKey',
      'rowOld',
      'readActive',
      'readSiblings',
      'readOther',
      'readLeaf',
    ] as const) {
      (forged[column] as unknown[])[0] = other[column][0];
    }
    forged.rowLastTime[0] = 2n;
    forged.elements[1]![4] = 7n;
    forged.previous[1] = [0n, 7n, 0n];
    forged.rowLastTime[UPDATE] = 1n;
    await refused(relog(forged), DISTINCT);
    // Residues of the rows as they were do no better, nor does one row's taken for both.
    const before = (
      await honest(
        [
          [a, 7n],
          [b, 5n],
        ],
        [write(a, 8n), read(a)],
      )
    ).rowResidue;
    for (const rowResidue of [before, before.with(0, before[UPDATE]!), before.with(0, 0n)]) {
      const outcome = await circuit.run({ ...relog(forged), rowResidue } as unknown as CircuitInputs);
      expect(outcome).toMatchObject({ refused: { source: expect.stringContaining(DISTINCT) as string } });
    }
  });

  it('refuses a change of a key that no access touches', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n), read(a)],
    );
    const other = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(b, 6n)],
    );
    for (const column of ['rowReal', 'rowKey', 'rowOld'] as const) {
      (forged[column] as unknown[])[UPDATE + 1] = other[column][UPDATE];
    }
    forged.rowNew[1] = other.rowNew[0]!;
    for (const time of [0n, 1n, 2n]) {
      forged.rowLastTime[UPDATE + 1] = time;
      // The chain of roots is asserted last; memory already refuses.
      await refused(forged, MEMORY);
    }
  });

  it('refuses a wrong old value', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n)],
    );
    forged.rowOld[UPDATE] = [0n, 6n];
    forged.previous[0] = [0n, 6n, 0n];
    await refused(forged, BEFORE);
  });
});

describe('the log', () => {
  const two = (): Promise<Forgeable> =>
    honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n), read(b)],
    );

  it.each([0, 1, 2, 3, 4])('refuses an access that differs from the committed one in element %i', async (e) => {
    const forged = await two();
    forged.elements[1]![e]!++;
    await refused(forged, 'logHash === hashOut');
  });

  it('refuses a write passed off as a read', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 7n), read(b)],
    );
    forged.isRead[0] = 1n;
    forged.isWrite[0] = 0n;
    await refused(forged, 'logHash === hashOut');
    // What the verifier of the data recomputes is bound too.
    const { logHash } = relog(forged);
    await refused({ ...forged, logHash }, 'dataOut === data');
  });

  it('refuses an access that is both a read and a write, and one that is neither but says something', async () => {
    const forged = await two();
    forged.isWrite[1] = 1n;
    await refused(relog(forged), 'isRead[t] * isWrite[t] === 0');
    const padding = await two();
    padding.elements[2]![4] = 1n;
    await refused(relog(padding), '(1 - isReal[t]) * elements[t][e] === 0');
  });

  it('refuses padding in the middle', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [read(a), read(b), read(a)],
    );
    const end = relog(forged);
    forged.isRead[1] = 0n;
    forged.elements[1] = [0n, 0n, 0n, 0n, 0n];
    await refused(relog(forged), 'isReal[t] * (1 - isReal[t - 1]) === 0');
    expect(end.logHash).toBe(forged.logHash);
  });

  it.each(['isRead', 'isWrite', 'rowReal'] as const)('refuses %s = 2 and -1', async (flag) => {
    const forged = await two();
    for (const value of [2n, toFr(0n) - 1n]) {
      forged[flag][0] = value;
      await refused(relog(forged), BIT);
    }
  });

  it('refuses other data than what was written', async () => {
    const forged = await two();
    forged.dataOut++;
    await refused(forged, 'dataOut === data');
    const unbound = await two();
    unbound.dataIn = 2n;
    await refused(unbound, 'dataOut === data');
    expect((await two()).dataIn).toBe(ONE);
  });
});

describe('the rows', () => {
  it('refuse padding that does work', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n)],
    );
    // The access is gone and the row is padding, but the root still moves.
    forged.isWrite[0] = 0n;
    forged.elements[0] = [0n, 0n, 0n, 0n, 0n];
    forged.previous[0] = [0n, 0n, 0n];
    forged.rowReal[UPDATE] = 0n;
    await refused(relog(forged), NEW_ROOT);
    const idle = { ...relog(forged), newRoot: forged.oldRoot, rowResidue: rowResidue(forged) };
    await expect(circuit.run(given(idle))).resolves.toHaveProperty('accepted');
  });

  it('refuse a read against another root than the old one', async () => {
    const after = await honest(
      [
        [a, 7n],
        [b, 6n],
      ],
      [read(a), write(b, 9n)],
    );
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [read(a), write(b, 9n)],
    );
    forged.readSiblings[0] = after.readSiblings[0]!;
    await refused(forged, 'real[i] * (before[i] - oldRoot) === 0');
  });

  it('refuse writes out of chain', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
        [c, 1n],
      ],
      [write(a, 8n), write(b, 6n)],
    );
    for (const [column, first] of [
      ['rowKey', UPDATE],
      ['rowOld', UPDATE],
      ['rowLastTime', UPDATE],
      ['rowNew', 0],
      ['updateActive', 0],
      ['updateSiblings', 0],
    ] as const) {
      const cells = forged[column] as unknown[];
      [cells[first], cells[first + 1]] = [cells[first + 1], cells[first]];
    }
    await refused(forged, BEFORE);
  });

  it("refuse a new root that is not the chain's end", async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [write(a, 8n)],
    );
    await refused({ ...forged, newRoot: forged.oldRoot }, NEW_ROOT);
    await refused({ ...forged, oldRoot: forged.newRoot }, BEFORE);
  });

  it('refuse a read row that hides a change', async () => {
    const forged = await honest(
      [
        [a, 7n],
        [b, 5n],
      ],
      [read(a), read(b)],
    );
    forged.isRead[0] = 0n;
    forged.isWrite[0] = 1n;
    forged.elements[0]![4] = 8n;
    await refused(relog(forged), MEMORY);
    // Nor can it show another value than the old tree has.
    forged.rowOld[0] = [0n, 8n];
    await refused(relog(forged), 'present * (leaf[i + 1] - content[i]) === 0');
    forged.readLeaf[0]![1] = poseidon.hash([0n, 8n] as Fr[]);
    forged.previous[0] = [0n, 8n, 0n];
    await refused(relog(forged), 'real[i] * (before[i] - oldRoot) === 0');
  });
});

describe('the challenges', () => {
  // With every === left out, a forged witness can be computed to its end and its challenges compared.
  const SHOWN = ['powers[2]', 'powers[4]'];

  it.each([1, 2] as const)('depend on all of the log and of the rows, with %i bits a level', async (bits) => {
    // No padding: a step that is all padding has no say, and is constrained to be 0.
    const size: CircuitSize = {
      accesses: 6,
      readRows: [{ rows: 2, levels: 8 }],
      updateRows: [{ rows: 1, levels: 8 }],
      writeRows: [{ rows: 3, levels: 8 }],
      bitsPerLevel: bits,
      topLevels: 0,
    };
    const unchecked = await program(mainComponent(size), { unchecked: true });
    const [d, e, f] = slotsEndingIn('01', 3) as [bigint, bigint, bigint];
    // Two updates, of which the second is in a write row, a delete and a create; a present and an absent key are read.
    const { trace } = await run(
      [
        [a, 7n],
        [b, 5n],
        [c, 3n << 128n],
        [d, 6n],
      ],
      [write(a, 8n), read(b), write(d, 9n), write(c, 0n), write(e, 1n), read(f)],
      bits,
    );
    const inputs = structuredClone(rowByRow(circuitInputs(trace, size), size)) as unknown as Forgeable;
    const challenges = async (forged: Forgeable): Promise<string> => {
      const outcome = await unchecked.run(given(forged));
      if (!('accepted' in outcome)) throw new Error('the unchecked program refused');
      const shown = [...outcome.accepted].filter(([name]) => SHOWN.some((end) => name === `main.${end}`));
      expect(shown).not.toHaveLength(0);
      return shown.map(([name, value]) => `${name}=${value}`).join();
    };
    const before = await challenges(inputs);
    expect(await challenges(structuredClone(inputs))).toBe(before);

    // Of a read row and of an update in a write row, the old value is that of the leaf shown, which a prover changes
    // with it.
    const follow = (forged: Forgeable, i: number): void => {
      const leaves = [...forged.readLeaf, null, ...forged.writeLeaf];
      const [hi, lo] = forged.rowOld[i]! as [bigint, bigint];
      const content = bits === 1 ? [poseidon.hash([hi, lo])] : [hi, lo];
      const leaf = leaves[i];
      if (leaf?.[0] === poseidon.hash(forged.rowKey[i]!)) leaf.splice(1, bits, ...content);
    };
    const committed = [
      'isRead',
      'isWrite',
      'elements',
      'previous',
      'rowReal',
      'rowKey',
      'rowOld',
      'rowNew',
      'rowLastTime',
      'rowResidue',
    ] as const;
    const same: string[] = [];
    for (const column of committed) {
      for (let i = 0; i < inputs[column].length; i++) {
        const cells = inputs[column][i];
        for (let j = 0; j < (Array.isArray(cells) ? cells.length : 1); j++) {
          const forged = structuredClone(inputs);
          if (Array.isArray(cells)) (forged[column] as bigint[][])[i]![j]!++;
          else (forged[column] as bigint[])[i]!++;
          if (column === 'rowOld') follow(forged, i);
          // The log's columns act through its commitment, which a prover recomputes.
          if ((await challenges(relog(forged))) === before) same.push(`${column}[${i}][${j}]`);
        }
      }
    }
    expect(same).toEqual([]);
  });
});
