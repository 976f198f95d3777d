/** The trace checker and the circuit agree: what one refuses, the other refuses. */
import { beforeAll, describe, expect, it } from 'vitest';
import { mainComponent } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { CORRUPTIONS } from '../trace/corruptions.js';
import type { Draft } from '../trace/corruptions.js';
import { richTrace } from '../trace/honest.js';
import { program } from './harness.js';
import type { Program } from './harness.js';

const sizeOf = (bitsPerLevel: 1 | 2, levels: number): CircuitSize => ({
  accesses: 30,
  readRows: [{ rows: 8, levels }],
  updateRows: [],
  writeRows: [{ rows: 17, levels }],
  bitsPerLevel,
  topLevels: 0,
});

/** Corruptions of what the circuit is not told, so that its proof is of what the accesses and values say. */
const NOT_TOLD: readonly string[] = [
  // These sizes share no top, and take no cells.
  'publics: the cells are the nodes of one level of the old tree: cells that are not',
  'publics: the cells are the nodes of one level of the old tree: a number of cells that no level has',
  // A key row without a path row has no place in the circuit.
  'keys: a key has one row of the key table: a key with two histories',
  'keys: the key is accessed in the log: a row of a key that nobody accesses',
  // The circuit derives the effect from the values.
  'writes: the effect follows from presence before and after: a delete that does nothing',
];

const SIZES: readonly CircuitSize[] = [
  sizeOf(2, 8),
  ...(process.env['ROOTSHIFT_LONG'] === undefined ? [] : [sizeOf(1, 14)]),
];

describe.each(SIZES.map((size) => ({ bits: size.bitsPerLevel, size })))('with $bits bits a level', ({ bits, size }) => {
  let circuit: Program;
  let honest: Trace;
  beforeAll(async () => {
    circuit = await program(mainComponent(size));
    honest = await richTrace(bits);
  });

  /** Accepted, refused by a constraint, or by what lays a trace out, which finds no place for it. */
  async function verdict(trace: Trace): Promise<'accepted' | 'refused'> {
    try {
      return 'accepted' in (await circuit.run(circuitInputs(trace, size))) ? 'accepted' : 'refused';
    } catch {
      return 'refused';
    }
  }

  it('both accept the honest trace', async () => {
    expect(checkTrace(honest)).toBeNull();
    expect(await verdict(honest)).toBe('accepted');
  });

  it('both refuse every corruption that reaches the circuit', async () => {
    const accepted: string[] = [];
    for (const [table, rule, what, corrupt] of CORRUPTIONS) {
      const draft = structuredClone(honest) as Draft;
      corrupt(draft);
      expect(checkTrace(draft as Trace)).not.toBeNull();
      if ((await verdict(draft as Trace)) === 'accepted') accepted.push(`${table}: ${rule}: ${what}`);
    }
    expect(accepted).toEqual(NOT_TOLD);
  });
});
