/**
 * Wires that could move together: with the inputs held fixed, the Jacobian of a circuit's constraints has full
 * column rank at honest witnesses, for every circuit as a whole and for every component of it alone. A vector
 * of the kernel is either explained in free-wires.json or a hole.
 *
 * Full rank says that no other witness for the same inputs is infinitesimally near. It does not see a choice
 * between separate values, such as a bit's: those are single wires under mutation, and the attacks' matter.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Component, componentsOf, inputsByTemplate } from './components.js';
import { FreeWires } from './free-wires.js';
import { FIELD_ORDER } from '../../src/field/fr.js';
import { type Program, program } from './harness.js';
import { kernelOf, notInputs } from './jacobian.js';
import { KINDS, LARGER, largerInputs, randomBatches, SMALL, smallInputs } from './kinds.js';
import { type Circuit, readCircuit } from './r1cs.js';
import { run } from './world.js';

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

let small: Whole;
let smallParts: Parts;
beforeAll(async () => {
  [small, smallParts] = [await whole(SMALL), await parts(SMALL)];
});

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

describe('the inputs leave no direction open but the explained ones', () => {
  it.each(Object.entries(KINDS))('in a batch that %s', async (_, { state, access }) => {
    const { trace } = await run(state, [access]);
    expectRigid(small, await small.program.witness(smallInputs(trace)));
    expectPartsRigid(smallParts, await smallParts.program.witness(smallInputs(trace)));
  });

  it('in the bits of 0, of r - 1, and of numbers whose first bits are those of r - 1', async () => {
    const bits = await parts('Bits()', 'template Bits() { signal input in; signal out[254] <== CanonicalBits()(in); }');
    for (const value of [0n, 1n, FIELD_ORDER - 1n, 3n << 252n, FIELD_ORDER >> 1n]) {
      expectPartsRigid(bits, await bits.program.witness({ in: value }));
    }
  });

  it.runIf(long)('in random batches of several accesses and rows', async () => {
    const [larger, largerParts] = [await whole(LARGER), await parts(LARGER)];
    for (const trace of await randomBatches(20)) {
      expectRigid(larger, await larger.program.witness(largerInputs(trace)));
      expectPartsRigid(largerParts, await largerParts.program.witness(largerInputs(trace)));
    }
  }, 1_200_000);

  it('in any template of the project', async () => {
    const mains = [SMALL.slice(0, SMALL.indexOf('(')), ...smallParts.components.map(({ template }) => template)];
    expect([...new Set(mains)].sort()).toEqual([...(await inputsByTemplate()).keys()].sort());
  });

  it('and every explanation is of use', () => {
    expect(explained.unmet()).toEqual([]);
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
    const { columns, rank, vectors } = kernelOf(circuit.constraints, notInputs(circuit), await loose.witness({ in: 3n }));
    expect(columns - rank).toBe(1);
    // One of the two halves is expressed by the other; at product = 0, square stands still to first order.
    expect(namesOf(circuit, vectors)).toEqual([['main.out', 'main.half', 'main.product']]);
  });

  it('is empty where they are bound', async () => {
    const { program: bound, circuit } = await whole('Loose(1)', source);
    const { columns, rank, vectors } = kernelOf(circuit.constraints, notInputs(circuit), await bound.witness({ in: 3n }));
    expect([columns, vectors]).toEqual([rank, []]);
  });
});
