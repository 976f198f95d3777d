import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groth16, powersOfTau, zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFr } from '../../src/field/fr.js';
import { developmentSetup, isDevelopmentKey, SetupError, type SetupSecrets } from '../../src/setup/index.js';
import { compileTestCircuit, type TestCircuit } from './circuit.js';
import { writePtau } from './ptau.js';

const SECRETS: SetupSecrets = {
  tau: toFr(0x1f2e3d4c5b6a79880123456789abcdeffedcba98765432100f1e2d3c4b5a6978n),
  alpha: toFr(0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefn),
  beta: toFr(21888242871839275222246405745257275088548364400416034343698204186575808495616n),
  delta: toFr(1n),
};
const INPUT = { publicIn: '3', secret: '123456789', unused: '5' };

let circuit: TestCircuit;
const file = (name: string): string => join(circuit.folder, name);

beforeAll(async () => {
  circuit = await compileTestCircuit();
}, 60_000);

afterAll(async () => {
  await circuit.remove();
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate();
});

/** The sections of a binary file by number; fails on one that comes twice. */
async function sections(path: string): Promise<Map<number, Buffer>> {
  const bytes = await readFile(path);
  const found = new Map<number, Buffer>();
  let at = 12;
  for (let left = bytes.readUInt32LE(8); left > 0; left--) {
    const [id, size] = [bytes.readUInt32LE(at), Number(bytes.readBigUInt64LE(at + 4))];
    expect(found.has(id)).toBe(false);
    found.set(id, bytes.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  expect(at).toBe(bytes.length);
  return found;
}

describe('a development key', () => {
  it('is byte for byte what snarkjs makes from powers of the same tau, but for the section that marks it', async () => {
    await writePtau(file('raw.ptau'), 7, SECRETS);
    await powersOfTau.preparePhase2(file('raw.ptau'), file('prepared.ptau'));
    await zKey.newZKey(circuit.r1cs, file('prepared.ptau'), file('snarkjs.zkey'));
    await developmentSetup({ r1cs: circuit.r1cs, zkey: file('ours.zkey'), secrets: SECRETS });
    const [theirs, ours] = [await sections(file('snarkjs.zkey')), await sections(file('ours.zkey'))];
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    for (const [id, content] of theirs) {
      if (id !== 10) expect(ours.get(id)?.equals(content), `section ${id}`).toBe(true);
    }
  }, 120_000);
});
