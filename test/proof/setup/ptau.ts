import { writeFile } from 'node:fs/promises';
import { buildBn128 } from 'ffjavascript';
import type { Curve, Group } from 'ffjavascript';
import { windowsOf } from '../../../src/base/bn254/digits.js';
import { fillTable, multiplyBase, multiplyBytes, powersOfBase } from '../../../src/base/bn254/fixed-base.js';
import { hasFusedMultiplyAdd } from '../../../src/base/bn254/fused.js';
import { inverseOrZero, toFr } from '../../../src/base/field/fr.js';
import type { SetupSecrets } from '../../../src/proof/setup/index.js';
import { startKernel } from '../../base/bn254/machine.js';

/**
 * Writes a powers-of-tau file whose secrets are known, point by point, as the format says: sections 2 to 6
 * are tau^i in G1 (2^(power+1) - 1 of them) and G2, alpha tau^i, beta tau^i, and beta in G2; section 7,
 * contributions, is empty. It is not yet prepared for phase 2.
 */
export async function writePtau(path: string, power: number, { tau, alpha, beta }: SetupSecrets): Promise<void> {
  const curve = await buildBn128(true);
  const n = 2 ** power;
  const sections = [
    section(1, header(curve, power)),
    section(2, powers(curve, curve.G1, 1n, tau, 2 * n - 1)),
    section(3, powers(curve, curve.G2, 1n, tau, n)),
    section(4, powers(curve, curve.G1, alpha, tau, n)),
    section(5, powers(curve, curve.G1, beta, tau, n)),
    section(6, powers(curve, curve.G2, beta, tau, 1)),
    section(7, Buffer.alloc(4)),
  ];
  await writeFile(path, file(sections));
}

/**
 * Writes a powers-of-tau file whose points are no powers of any tau, but multiples of the generators that come again
 * after `distinct` of them: quick to write, and prepared for phase 2 as far as a key's making goes.
 */
export async function writeMadeUpPtau(path: string, power: number, distinct: number): Promise<void> {
  const curve = await buildBn128(true);
  const n = 2 ** power;
  const some = (group: Group, count: number): Buffer => {
    const points = powers(curve, group, 1n, 7n, Math.min(count, distinct));
    return Buffer.alloc((points.length / Math.min(count, distinct)) * count, points);
  };
  const sizes = [
    [2, 2 * n - 1],
    [4, n],
    [5, n],
    [12, 4 * n - 1],
    [14, 2 * n - 1],
    [15, 2 * n - 1],
  ] as const;
  const sections = [
    section(1, header(curve, power)),
    ...sizes.map(([id, count]) => section(id, some(curve.G1, count))),
    section(6, some(curve.G2, 1)),
    section(13, some(curve.G2, 2 * n - 1)),
  ];
  await writeFile(path, file(sections));
}

/**
 * Writes a powers-of-tau file whose secrets are known, prepared for phase 2 of circuits with a domain of 2^power, and
 * for no others: what snarkjs's setup of these does not take to the key is zeros. Its preparation of 2^17 powers would
 * take hours; with tau known, the Lagrange basis at tau is computed among scalars.
 * @param options.isWhole with the powers themselves, which a ceremony's key takes, too
 */
export async function writePreparedPtau(
  path: string,
  power: number,
  { tau, alpha, beta }: SetupSecrets,
  { isWhole = false } = {},
): Promise<void> {
  const curve = await buildBn128(true);
  const g1 = multiplier(curve, 'g1');
  const g2 = multiplier(curve, 'g2');
  const n = 2 ** power;
  const times = (factor: bigint, scalars: readonly bigint[]): bigint[] => scalars.map((x) => (factor * x) % curve.r);
  const lagrange = lagrangeAt(curve, tau, power);
  const powersFrom = (first: bigint, count: number): bigint[] => {
    const list = [first];
    while (list.length < count) list.push((list.at(-1)! * tau) % curve.r);
    return list;
  };
  /** Points of the powers below, of which there is one less than of this power. */
  const smaller = (points: Buffer): Buffer => Buffer.alloc((points.length / n) * (n - 1));
  const inG1 = g1(lagrange);
  const inG2 = g2(lagrange);
  const sections = [
    section(1, header(curve, power)),
    section(2, isWhole ? g1(powersFrom(1n, 2 * n - 1)) : Buffer.concat([smaller(inG1), Buffer.alloc(inG1.length)])),
    section(4, g1(powersFrom(alpha, isWhole ? n : 1))),
    section(5, g1(powersFrom(beta, isWhole ? n : 1))),
    section(6, g2([beta])),
    section(12, Buffer.concat([smaller(inG1), inG1, g1(lagrangeAt(curve, tau, power + 1))])),
    section(13, Buffer.concat([smaller(inG2), inG2])),
    section(14, Buffer.concat([smaller(inG1), g1(times(alpha, lagrange))])),
    section(15, Buffer.concat([smaller(inG1), g1(times(beta, lagrange))])),
  ];
  await writeFile(path, file(sections));
}

