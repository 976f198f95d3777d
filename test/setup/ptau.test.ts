import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groth16, powersOfTau, zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { toFr } from '../../src/field/fr.js';
import { isDevelopmentKey, SetupError, setupFromPtau } from '../../src/setup/index.js';
import { compileTestCircuit, type TestCircuit } from './circuit.js';
import { closeCurve, writePtau } from './ptau.js';

const SECRETS = { tau: toFr(1234567891011n), alpha: toFr(987654321n), beta: toFr(55555555555n), delta: toFr(1n) };

vi.setConfig({ testTimeout: 60_000 });

let circuit: TestCircuit;
const file = (name: string): string => join(circuit.folder, name);

beforeAll(async () => {
  circuit = await compileTestCircuit(20);
  // 26 rows: the smallest domain is 2^5.
  await writePtau(file('raw.ptau'), 5, SECRETS);
  await powersOfTau.preparePhase2(file('raw.ptau'), file('prepared.ptau'));
  await writePtau(file('small.ptau'), 4, SECRETS);
}, 120_000);

afterAll(async () => {
  await circuit.remove();
  await closeCurve();
});

describe('a key from powers of tau', () => {
  it('proves a statement, and no other, and snarkjs verifies its one contribution', async () => {
    const record = await setupFromPtau({ r1cs: circuit.r1cs, ptau: file('prepared.ptau'), zkey: file('key.zkey') });
    expect(record).toMatchObject({ kind: 'ptau', insecure: true, constraints: 23, publicSignals: 2 });
    expect(record.warning).toMatch(/single local contribution/);
    const input = { publicIn: '3', secret: '123456789', unused: '5' };
    const { proof, publicSignals } = await groth16.fullProve(input, circuit.wasm, file('key.zkey'));
    expect(await groth16.verify(record.verificationKey, publicSignals, proof)).toBe(true);
    expect(await groth16.verify(record.verificationKey, [publicSignals[0]!, '4'], proof)).toBe(false);
    expect(await zKey.verifyFromR1cs(circuit.r1cs, file('prepared.ptau'), file('key.zkey'))).toBe(true);
    expect(record.verificationKey.vk_delta_2).not.toEqual(record.verificationKey.vk_gamma_2);
    expect(await isDevelopmentKey(file('key.zkey'))).toBe(false);
    await expect(access(file('key.zkey.initial'))).rejects.toThrow();
  });

  const refused = async (ptau: string, message: RegExp): Promise<void> => {
    const setup = setupFromPtau({ r1cs: circuit.r1cs, ptau: file(ptau), zkey: file('refused.zkey') });
    await expect(setup).rejects.toThrow(SetupError);
    await expect(setup).rejects.toThrow(message);
    await expect(access(file('refused.zkey'))).rejects.toThrow();
  };

  it('is refused for a file that is no powers of tau', () => refused('mixed.r1cs', /expected a powers-of-tau file/));
  it('is refused for a file that does not exist', () => refused('absent.ptau', /could not open it/));
  it('is refused for too few powers', () => refused('small.ptau', /for 2\^5 constraints or more, .* is for 2\^4/));
  it('is refused for powers not prepared for phase 2', () => refused('raw.ptau', /prepared for phase 2/));
  it('is refused for a file cut short', async () => {
    await writeFile(file('cut.ptau'), (await readFile(file('prepared.ptau'))).subarray(0, -1));
    await refused('cut.ptau', /ends early/);
  });
});
