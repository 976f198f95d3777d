import { buildBn128 } from 'ffjavascript';
import type { Element, Field } from 'ffjavascript';
import { expect, it } from 'vitest';
import { Arena } from '../../../src/base/bn254/arena.js';
import { kernelFor, Machine } from '../../../src/base/bn254/machine.js';
import { inverseModulo } from '../../../src/base/bn254/numbers.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { computeQuotient, planQuotient } from '../../../src/proof/groth16/quotient.js';
import type { Source } from '../../../src/proof/groth16/source.js';
import type { Zkey } from '../../../src/proof/groth16/zkey.js';
import { KERNELS, randomBelow } from '../../base/bn254/machine.js';

interface Transforms {
  fft(values: Uint8Array): Promise<Uint8Array>;
  ifft(values: Uint8Array): Promise<Uint8Array>;
  batchApplyKey(values: Uint8Array, first: Element, factor: Element): Promise<Uint8Array>;
}
const { Fr } = (await buildBn128(true)) as unknown as { Fr: Field & Transforms };

/** A coefficient as a zkey has it: of A (0) or B (1), of a constraint and of a wire. */
interface Coefficient {
  readonly matrix: 0 | 1;
  readonly constraint: number;
  readonly wire: number;
  readonly value: bigint;
}

const little = (x: bigint): Buffer => Buffer.from(x.toString(16).padStart(64, '0'), 'hex').reverse();

async function quotient(
  isFused: boolean,
  domainSize: number,
  coefficients: readonly Coefficient[],
  witness: readonly bigint[],
  threads: number,
): Promise<bigint[]> {
  const bytes = Buffer.concat(
    coefficients.map(({ matrix, constraint, wire, value }) => {
      const head = Buffer.alloc(12);
      [matrix, constraint, wire].forEach((x, i) => head.writeUInt32LE(x, 4 * i));
      return Buffer.concat([head, little((value << 512n) % FIELD_ORDER)]);
    }),
  );
  const source = {
    name: 'the zkey',
    read: async (into: Uint8Array, position: number) => into.set(bytes.subarray(position, position + into.length)),
  } as Source;
  const zkey = { domainSize, wires: witness.length, coefficients: { count: coefficients.length, position: 0 } } as Zkey;
  const kernel = kernelFor(isFused);
  const arena = new Arena(kernel.statics.end);
  const values = arena.take(32 * witness.length);
  const out = arena.take(32 * domainSize);
  const plan = planQuotient(arena, zkey);
  const own = Array.from({ length: threads }, () => ({ scratch: arena.take(kernel.scratchBytes), work: 0 }));
  return Machine.with({ kernel, arena, threads: own, signal: undefined }, async (machine) => {
    witness.forEach((value, i) => machine.putScalar(values + 32 * i, value));
    await computeQuotient(machine, plan, source, zkey, values, out);
    return Array.from(
      { length: domainSize },
      (_, i) =>
        [3, 2, 1, 0].reduce((sum, word) => (sum << 64n) + machine.words[out / 8 + 4 * i + word]!, 0n) % FIELD_ORDER,
    );
  });
}

async function expected(
  domainSize: number,
  coefficients: readonly Coefficient[],
  witness: readonly bigint[],
): Promise<bigint[]> {
  const rows = [0, 1].map(() => Array.from({ length: domainSize }, () => 0n)) as [bigint[], bigint[]];
  for (const { matrix, constraint, wire, value } of coefficients) {
    rows[matrix][constraint] = (rows[matrix][constraint]! + value * witness[wire]!) % FIELD_ORDER;
  }
  const power = Math.log2(domainSize);
  const odd = async (values: readonly bigint[]): Promise<bigint[]> => {
    const coefficients = await Fr.ifft(new Uint8Array(Buffer.concat(values.map((value) => Fr.e(value)))));
    const shifted = await Fr.fft(await Fr.batchApplyKey(coefficients, Fr.e(1n), Fr.w[power + 1]!));
    return values.map((_, i) => Fr.toObject(shifted.slice(32 * i, 32 * i + 32)));
  };
  // One after the other: they share one memory.
  const a = await odd(rows[0]);
  const b = await odd(rows[1]);
  const c = await odd(rows[0].map((x, i) => (x * rows[1][i]!) % FIELD_ORDER));
  return a.map((x, i) => (((x * b[i]! - c[i]!) % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER);
}

const edges = [0n, 1n, FIELD_ORDER - 1n, inverseModulo(2n, FIELD_ORDER)];
const number = (): bigint => (randomBelow(3n) === 0n ? edges[Number(randomBelow(4n))]! : randomBelow(FIELD_ORDER));
const pick = (below: number): number => Number(randomBelow(BigInt(below)));
const witness = Array.from({ length: 50 }, number);
const coefficientsFor = (domainSize: number): Coefficient[] =>
  Array.from({ length: domainSize }, (_, constraint) =>
    [0, 1, 1, 0]
      .slice(pick(4))
      .map((matrix) => ({ matrix: matrix as 0 | 1, constraint, wire: pick(50), value: number() })),
  ).flat();
const CASES = KERNELS.flatMap(([kind, isFused]) =>
  (
    [
      [2, 1],
      [4, 1],
      [64, 2],
      [256, 1],
      [2048, 3],
    ] as const
  ).map(([size, threads]) => [kind, size, threads, isFused] as const),
);

it.each(CASES)(
  "by the %s kernel, the quotient's scalars on a domain of %s, by %s threads, are those of ffjavascript",
  async (_kind, size, threads, isFused) => {
    const coefficients = coefficientsFor(size);
    expect(await quotient(isFused, size, coefficients, witness, threads)).toEqual(
      await expected(size, coefficients, witness),
    );
  },
);

it.each(KERNELS)(
  'by the %s kernel, constraints may come in any order, and be of thousands of terms',
  async (_kind, isFused) => {
    const long = Array.from({ length: 20_000 }, (_, i): Coefficient => ({
      matrix: i < 15_000 ? 0 : 1,
      constraint: 3,
      wire: pick(50),
      value: FIELD_ORDER - 1n - BigInt(i),
    }));
    const values = witness.map(() => FIELD_ORDER - 1n);
    expect(await quotient(isFused, 8, long, values, 2)).toEqual(await expected(8, long, values));
    const mixed = [...coefficientsFor(8), ...long.slice(14_000, 16_000), ...coefficientsFor(8)];
    expect(await quotient(isFused, 8, mixed, witness, 2)).toEqual(await expected(8, mixed, witness));
  },
);

it('a coefficient of no constraint, wire or matrix is refused', async () => {
  for (const [change, message] of [
    [{ constraint: 4 }, 'constraint 4, wire 0'],
    [{ wire: 50 }, 'constraint 0, wire 50'],
    [{ matrix: 2 as 0 }, 'matrix 2'],
  ] as const) {
    const right: Coefficient = { matrix: 0, constraint: 0, wire: 0, value: 1n };
    await expect(quotient(KERNELS[0][1], 4, [{ ...right, ...change }], witness, 1)).rejects.toThrow(message);
  }
});
