/**
 * Wires that could move together: with the inputs held fixed, the Jacobian of a circuit's constraints has full
 * column rank at honest witnesses, for every circuit as a whole and for every component of it alone. A vector
 * of the kernel is either explained in free-wires.json or a hole.
 *
 * Full rank says that no other witness for the same inputs is infinitesimally near. It does not see a choice
 * between separate values, such as a bit's: those are single wires under mutation, and the attacks' matter.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mainComponent } from '../../../src/machine/circuit/catalogue.js';
import { circuitSources } from '../../../src/machine/circuit/compile.js';
import { componentsOf, inputsByTemplate } from './components.js';
import type { Component } from './components.js';
import { FreeWires } from './free-wires.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { KEY_LIMIT } from '../../../src/state/tree/scheme.js';
import { program } from './harness.js';
import type { Program } from './harness.js';
import { kernelOf, notInputs } from './jacobian.js';
import { honestInputs, KINDS, LARGER, randomInputs, SMALL, SMALL_SHARED } from './kinds.js';
import type { Ground } from './kinds.js';
import { readCircuit } from './r1cs.js';
import type { Circuit } from './r1cs.js';

interface Whole {
  readonly program: Program;
  readonly circuit: Circuit;
}

/** Every component, over wires that the compiler has left apart. */
interface Parts extends Whole {
  readonly components: readonly Component[];
  /** Template and inputs of what has been tried. */
  readonly tried: Set<string>;
}

const long = process.env['ROOTSHIFT_LONG'] !== undefined;
const explained = new FreeWires('jacobian');
const met = new Map<string, { components: number; wires: string; ranks: string }>();

async function whole(main: string, source = ''): Promise<Whole> {
  const compiled = await program(main, { source });
  return { program: compiled, circuit: await readCircuit(compiled) };
}

async function parts(main: string, source = ''): Promise<Parts> {
  const compiled = await program(main, { source, unoptimised: true });
  return { program: compiled, ...(await componentsOf(compiled)), tried: new Set() };
}

const namesOf = ({ names }: Circuit, vectors: readonly (readonly number[])[]): string[][] =>
  vectors.map((wires) => wires.map((wire) => names[wire]!));

function expectRigid({ circuit }: Whole, witness: readonly bigint[]): void {
  const { vectors } = kernelOf(circuit.constraints, notInputs(circuit), witness);
  expect(namesOf(circuit, vectors).filter((names) => !explained.explain(names))).toEqual([]);
}

function expectPartsRigid({ circuit, components, tried }: Parts, witness: readonly bigint[]): void {
  for (const { path, template, inputs, inner, constraints } of components) {
    const what = `${template} ${inner.size} ${inputs.map((wire) => witness[wire]!.toString(36)).join()}`;
    if (tried.has(what)) continue;
    tried.add(what);
    const { columns, rank, vectors } = kernelOf(constraints, inner, witness);
    const loose = namesOf(circuit, vectors).filter((names) => !explained.explain(names));
    expect({ path, loose }).toEqual({ path, loose: [] });
    note(template, columns, rank);
  }
}

function note(template: string, columns: number, rank: number): void {
  const key = `${template}, ${columns} wires`;
  const { components, ranks } = met.get(key) ?? { components: 0, ranks: '' };
  const all = new Set([...ranks.split(' ').filter((r) => r !== ''), String(rank)]);
  met.set(key, { components: components + 1, wires: String(columns), ranks: [...all].join(' ') });
}

async function expectRigidAtRandom(ground: Ground, count: number): Promise<void> {
  const main = mainComponent(ground.size);
  const apart = await parts(main);
  const all = long ? await whole(main) : null;
  for (const inputs of await randomInputs(ground, count)) {
    expectPartsRigid(apart, await apart.program.witness(inputs));
    if (all !== null) expectRigid(all, await all.program.witness(inputs));
  }
}

describe('the inputs leave no direction open but the explained ones', () => {
  describe.each(SMALL)('on $tree', (ground) => {
    let apart: Parts;
    beforeAll(async () => {
      apart = await parts(mainComponent(ground.size));
    });

    it.each(Object.entries(KINDS))('in a batch that %s', async (_, { state, accesses }) => {
      expectPartsRigid(apart, await apart.program.witness(await honestInputs(ground, state, accesses)));
    });

    it('in the circuit as a whole', async () => {
      const all = await whole(mainComponent(ground.size));
      for (const { state, accesses } of Object.values(KINDS).filter((_, i) => long || i % 5 === 4)) {
        expectRigid(all, await all.program.witness(await honestInputs(ground, state, accesses)));
      }
    });
  });

  it(`in random batches on ${SMALL_SHARED.tree}`, async () => {
    await expectRigidAtRandom(SMALL_SHARED, long ? 40 : 2);
  });

  it.runIf(long).each(LARGER)('in random batches of several rows on $tree', async (ground) => {
    await expectRigidAtRandom(ground, 20);
  });

  it('in the bits of 0, of the largest key, and of numbers whose first bits are those of r - 1', async () => {
    const bits = await parts('Bits()', 'template Bits() { signal input in; signal out[254] <== CanonicalBits()(in); }');
    for (const value of [0n, 1n, KEY_LIMIT - 1n, 3n << 252n, FIELD_ORDER >> 1n]) {
      expectPartsRigid(bits, await bits.program.witness({ in: value }));
    }
  });

  it('in any template of storage', async () => {
    const tried = [...met.keys()].map((key) => key.slice(0, key.indexOf(',')));
    expect([...new Set(['Transition', ...tried])].sort()).toEqual(
      [...(await inputsByTemplate(circuitSources)).keys()].sort(),
    );
  });

  it('and every explanation is of use', () => {
    expect(explained.unmet()).toEqual([]);
  });

  afterAll(() => {
    if (long) console.table(Object.fromEntries(met));
  });
});

describe('the kernel', () => {
  const source = `
    template Loose(bound) {
      signal input in;
      signal half <-- in;
      signal other <-- 0;
      half + other === in;
      signal product <== half * other;
      signal square <== product * product;
      if (bound) { half * (half - in) === 0; }
      signal output out <== square + half;
    }`;

  it('names the wires that move together', async () => {
    const { program: loose, circuit } = await whole('Loose(0)', source);
    const { columns, rank, vectors } = kernelOf(
      circuit.constraints,
      notInputs(circuit),
      await loose.witness({ in: 3n }),
    );
    expect(columns - rank).toBe(1);
    // One of the two halves is expressed by the other; at product = 0, square stands still to first order.
    expect(namesOf(circuit, vectors)).toEqual([['main.out', 'main.half', 'main.product']]);
  });

  it('is empty where they are bound', async () => {
    const { program: bound, circuit } = await whole('Loose(1)', source);
    const { columns, rank, vectors } = kernelOf(
      circuit.constraints,
      notInputs(circuit),
      await bound.witness({ in: 3n }),
    );
    expect([columns, vectors]).toEqual([rank, []]);
  });
});
