/** The challenges depend on all that enters a product, or selects what does. */
import { expect, it } from 'vitest';
import { lineaInputs } from '../../../src/machine/linea/block-inputs.js';
import type { CircuitInput, CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { plainName } from '../../machine/circuits/r1cs.js';
import { blockProgram, put, read, remove, SIZE, tracesOn } from './world.js';

/** The places of all numbers of an input. */
const placesIn = (input: CircuitInput): number[][] =>
  typeof input === 'bigint' ? [[]] : input.flatMap((one, i) => placesIn(one).map((place) => [i, ...place]));

function flipped(input: CircuitInput, [first, ...rest]: readonly number[]): CircuitInput {
  if (first === undefined) return input === 0n ? 1n : (input as bigint) - 1n;
  const list = input as readonly CircuitInput[];
  return list.with(first, flipped(list[first]!, rest));
}

/** These enter no product: the log does through its hash, and where rows are chained, their paths do not. */
const ELSEWHERE = ['oldTop', 'newTop', 'oldBase', 'appendLeft', 'is', 'elements'];

it.each([0, 2])('every other input moves them, with %i levels shared', async (topLevels) => {
  const size = { ...SIZE, topLevels };
  const block = await blockProgram(size, { unchecked: true });
  const wishes = [read(1), put(2, 7), put(4, 4), put(5, 5), remove(3)];
  // What the cells are does not matter here: nothing is checked.
  const cells = Array.from({ length: topLevels === 0 ? 0 : 2 ** topLevels }, (_, i) => BigInt(i));
  const { inputs } = await lineaInputs(await tracesOn([1, 2, 3], wishes), size, { cells });
  const challenges = async (some: CircuitInputs): Promise<(bigint | undefined)[]> => {
    const outcome = await block.run(some);
    if ('refused' in outcome) throw new Error('a constraint was left in');
    const plain = new Map([...outcome.accepted].map(([name, value]) => [plainName(name), value]));
    return [plain.get('main.beta'), plain.get('main.gamma')];
  };
  const honest = await challenges(inputs);
  expect(honest.every((one) => one !== undefined)).toBe(true);
  let tried = 0;
  for (const [name, input] of Object.entries(inputs)) {
    if (ELSEWHERE.includes(name) || (name === 'rowSiblings' && topLevels === 0)) continue;
    const places = placesIn(input);
    if (places.length === 0) continue;
    // One input after another is of the same kind: one stands for all, unless there is time.
    const some = process.env['ROOTSHIFT_LONG'] ? places : [places[Math.floor(places.length / 2)]!];
    for (const place of some) {
      // A leaf that is not there is not looked at: its opening enters nothing.
      const [row] = place;
      const gone = (column: string): boolean => (inputs[column] as bigint[])[row!] === 0n;
      if (name === 'changeLeaf' && gone('changeStays')) continue;
      if (name === 'appendLeaf' && gone('appendStays')) continue;
      tried++;
      const [beta, gamma] = await challenges({ ...inputs, [name]: flipped(input, place) });
      expect([name, place, beta === honest[0], gamma === honest[1]]).toEqual([name, place, false, false]);
    }
  }
  expect(tried).toBeGreaterThan(20);
});
