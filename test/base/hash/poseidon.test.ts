import { buildPoseidon } from 'circomlibjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { FieldRangeError, FIELD_ORDER, ONE, toFr, ZERO } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { hasFusedMultiplyAdd } from '../../../src/base/bn254/fused.js';
import { KERNELS, kernelHere } from '../../../src/base/hash/kernel.js';
import {
  CHAIN_ROWS,
  KernelPoseidon,
  POOL_ROWS,
  PoseidonWidthError,
  poseidon,
} from '../../../src/base/hash/poseidon.js';
import { randomFr, numbersAtLimbEdges } from './numbers.js';

const WIDTHS = Array.from({ length: 16 }, (_, i) => i + 1);

let peer: Awaited<ReturnType<typeof buildPoseidon>>;
beforeAll(async () => {
  peer = await buildPoseidon();
});
const ones = (count: number): Fr[] => Array.from({ length: count }, () => ONE);
const peerHash = (inputs: readonly Fr[]): bigint => peer.F.toObject(peer(inputs) as Uint8Array);
const peerPermute = (state: Fr, inputs: readonly Fr[], outputs: number): bigint[] =>
  [peer(inputs, state, outputs)].flat().map((x) => peer.F.toObject(x));

describe('one hash', () => {
  // The vectors of circomlibjs's own tests.
  it.each([
    [[1], 18586133768512220936620570745912940619677854269274689475585506675881198879027n],
    [[1, 2], 7853200120776062878684798364095072458815029376092732009249414926327459813530n],
    [[1, 2, 0, 0, 0], 1018317224307729531995786483840663576608797660851238720571059489595066344487n],
    [[1, 2, 0, 0, 0, 0], 15336558801450556532856248569924170992202208561737609669134139141992924267169n],
    [[3, 4, 0, 0, 0], 5811595552068139067952687508729883632420015185677766880877743348592482390548n],
    [[3, 4, 0, 0, 0, 0], 12263118664590987767234828103155242843640892839966517009184493198782366909018n],
    [[1, 2, 3, 4, 5, 6], 20400040500897583745843009878988256314335038853985262692600694741116813247201n],
    [
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
      8354478399926161176778659061636406690034081872658507739535256090879947077494n,
    ],
    [
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0],
      5540388656744764564518487011617040650780060800286365721923524861648744699539n,
    ],
    [
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0],
      11882816200654282475720830292386643970958445617880627439994635298904836126497n,
    ],
    [
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
      9989051620750914585850546081941653841776809718687451684622678807385399211877n,
    ],
  ])('is the published one of %j', (inputs, hash) => {
    expect(poseidon.hash(inputs.map((x) => toFr(BigInt(x))))).toBe(hash);
  });

  it('has 1 to 16 inputs', () => {
    expect(() => poseidon.hash([])).toThrow(PoseidonWidthError);
    expect(() => poseidon.hash(ones(17))).toThrow('expected 1 to 16 inputs, got 17');
  });
});

/** Those that run here. */
const kernels = KERNELS.filter(({ name }) => name === 'integer' || hasFusedMultiplyAdd());
describe.each(kernels.map((kernel) => [kernel.name, new KernelPoseidon(kernel)] as const))(
  'the %s kernel',
  (_, own) => {
    it.each(WIDTHS)('hashes %i inputs as circomlibjs does: random numbers and the edges', async (width) => {
      const random = Array.from({ length: 7 }, () => Array.from({ length: width }, randomFr));
      const edges = numbersAtLimbEdges().map((x) => Array.from({ length: width }, () => x));
      const rows = [...random, ...edges];
      const expected = rows.map(peerHash);
      expect(rows.map((row) => own.hash(row))).toEqual(expected);
      expect(await own.hashMany(rows)).toEqual(expected);
    });

    it.each(WIDTHS)('gives as many lanes of the permutation of %i inputs as asked, as circomlibjs does', (width) => {
      for (const state of [ZERO, ONE, (FIELD_ORDER - 1n) as Fr, randomFr()]) {
        const inputs = Array.from({ length: width }, randomFr);
        const lanes = peerPermute(state, inputs, width + 1);
        for (let outputs = 1; outputs <= width + 1; outputs++) {
          expect(own.permute(state, inputs, outputs)).toEqual(lanes.slice(0, outputs));
        }
      }
    });
  },
);

