import { appendFile, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { powersOfTau } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactError, ArtifactStore, fileDigest } from '../../src/circuit/artifacts.js';
import { CATALOGUE } from '../../src/circuit/catalogue.js';
import { type CompiledCircuit } from '../../src/circuit/compile.js';
import { toFr } from '../../src/field/fr.js';
import { findVerifyingKeys, provingKeys, verificationKeyHash } from '../../src/prover/keys.js';
import { SetupError } from '../../src/setup/index.js';
import { compileTestCircuit, type TestCircuit } from '../setup/circuit.js';
import { closeCurve, writePtau } from '../setup/ptau.js';

const SECRETS = { tau: toFr(1234567891011n), alpha: toFr(987654321n), beta: toFr(55555555555n), delta: toFr(1n) };

let files: TestCircuit;
let store: ArtifactStore;
let small: CompiledCircuit;
const file = (...names: string[]): string => path.join(files.folder, ...names);

beforeAll(async () => {
  files = await compileTestCircuit(20);
  store = new ArtifactStore(file('artifacts'));
  const { r1cs, wasm } = files;
  small = {
    name: 's14', digest: await fileDigest(r1cs), constraints: 23, wires: 0, compiler: '', r1cs, wasm, sym: '', reused: false,
    size: CATALOGUE.s14,
  };
  await mkdir(file('ptau'));
  await mkdir(file('weak'));
  await writePtau(file('raw'), 5, SECRETS);
  await powersOfTau.preparePhase2(file('raw'), file('ptau', 'right.ptau'));
  await writePtau(file('ptau', 'larger.ptau'), 6, SECRETS);
  await writePtau(file('ptau', 'a-smaller.ptau'), 4, SECRETS);
  await writePtau(file('weak', 'smaller.ptau'), 4, SECRETS);
});

afterAll(async () => {
  await files.remove();
  await closeCurve();
});

describe('keys', () => {
  it('are made once, say that they are insecure, and are found by the hash that a proof names', async () => {
    const made = await provingKeys(store, small);
    expect(made).toMatchObject({ reused: false, setup: 'development', insecure: true, ptau: null, circuit: { name: 's14', digest: small.digest } });
    expect(made.warning).toContain('secrets');
    expect(made.verificationKeyHash).toBe(verificationKeyHash(made.verificationKey));
    const { reused: _, ...same } = made;
    expect(await provingKeys(store, small)).toEqual({ ...same, reused: true });
    const { zkey: __, ...verifying } = same;
    expect(await findVerifyingKeys(store, 's14', made.verificationKeyHash)).toEqual(verifying);
    expect(await findVerifyingKeys(store, 's14', '0'.repeat(64))).toBeNull();
    expect(await findVerifyingKeys(store, 's18', made.verificationKeyHash)).toBeNull();
    expect(await findVerifyingKeys(new ArtifactStore(file('none')), 's14', made.verificationKeyHash)).toBeNull();
    expect((await stat(made.zkey)).size).toBeGreaterThan(0);
  });

  it('come from the smallest file of powers of tau that is large enough', async () => {
    const keys = await provingKeys(store, small, { ptauFolder: file('ptau') });
    expect(keys).toMatchObject({ reused: false, setup: 'ptau', insecure: true, ptau: await fileDigest(file('ptau', 'right.ptau')) });
    expect((await provingKeys(store, small, { ptauFolder: file('ptau') })).reused).toBe(true);
    expect(await findVerifyingKeys(store, 's14', keys.verificationKeyHash)).toMatchObject({ setup: 'ptau' });
  });

  it('are development keys where no file is large enough, or none is there', async () => {
    for (const ptauFolder of [file('weak'), file('artifacts'), file('absent')]) {
      expect(await provingKeys(store, small, { ptauFolder })).toMatchObject({ setup: 'development', reused: true });
    }
  });

  it('are not made from a file of another kind: that is an error', async () => {
    await mkdir(file('wrong'));
    await writeFile(file('wrong', 'x.ptau'), 'ptau');
    await expect(provingKeys(store, small, { ptauFolder: file('wrong') })).rejects.toThrow(SetupError);
  });

  it('of an old circuit are not met by a changed one', async () => {
    const changed = { ...small, digest: '1'.repeat(64) };
    // The setup reads the circuit as it is, and its digest is held against the one it should have.
    await expect(provingKeys(store, changed)).rejects.toThrow('expected keys for circuit s14 with digest 1111');
  });

  it('that are damaged are an error that says what to do', async () => {
    const { zkey, verificationKeyHash } = await provingKeys(store, small);
    const key = path.join(path.dirname(zkey), 'verification_key.json');
    const text = await readFile(key, 'utf8');
    await writeFile(key, text.replace(/"IC": \[\n\s*\[\n\s*"\d/, (digits) => `${digits}1`));
    await expect(provingKeys(store, small)).rejects.toThrow(ArtifactError);
    await expect(findVerifyingKeys(store, 's14', verificationKeyHash)).rejects.toThrow(/is damaged: expected hash .* remove the folder/);
    await writeFile(key, text);
    const { size } = await stat(zkey);
    for (const bytes of [size - 1, 30, 3]) {
      const whole = await readFile(zkey);
      await truncate(zkey, bytes);
      await expect(provingKeys(store, small)).rejects.toThrow(ArtifactError);
      await expect(provingKeys(store, small)).rejects.toThrow(/circuit\.zkey is damaged: .*; remove its folder/);
      await writeFile(zkey, whole);
    }
    expect((await provingKeys(store, small)).reused).toBe(true);
    await appendFile(key, '}');
    await expect(provingKeys(store, small)).rejects.toThrow(/verification_key\.json is damaged/);
    await rm(path.dirname(zkey), { recursive: true });
    expect((await provingKeys(store, small)).reused).toBe(false);
  });
});
