import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBn128 } from 'ffjavascript';
import type { Group } from 'ffjavascript';
import { zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginKey } from '../../../src/proof/setup/begin.js';
import { buildKernel } from '../../../src/proof/setup/kernel.js';
import type { SetupKernel } from '../../../src/proof/setup/kernel.js';
import { preparedPtau } from './ceremony.js';
import { compileTestCircuit } from './circuit.js';
import type { TestCircuit } from './circuit.js';
import { closeCurve, writeMadeUpPtau } from './ptau.js';

let circuit: TestCircuit;
beforeAll(async () => void (circuit = await compileTestCircuit(40)));
afterAll(async () => {
  await circuit.remove();
  await closeCurve();
});

async function isSnarkjs({ folder, r1cs }: TestCircuit, ptau: string): Promise<void> {
  const ours = join(folder, 'ours.zkey');
  const theirs = join(folder, 'theirs.zkey');
  const hash = await beginKey({ r1cs, ptau, zkey: ours });
  const expected = (await zKey.newZKey(r1cs, ptau, theirs)) as unknown as Uint8Array;
  expect((await readFile(ours)).equals(await readFile(theirs))).toBe(true);
  expect(hash).toBe(Buffer.from(expected).toString('hex'));
}

describe('a key with which a ceremony begins is byte for byte what snarkjs makes', () => {
  it.each([6, 7])('from powers of tau for 2^%i constraints', async (power) => {
    await isSnarkjs(circuit, await preparedPtau(join(circuit.folder, `${power}.ptau`), power));
  });

  // Of 1500 constraints the terms come in several jobs, and many a wire's in parts; of 5000, one wire's are more than
  // are worked on at once.
  it.each(process.env['ROOTSHIFT_LONG'] ? [1500, 5000] : [1500])(
    'for %i constraints, from points of which many are equal',
    async (steps) => {
      const large = await compileTestCircuit(steps);
      try {
        const ptau = join(large.folder, 'made-up.ptau');
        await writeMadeUpPtau(ptau, Math.ceil(Math.log2(steps + 8)), 61);
        await isSnarkjs(large, ptau);
      } finally {
        await large.remove();
      }
    },
  );
});

describe('adding pairs of points', () => {
  it.each(['G1', 'G2'] as const)('of %s equals adding the points one by one, for all kinds of points', async (name) => {
    const curve = await buildKernel();
    const group: Group = curve[name];
    const { Fr } = await buildBn128(true);
    const [a, b] = [5n, 11n].map((x) => group.toAffine(group.timesFr(group.g, Fr.e(x)))) as [Uint8Array, Uint8Array];
    const zero = new Uint8Array(a.length);
    const minus = (point: Uint8Array): Uint8Array => group.toAffine(group.neg(point));
    const cases = [
      [a, b],
      [b, a],
      [a, a],
      [a, minus(a)],
      [zero, a],
      [a, zero],
      [zero, zero],
      [minus(a), b],
      [b, b],
    ] as const;
    const signed = cases.flatMap(
      ([x, y]) =>
        [
          [x, y, false],
          [x, y, true],
        ] as const,
    );

    const memory = new WebAssembly.Memory({ initial: 32 });
    const instance = new WebAssembly.Instance(await WebAssembly.compile(curve.tm.code), { env: { memory } });
    const kernel = instance.exports as unknown as SetupKernel;
    const bytes = new Uint8Array(memory.buffer);
    const words = new Uint32Array(memory.buffer);
    const sums = 2 ** 18;
    const points = 2 ** 18 + 2 ** 14;
    const pairs = 2 ** 19;
    const denominators = 2 ** 19 + 2 ** 14;
    const heap = 2 ** 20;
    words[0] = heap;
    signed.forEach(([x, y, isNegative], i) => {
      bytes.set(x, sums + i * a.length);
      bytes.set(y, points + i * a.length);
      words[pairs / 4 + 2 * i] = sums + i * a.length;
      words[pairs / 4 + 2 * i + 1] = points + i * a.length + (isNegative ? 1 : 0);
    });
    const doubled = sums + signed.length * a.length;
    bytes.set(b, doubled);
    words[pairs / 4 + 2 * signed.length] = words[pairs / 4 + 2 * signed.length + 1] = doubled;
    kernel[name === 'G1' ? 'g1m_addPairs' : 'g2m_addPairs'](pairs, signed.length + 1, denominators);

    const at = (i: number): Uint8Array => bytes.slice(sums + i * a.length, sums + (i + 1) * a.length);
    signed.forEach(([x, y, isNegative], i) => {
      const expected = group.add(group.toJacobian(x), group.toJacobian(isNegative ? minus(y) : y));
      expect(at(i), `case ${i}`).toEqual(group.isZero(expected) ? zero : group.toAffine(expected));
    });
    expect(at(signed.length)).toEqual(group.toAffine(group.double(b)));
  });
});
