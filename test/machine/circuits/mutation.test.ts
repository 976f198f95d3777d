/**
 * Every wire of honest witnesses against every other value that it could have, all else as it was. What a
 * circuit accepts is either explained in free-wires.json or a hole.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mainComponent } from '../../../src/machine/circuit/catalogue.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { FreeWires } from './free-wires.js';
import { program } from './harness.js';
import type { Program } from './harness.js';
import { honestInputs, KINDS, LARGER, randomInputs, SMALL } from './kinds.js';
import { freeWires, placesOf } from './mutations.js';
import type { Place } from './mutations.js';
import { evaluate, isInput, readCircuit, reduce } from './r1cs.js';
import type { Circuit } from './r1cs.js';

interface Attacked {
  readonly program: Program;
  readonly circuit: Circuit;
  readonly places: readonly (readonly Place[])[];
}

async function attack(main: string, source = ''): Promise<Attacked> {
  const compiled = await program(main, { source });
  const circuit = await readCircuit(compiled);
  return { program: compiled, circuit, places: placesOf(circuit) };
}

const long = process.env['ROOTSHIFT_LONG'] !== undefined;
const explained = new FreeWires('mutation');
const tally = { witnesses: 0, wires: 0, ofThemInputs: 0, free: 0 };

function expectBound({ circuit, places }: Attacked, witness: readonly bigint[]): void {
  const free = freeWires(circuit, places, witness);
  tally.witnesses++;
  tally.wires += circuit.wires - 1;
  tally.ofThemInputs += circuit.names.filter((_, wire) => isInput(circuit, wire)).length;
  tally.free += free.length;
  expect(free.filter(({ name }) => !explained.explain([name]))).toEqual([]);
}

describe('no wire but the explained ones can have another value', () => {
  describe.each(SMALL)('on $tree', (ground) => {
    let attacked: Attacked;
    beforeAll(async () => {
      attacked = await attack(mainComponent(ground.size));
    });

    it.each(Object.entries(KINDS))('in a batch that %s', async (_, { state, accesses }) => {
      expectBound(attacked, await attacked.program.witness(await honestInputs(ground, state, accesses)));
    });
  });

  it.each(LARGER)('in random batches on $tree', async (ground) => {
    const attacked = await attack(mainComponent(ground.size));
    for (const inputs of await randomInputs(ground, long ? 100 : 2)) {
      expectBound(attacked, await attacked.program.witness(inputs));
    }
  });

  it('and every explanation is of use', () => {
    expect(explained.unmet()).toEqual([]);
  });

  afterAll(() => {
    if (long) console.table(tally);
  });
});

describe('the search for free wires', () => {
  it('finds what trying finds', async () => {
    const [ground] = SMALL;
    const { program: small, circuit, places } = await attack(mainComponent(ground!.size));
    const { state, accesses } = KINDS['updates']!;
    const witness = await small.witness(await honestInputs(ground!, state, accesses));
    const free = new Map(freeWires(circuit, places, witness).map(({ wire, instead }) => [wire, instead]));
    const changed = [...witness];
    for (let wire = 1; wire < circuit.wires; wire++) {
      const honest = witness[wire]!;
      for (const value of new Set([honest + 1n, 0n, 1n, -honest, 3n ** 150n + BigInt(wire)].map(reduce))) {
        if (value === honest) continue;
        changed[wire] = value;
        const accepted = places[wire]!.every(({ constraint }) => {
          const { a, b, c } = circuit.constraints[constraint]!;
          return reduce(evaluate(a, changed) * evaluate(b, changed)) === evaluate(c, changed);
        });
        const instead = free.get(wire);
        if (accepted !== (instead === 'anything' || instead === value))
          expect.fail(`${circuit.names[wire]} as ${value}`);
      }
      changed[wire] = honest;
    }
  });

  it('finds a root that may be negative, and an inverse of 0', async () => {
    const source = `
      template Loose() {
        signal input in;
        signal output root <-- in == 9 ? 3 : 0;
        signal inverse <-- 0;
        root * root === in;
        in * inverse === 0;
      }`;
    const { program: loose, circuit, places } = await attack('Loose()', source);
    const found = async (value: bigint): Promise<unknown[]> =>
      freeWires(circuit, places, await loose.witness({ in: value })).map(({ name, instead }) => [name, instead]);
    expect(await found(9n)).toEqual([['main.root', FIELD_ORDER - 3n]]);
    expect(await found(0n)).toEqual([['main.inverse', 'anything']]);
  });

  it('begins at a witness that holds', async () => {
    const { program: one, circuit, places } = await attack('Bit()');
    const witness = await one.witness({ in: 1n });
    expect(freeWires(circuit, places, witness)).not.toBeNull();
    expect(() => freeWires(circuit, places, witness.with(1, 2n))).toThrow('does not hold');
  });
});
