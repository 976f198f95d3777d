/**
 * Every wire of honest witnesses of payments: none can have another value, alone (mutation) or with others to first
 * order (the Jacobian of the constraints has full rank), but those that are explained in free-wires.json.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentsOf, inputsByTemplate } from '../../machine/circuits/components.js';
import type { Component } from '../../machine/circuits/components.js';
import { circuitSources } from '../../../src/machine/circuit/compile.js';
import { FreeWires } from '../../machine/circuits/free-wires.js';
import { program } from '../../machine/circuits/harness.js';
import type { Program } from '../../machine/circuits/harness.js';
import { kernelOf } from '../../machine/circuits/jacobian.js';
import { freeWires, placesOf } from '../../machine/circuits/mutations.js';
import { readCircuit } from '../../machine/circuits/r1cs.js';
import type { Circuit } from '../../machine/circuits/r1cs.js';
import { ALICE, Bank, BOB, chunkOf, keyHash } from './world.js';

const ROWS = new Bank()
  .deposit(ALICE.address, 10n ** 19n, keyHash(ALICE))
  .deposit(BOB.address, 10n ** 18n)
  .setKey(BOB.address, keyHash(BOB))
  .transfer({ from: ALICE, to: BOB.address, amount: 10n ** 18n + 12345n, fee: 7n })
  .withdraw({ from: BOB, to: 0x77n, amount: 1n })
  .collect()
  .exit(ALICE.address).rows;
const CHUNKS = [ROWS.slice(0, 3), ROWS.slice(3, 6), ROWS.slice(6)] as const;

describe('no wire but the explained ones can have another value', () => {
  const explained = new FreeWires('rulesMutation');
  let payments: Program;
  let circuit: Circuit;
  beforeAll(async () => {
    payments = await program('Payments(3)', { rules: true });
    circuit = await readCircuit(payments);
  });

  it.each([0, 1, 2] as const)('in chunk %i', async (chunk) => {
    const witness = await payments.witness(chunkOf(CHUNKS[chunk]).inputs);
    const free = freeWires(circuit, placesOf(circuit), witness).filter(({ name }) => !explained.explain([name]));
    expect([...new Set(free.map(({ name }) => name))].slice(0, 20)).toEqual([]);
  });

  it('and every explanation is of use', () => expect(explained.unmet()).toEqual([]));
});

describe('the inputs leave no direction open but the explained ones', () => {
  const explained = new FreeWires('rulesJacobian');
  const met = new Set<string>();
  let payments: Program;
  let circuit: Circuit;
  let components: readonly Component[];
  beforeAll(async () => {
    payments = await program('Payments(3)', { rules: true, unoptimised: true });
    ({ circuit, components } = await componentsOf(payments));
  });

  it.each([0, 1, 2] as const)('in chunk %i', async (chunk) => {
    const witness = await payments.witness(chunkOf(CHUNKS[chunk]).inputs);
    for (const { path, template, inputs, inner, constraints } of components) {
      const what = `${template} ${inner.size} ${inputs.map((wire) => witness[wire]!.toString(36)).join()}`;
      if (met.has(what)) continue;
      met.add(what);
      const { vectors } = kernelOf(constraints, inner, witness);
      const loose = vectors.map((wires) => wires.map((wire) => circuit.names[wire]!));
      expect({ path, loose: loose.filter((names) => !explained.explain(names)) }).toEqual({ path, loose: [] });
    }
  });

  it('in any template of rules', async () => {
    const storage = await inputsByTemplate(circuitSources);
    const rules = [...(await inputsByTemplate()).keys()].filter((name) => !storage.has(name));
    const tried = new Set([...met].map((what) => what.slice(0, what.indexOf(' '))));
    expect(rules.filter((name) => !tried.has(name))).toEqual(['Payments']);
  });

  it('and every explanation is of use', () => expect(explained.unmet()).toEqual([]));

  afterAll(() => met.clear());
});
