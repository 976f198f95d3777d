import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBn128 } from 'ffjavascript';
import { groth16, powersOfTau, zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import { developmentSetup, readContributions, SetupError } from '../../../src/proof/setup/index.js';
import type { SetupSecrets } from '../../../src/proof/setup/index.js';
import { compileTestCircuit } from './circuit.js';
import type { TestCircuit } from './circuit.js';
import { closeCurve, writePtau } from './ptau.js';

const SECRETS: SetupSecrets = {
  tau: toFr(0x1f2e3d4c5b6a79880123456789abcdeffedcba98765432100f1e2d3c4b5a6978n),
  alpha: toFr(0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefn),
  beta: toFr(FIELD_ORDER - 1n),
  delta: toFr(1n),
};
const INPUT = { publicIn: '3', secret: '123456789', unused: '5' };
const HEADER = 2;
const IC = 3;
const COEFFICIENTS = 4;
const A = 5;
const B1 = 6;
const B2 = 7;
const C = 8;
const H = 9;
const CONTRIBUTIONS = 10;

let circuit: TestCircuit;
const file = (name: string): string => join(circuit.folder, name);

beforeAll(async () => {
  circuit = await compileTestCircuit(40);
  // 46 rows: a domain of 2^6. Over powers for 2^6 alone snarkjs leaves the term tau^127 out of each H point.
  await writePtau(file('raw.ptau'), 7, SECRETS);
  await powersOfTau.preparePhase2(file('raw.ptau'), file('prepared.ptau'));
  await zKey.newZKey(circuit.r1cs, file('prepared.ptau'), file('snarkjs.zkey'));
});

afterAll(async () => {
  await circuit.remove();
  await closeCurve();
});

/** The sections of a binary file by number, in the file's order; fails on one that comes twice. */
async function sections(path: string): Promise<Map<number, Buffer>> {
  const bytes = await readFile(path);
  const found = new Map<number, Buffer>();
  let at = 12;
  for (let left = bytes.readUInt32LE(8); left > 0; left--) {
    const id = bytes.readUInt32LE(at);
    const size = Number(bytes.readBigUInt64LE(at + 4));
    expect(found.has(id)).toBe(false);
    found.set(id, bytes.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  expect(at).toBe(bytes.length);
  return found;
}

describe('a development key', () => {
  it('is byte for byte what snarkjs makes from powers of the same tau, but for the section that marks it', async () => {
    await developmentSetup({ r1cs: circuit.r1cs, zkey: file('ours.zkey'), secrets: SECRETS });
    const theirs = await sections(file('snarkjs.zkey'));
    const ours = await sections(file('ours.zkey'));
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    for (const [id, content] of theirs) {
      if (id !== CONTRIBUTIONS) expect(ours.get(id)?.equals(content), `section ${id}`).toBe(true);
    }
  });

  it('with another delta has delta in its header, and C and H points that times delta are snarkjs’s', async () => {
    const delta = toFr(FIELD_ORDER - 123456789n);
    await developmentSetup({ r1cs: circuit.r1cs, zkey: file('delta.zkey'), secrets: { ...SECRETS, delta } });
    const theirs = await sections(file('snarkjs.zkey'));
    const ours = await sections(file('delta.zkey'));
    for (const id of [IC, COEFFICIENTS, A, B1, B2])
      expect(ours.get(id)?.equals(theirs.get(id)!), `section ${id}`).toBe(true);
    const { Fr, G1, G2 } = await buildBn128(true);
    const timesDelta = (point: Buffer): Buffer => Buffer.from(G1.toAffine(G1.timesFr(point, Fr.e(delta))));
    for (const id of [C, H]) {
      const points = ours.get(id)!;
      const scaled: Buffer[] = [];
      for (let at = 0; at < points.length; at += 64) scaled.push(timesDelta(points.subarray(at, at + 64)));
      expect(Buffer.concat(scaled).equals(theirs.get(id)!), `section ${id}`).toBe(true);
    }
    const header = ours.get(HEADER)!;
    expect(header.subarray(0, -192).equals(theirs.get(HEADER)!.subarray(0, -192))).toBe(true);
    expect(header.subarray(-192, -128).equals(timesDelta(Buffer.from(G1.g.subarray(0, 64))))).toBe(true);
    expect(header.subarray(-128).equals(Buffer.from(G2.toAffine(G2.timesFr(G2.g, Fr.e(delta)))))).toBe(true);
  });

  it('of random secrets proves a statement, and no other; two keys differ', async () => {
    const { verificationKey } = await developmentSetup({ r1cs: circuit.r1cs, zkey: file('random.zkey') });
    const other = await developmentSetup({ r1cs: circuit.r1cs, zkey: file('random2.zkey') });
    const { proof, publicSignals } = await groth16.fullProve(INPUT, circuit.wasm, file('random.zkey'));
    expect(publicSignals[1]).toBe(INPUT.publicIn);
    expect(await groth16.verify(verificationKey, publicSignals, proof)).toBe(true);
    expect(await groth16.verify(verificationKey, [publicSignals[0]!, '4'], proof)).toBe(false);
    expect(await groth16.verify(other.verificationKey, publicSignals, proof)).toBe(false);
  });

  it('proves when its constraints and points come in many jobs', async () => {
    const large = await compileTestCircuit(5000);
    try {
      const zkey = join(large.folder, 'large.zkey');
      const calls: [string, number, number][] = [];
      const { verificationKey } = await developmentSetup({
        r1cs: large.r1cs,
        zkey,
        onProgress: (...call) => calls.push(call),
      });
      const { proof, publicSignals } = await groth16.fullProve(INPUT, large.wasm, zkey);
      expect(await groth16.verify(verificationKey, publicSignals, proof)).toBe(true);
      expect(await groth16.verify(verificationKey, [publicSignals[0]!, '4'], proof)).toBe(false);
      const points = calls.filter(([phase]) => phase === 'points').map(([, done]) => done);
      expect(points.length).toBeGreaterThan(10);
      expect(points).toEqual([...points].sort((a, b) => a - b));
      expect(points.at(-1)).toBe(calls.at(-1)?.[2]);
    } finally {
      await large.remove();
    }
  });

  it('says that it is one: in its record, and in the key itself even after a contribution', async () => {
    const record = await developmentSetup({ r1cs: circuit.r1cs, zkey: file('marked.zkey') });
    expect(record).toMatchObject({ kind: 'development', insecure: true, constraints: 43, publicSignals: 2 });
    expect(record.verificationKey).toEqual(await zKey.exportVerificationKey(file('marked.zkey')));
    await zKey.contribute(file('marked.zkey'), file('marked2.zkey'), 'someone', 'entropy');
    await expect(readContributions(file('marked.zkey'))).rejects.toThrow(/is a development key/);
    await expect(readContributions(file('marked2.zkey'))).rejects.toThrow(/is a development key/);
    expect((await readContributions(file('snarkjs.zkey'))).list).toEqual([]);
  });

  it('is refused where a ceremony’s key is asked for, unlike one of snarkjs with a contribution', async () => {
    const verified = (zkey: string): Promise<boolean> =>
      zKey.verifyFromR1cs(circuit.r1cs, file('prepared.ptau'), file(zkey));
    await developmentSetup({ r1cs: circuit.r1cs, zkey: file('same.zkey'), secrets: SECRETS });
    await zKey.contribute(file('snarkjs.zkey'), file('contributed.zkey'), 'someone', 'entropy');
    expect(await verified('same.zkey')).toBe(false);
    expect(await verified('contributed.zkey')).toBe(true);
  });

  it('leaves no curve of snarkjs running that it started', async () => {
    await closeCurve();
    await developmentSetup({ r1cs: circuit.r1cs, zkey: file('closed.zkey') });
    expect((globalThis as { curve_bn128?: unknown }).curve_bn128 ?? null).toBeNull();
  });
});

describe('a development key is refused', () => {
  const refused = async (change: (r1cs: Buffer) => Buffer, secrets: SetupSecrets, message: RegExp): Promise<void> => {
    await writeFile(file('changed.r1cs'), change(await readFile(circuit.r1cs)));
    const setup = developmentSetup({ r1cs: file('changed.r1cs'), zkey: file('refused.zkey'), secrets });
    await expect(setup).rejects.toThrow(SetupError);
    await expect(setup).rejects.toThrow(message);
    await expect(access(file('refused.zkey'))).rejects.toThrow();
    await expect(access(file('refused.zkey.partial'))).rejects.toThrow();
  };
  const edit =
    (position: number, value: number) =>
    (r1cs: Buffer): Buffer => {
      const changed = Buffer.from(r1cs);
      changed[position] = value;
      return changed;
    };
  /** Where the content of a section begins. */
  const find = (r1cs: Buffer, id: number): number => {
    let at = 12;
    while (r1cs.readUInt32LE(at) !== id) at += 12 + Number(r1cs.readBigUInt64LE(at + 4));
    return at + 12;
  };
  const same = (r1cs: Buffer): Buffer => r1cs;

  it('for a file that is not an R1CS', () => refused(edit(0, 0x52), SECRETS, /begins with "R1cs"/));
  it('for an R1CS cut short', () => refused((r1cs) => r1cs.subarray(0, -1), SECRETS, /ends early/));
  it('for an R1CS over another field', () =>
    refused((r1cs) => edit(find(r1cs, 1) + 4, 3)(r1cs), SECRETS, /expected a circuit over BN254/));
  it('for a wire that does not exist', () =>
    refused((r1cs) => edit(find(r1cs, 2) + 7, 1)(r1cs), SECRETS, /constraint 0 of .* names wire 167/));
  it('for fewer wires than public signals', () =>
    refused((r1cs) => edit(find(r1cs, 1) + 36, 2)(r1cs), SECRETS, /public signals, .* has 2$/));
  it('for a file that does not exist', async () => {
    const setup = developmentSetup({ r1cs: file('absent.r1cs'), zkey: file('refused.zkey') });
    await expect(setup).rejects.toThrow(/expected a circuit \(\.r1cs\) at .*absent\.r1cs/);
  });
  it('for a secret 0', () => refused(same, { ...SECRETS, beta: toFr(0n) }, /expected a nonzero beta/));
  it('for a tau in the domain', () => refused(same, { ...SECRETS, tau: toFr(FIELD_ORDER - 1n) }, /no root of unity/));
});