/** The Lagrange polynomials of the 2^power-th roots of unity, at tau: (tau^n - 1) / n * w^i / (tau - w^i). */
function lagrangeAt({ Fr, r }: Curve, tau: bigint, power: number): bigint[] {
  const n = 1n << BigInt(power);
  const root = Fr.toObject(Fr.w[power]!);
  const inverse = (x: bigint): bigint => inverseOrZero(toFr(x));
  let vanishing = tau;
  for (let i = 0; i < power; i++) vanishing = (vanishing * vanishing) % r;
  const factor = ((vanishing - 1n + r) * inverse(n)) % r;
  const roots = [1n];
  for (let i = 1; i < Number(n); i++) roots.push((roots[i - 1]! * root) % r);
  // One inversion for all: running products, and back.
  const products = [1n];
  for (const [i, x] of roots.entries()) products.push((products[i]! * (tau - x + r)) % r);
  let inverted = inverse(products.at(-1)!);
  const values: bigint[] = [];
  for (let i = roots.length - 1; i >= 0; i--) {
    values[i] = (((inverted * products[i]!) % r) * ((roots[i]! * factor) % r)) % r;
    inverted = (inverted * (tau - roots[i]! + r)) % r;
  }
  return values;
}

/** Multiplies a group's generator by many scalars, as files have the points. */
function multiplier(curve: Curve, group: 'g1' | 'g2'): (scalars: readonly bigint[]) => Buffer {
  const BITS = 10;
  const BATCH = 4096;
  const windows = windowsOf(BITS);
  const [pointBytes, packed] = group === 'g1' ? [80, 64] : [160, 128];
  const { kernel, memory, take, words } = startKernel(hasFusedMultiplyAdd(), 1000);
  const bytes = new Uint8Array(memory.buffer);
  const area = { kernel, buffer: memory.buffer, address: take(multiplyBytes('g2', BATCH)) };
  const windowBytes = 2 ** (BITS - 1) * pointBytes;
  const table = take(windows * windowBytes);
  const point = take(packed);
  const scratch = take(64);
  const base = { group, table, bits: BITS, windows };
  const { [group === 'g1' ? 'G1' : 'G2']: points } = curve;
  bytes.set(points.toAffine(points.g), point);
  kernel[`${group}_prepare`]!(point, scratch, table, scratch + 32, scratch, 1);
  powersOfBase(area, { kind: 'powers', ...base });
  for (let window = 0; window < windows; window++)
    fillTable(area, { kind: 'fill', group, table: table + window * windowBytes, bits: BITS });
  const inputs = take(32 * BATCH);
  const out = take(packed * BATCH);
  return (scalars) => {
    const products: Uint8Array[] = [];
    for (let from = 0; from < scalars.length; from += BATCH) {
      const batch = scalars.slice(from, from + BATCH);
      batch.forEach((x, i) => {
        for (let k = 0; k < 4; k++) words[inputs / 8 + 4 * i + k] = BigInt.asUintN(64, x >> BigInt(64 * k));
      });
      multiplyBase(area, { kind: 'multiply', ...base, scalars: inputs, count: batch.length, out });
      products.push(bytes.slice(out, out + packed * batch.length));
    }
    return Buffer.concat(products);
  };
}

function file(sections: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(12);
  head.write('ptau', 'latin1');
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(sections.length, 8);
  return Buffer.concat([head, ...sections]);
}

function header({ q }: Curve, power: number): Buffer {
  const out = Buffer.alloc(44);
  out.writeUInt32LE(32, 0);
  for (let i = 0; i < 32; i++) out[4 + i] = Number((q >> BigInt(8 * i)) & 0xffn);
  out.writeUInt32LE(power, 36);
  out.writeUInt32LE(power, 40);
  return out;
}

function powers({ Fr, r }: Curve, group: Group, factor: bigint, tau: bigint, count: number): Buffer {
  const points: Uint8Array[] = [];
  let scalar = factor;
  for (let i = 0; i < count; i++) {
    points.push(group.toAffine(group.timesFr(group.g, Fr.e(scalar))));
    scalar = (scalar * tau) % r;
  }
  return Buffer.concat(points);
}

function section(id: number, content: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(id, 0);
  head.writeBigUInt64LE(BigInt(content.length), 4);
  return Buffer.concat([head, content]);
}

/** Stops the curve workers that snarkjs keeps for the whole process. */
export async function closeCurve(): Promise<void> {
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate();
}