it('the fused kernel is used where multiplication and addition are rounded once', () => {
  expect(kernelHere().name).toBe(hasFusedMultiplyAdd() ? 'fused' : 'integer');
});

describe('a permutation', () => {
  it('gives 1 to inputs + 1 lanes', () => {
    expect(() => poseidon.permute(ZERO, [ONE, ONE], 0)).toThrow(PoseidonWidthError);
    expect(() => poseidon.permute(ZERO, [ONE, ONE], 4)).toThrow('expected 1 to 3 outputs of 2 inputs, got 4');
  });
});

describe('absorbing', () => {
  it.each([0, 1, CHAIN_ROWS - 1, CHAIN_ROWS, 5 * CHAIN_ROWS])(
    '%i rows is one permutation after another',
    async (count) => {
      const largest = (FIELD_ORDER - 1n) as Fr;
      const rows = Array.from({ length: count }, (_, i) =>
        Array.from({ length: 16 }, () => (i % 2 === 0 ? randomFr() : largest)),
      );
      const expected = rows.reduce<bigint>((running, row) => peerPermute(running as Fr, row, 1)[0]!, largest);
      expect(await poseidon.absorb(largest, rows)).toBe(expected);
    },
  );

  it('takes numbers that are reduced alone', async () => {
    for (const count of [1, CHAIN_ROWS]) {
      const rows = Array.from({ length: count }, () => [ONE, ONE]);
      await expect(poseidon.absorb(ONE, rows)).resolves.toBeDefined();
      await expect(poseidon.absorb(FIELD_ORDER, rows)).rejects.toThrow(FieldRangeError);
      await expect(poseidon.absorb(ONE, rows.with(-1, [ONE, FIELD_ORDER as Fr]))).rejects.toThrow(FieldRangeError);
    }
  });
});

describe('many hashes', () => {
  const rowsOf = (count: number, width: (row: number) => number): Fr[][] =>
    Array.from({ length: count }, (_, row) => Array.from({ length: width(row) }, randomFr));

  it.each([0, 1, 2, 3, POOL_ROWS - 1, POOL_ROWS, 3 * POOL_ROWS + 1])('are the hashes of the %i rows', async (count) => {
    const rows = rowsOf(count, () => 3);
    expect(await poseidon.hashMany(rows)).toEqual(rows.map((row) => poseidon.hash(row)));
  });

  it('keep their order when the rows have all widths, and agree with circomlibjs', async () => {
    const rows = rowsOf(2 * POOL_ROWS + 1, (row) => 1 + ((row * 7) % 16));
    expect(await poseidon.hashMany(rows)).toEqual(rows.map(peerHash));
  });

  it('of the largest numbers are alike', async () => {
    const row = Array.from({ length: 4 }, () => (FIELD_ORDER - 1n) as Fr);
    const rows = Array.from({ length: 2 * POOL_ROWS }, () => row);
    expect(new Set(await poseidon.hashMany(rows))).toEqual(new Set([peerHash(row)]));
  });

  it('asked for at the same time do not mix', async () => {
    const calls = Array.from({ length: 4 }, (_, i) => rowsOf(2 * POOL_ROWS, () => 1 + i));
    const hashes = await Promise.all(calls.map((rows) => poseidon.hashMany(rows)));
    hashes.forEach((list, i) => expect(list).toEqual(calls[i]?.map((row) => poseidon.hash(row))));
  });

  it('one call after another, each with fewer rows than the one before, are theirs', async () => {
    for (const count of [4 * POOL_ROWS, 2 * POOL_ROWS + 1, POOL_ROWS + 1]) {
      const rows = rowsOf(count, () => 2);
      expect(await poseidon.hashMany(rows)).toEqual(rows.map((row) => poseidon.hash(row)));
    }
  });

  it('refuse a row of no or of 17 inputs', async () => {
    await expect(poseidon.hashMany([[ONE], []])).rejects.toThrow(PoseidonWidthError);
    await expect(poseidon.hashMany([[ONE], ones(17)])).rejects.toThrow(PoseidonWidthError);
  });
});
