/**
 * Every wire of honest witnesses: none can have another value, alone (mutation) or with others to first order (the
 * Jacobian of the constraints has full rank), but those that are explained in free-wires.json.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { lineaSources } from '../../../src/machine/circuit/compile.js';
import { lineaInputs } from '../../../src/machine/linea/block-inputs.js';
import { componentsOf, inputsByTemplate } from '../../machine/circuits/components.js';
import { FreeWires } from '../../machine/circuits/free-wires.js';
import type { Program } from '../../machine/circuits/harness.js';
import { kernelOf } from '../../machine/circuits/jacobian.js';
import { freeWires, placesOf } from '../../machine/circuits/mutations.js';
import { readCircuit } from '../../machine/circuits/r1cs.js';
import type { Circuit } from '../../machine/circuits/r1cs.js';
import { blockProgram, put, read, remove, SIZE, tracesOn } from './world.js';

/** Every kind of operation, an entry that comes and goes, and padding of every kind of row. */
const BLOCKS = [
  { entries: [1, 2, 3], wishes: [read(1), read(9), put(2, 7), put(4, 4), remove(3)] },
  { entries: [1], wishes: [put(5, 5), remove(5)] },
  { entries: [1, 2], wishes: [read(1)] },
] as const;

const inputsOf = async ({ entries, wishes }: (typeof BLOCKS)[number]) =>
  (await lineaInputs(await tracesOn(entries, wishes), SIZE)).inputs;

describe('no wire but the explained ones can have another value', () => {
  const explained = new FreeWires('lineaMutation');
  let block: Program;
  let circuit: Circuit;
  beforeAll(async () => {
    block = await blockProgram();
    circuit = await readCircuit(block);
  });

  it.each(BLOCKS)('in %o', async (made) => {
    const witness = await block.witness(await inputsOf(made));
    const free = freeWires(circuit, placesOf(circuit), witness).filter(({ name }) => !explained.explain([name]));
    expect([...new Set(free.map(({ name }) => name))].slice(0, 20)).toEqual([]);
  });

  it('and every explanation is of use', () => expect(explained.unmet()).toEqual([]));
});

describe('the inputs leave no direction open but the explained ones', () => {
  const explained = new FreeWires('lineaJacobian');

  it('in any template', async () => {
    const block = await blockProgram(SIZE, { unoptimised: true });
    const { circuit, components } = await componentsOf(block);
    const met = new Set<string>();
    for (const made of BLOCKS) {
      const witness = await block.witness(await inputsOf(made));
      for (const { path, template, inputs, inner, constraints } of components) {
        const what = `${template} ${inner.size} ${inputs.map((wire) => witness[wire]!.toString(36)).join()}`;
        if (met.has(what)) continue;
        met.add(what);
        const { vectors } = kernelOf(constraints, inner, witness);
        const loose = vectors.map((wires) => wires.map((wire) => circuit.names[wire]!));
        expect({ path, loose: loose.filter((names) => !explained.explain(names)) }).toEqual({ path, loose: [] });
      }
    }
    const tried = new Set([...met].map((what) => what.slice(0, what.indexOf(' '))));
    const known = await inputsByTemplate();
    const own = [...(await inputsByTemplate(lineaSources)).keys()].filter((name) => !known.has(name));
    expect(own.filter((name) => !tried.has(name))).toEqual(['LineaBlock']);
    expect(explained.unmet()).toEqual([]);
  });
});
