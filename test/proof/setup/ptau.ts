import { writeFile } from 'node:fs/promises';
import { buildBn128 } from 'ffjavascript';
import type { Curve, Group } from 'ffjavascript';
import type { SetupSecrets } from '../../../src/proof/setup/index.js';

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
