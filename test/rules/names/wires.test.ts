/** Every wire of honest witnesses of names: none can have another value, alone or with others to first order. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nameOf } from '../../../examples/names/names.js';
import { FreeWires } from '../../machine/circuits/free-wires.js';
import type { Program } from '../../machine/circuits/harness.js';
import { kernelOf } from '../../machine/circuits/jacobian.js';
import { freeWires, placesOf } from '../../machine/circuits/mutations.js';
import { readCircuit } from '../../machine/circuits/r1cs.js';
import type { Circuit } from '../../machine/circuits/r1cs.js';
import { ALICE, BOB, chunkOf, hashOf, namesProgram, Registry } from './world.js';

const name = nameOf('rootshift');
const ROWS = new Registry()
  .take({ kind: 'register', target: hashOf(ALICE), name }, ALICE)
  .take({ kind: 'transfer', target: hashOf(BOB), name }, ALICE)
  .take({ kind: 'release', target: 0n, name }, BOB).rows;
/** Full, and with padding. */
const INPUTS = new Set(Object.keys(chunkOf(ROWS).inputs));
const CHUNKS = [ROWS, ROWS.slice(0, 1)] as const;

describe('no wire but the explained ones can have another value', () => {
  let names: Program;
  let circuit: Circuit;
  beforeAll(async () => {
    names = await namesProgram();
    circuit = await readCircuit(names);
  });

  it.each([0, 1] as const)('alone, in chunk %i', async (chunk) => {
    const explained = new FreeWires('rulesMutation');
    const witness = await names.witness(chunkOf(CHUNKS[chunk]).inputs);
    const free = freeWires(circuit, placesOf(circuit), witness).filter(({ name: wire }) => !explained.explain([wire]));
    expect([...new Set(free.map(({ name: wire }) => wire))].slice(0, 20)).toEqual([]);
  });

  it('nor do the inputs leave a direction open, in the whole circuit', async () => {
    const explained = new FreeWires('rulesJacobian');
    const witness = await names.witness(chunkOf(ROWS).inputs);
    const inputs = new Set(
      names.signals.flatMap(([signal, wire]) =>
        /^main\.\w+(\[\d+\])*$/.test(signal) && INPUTS.has(signal.replace(/^main\.|\[.*$/g, '')) ? [wire] : [],
      ),
    );
    const inner = new Set([...circuit.names.keys()].filter((wire) => wire !== 0 && !inputs.has(wire)));
    const { vectors } = kernelOf(circuit.constraints, inner, witness);
    const loose = vectors.map((wires) => wires.map((wire) => circuit.names[wire]!));
    expect(loose.filter((wires) => !explained.explain(wires))).toEqual([]);
  });
});
