/** Paths in a circuit's inputs: one list for all rows of a kind, row after row; forgeries are made row by row. */
import { slotsOf } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitInput, CircuitInputs } from '../../../src/machine/witness/inputs.js';

const KINDS = {
  readRows: ['readActive', 'readSiblings'],
  updateRows: ['updateActive', 'updateSiblings'],
  writeRows: ['writeShort', 'writeLong', 'writeSiblings'],
} as const;

/** The inputs with a list for each row. */
export function rowByRow(inputs: CircuitInputs, size: CircuitSize): CircuitInputs {
  const apart = { ...inputs };
  for (const [kind, names] of Object.entries(KINDS)) {
    for (const name of names) {
      let at = 0;
      apart[name] = slotsOf(size[kind as keyof typeof KINDS]).map((levels) =>
        (inputs[name] as CircuitInput[]).slice(at, (at += levels - size.topLevels)),
      );
    }
  }
  return apart;
}

/** What `rowByRow` took apart. */
export function inOneList(apart: CircuitInputs): CircuitInputs {
  const joined = Object.values(KINDS)
    .flat()
    .map((name) => [name, (apart[name] as CircuitInput[][]).flat()]);
  return { ...apart, ...(Object.fromEntries(joined) as CircuitInputs) };
}
