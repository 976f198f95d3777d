import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelFor } from '../../../src/base/bn254/machine.js';
import { BASE_FIELD_ORDER } from '../../../src/base/bn254/numbers.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { exportVerificationKey, groth16Verify } from '../../../src/base/untyped/snarkjs.js';
import type { VerificationKey } from '../../../src/base/untyped/snarkjs.js';
import { proveWith } from '../../../src/proof/groth16/prove.js';
import { Groth16InputError, prove } from '../../../src/proof/groth16/index.js';
import type { ProofAndSignals } from '../../../src/proof/groth16/index.js';
import { KERNELS } from '../../base/bn254/machine.js';
import { preparedPtau, SECRETS } from '../setup/ceremony.js';
import { writePreparedPtau } from '../setup/ptau.js';
import { foreignCircuit, witnessFile } from './foreign.js';
import type { ForeignCircuit } from './foreign.js';

const isLong = process.env['ROOTSHIFT_LONG'] !== undefined;
/** Constraints, public signals, and how many people contributed to the key. */
type Shape = readonly [constraints: number, publics: number, contributions: number];
const SMALL: readonly Shape[] = [
  [1, 1, 0],
  [1, 0, 0],
  [3, 2, 1],
  [30, 0, 0],
  [100, 3, 3],
  [200, 10, 2],
];
const LARGE: Shape = [100_000, 5, 3];
const SHAPES = isLong ? [...SMALL, LARGE] : SMALL;

interface Foreign extends ForeignCircuit {
  readonly zkey: string;
  readonly key: VerificationKey;
}

let folder: string;
let ptau: string;
const file = (name: string): string => path.join(folder, name);

async function foreign(constraints: number, publics: number, contributions: number): Promise<Foreign> {
  const circuit = foreignCircuit(constraints, publics);
  const name = `${constraints}-${publics}`;
  await writeFile(file(`${name}.r1cs`), circuit.r1cs);
  let zkey = file(`${name}-0.zkey`);
  await zKey.newZKey(file(`${name}.r1cs`), constraints === LARGE[0] ? await largePtau() : ptau, zkey);
  for (let i = 1; i <= contributions; i++) {
    const next = file(`${name}-${i}.zkey`);
    await zKey.contribute(zkey, next, `person ${i}`, `dice ${i}`);
    zkey = next;
  }
  return { ...circuit, zkey, key: await exportVerificationKey(zkey) };
}

async function largePtau(): Promise<string> {
  await writePreparedPtau(file('large.ptau'), 17, SECRETS);
  return file('large.ptau');
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  ptau = await preparedPtau(file('powers.ptau'), 8);
});
afterAll(() => rm(folder, { recursive: true }));

const holds = ({ key }: Foreign, { proof, publicSignals }: ProofAndSignals): Promise<boolean> =>
  groth16Verify(key, publicSignals.map(BigInt), proof);

describe.each(SHAPES)(
  'a circuit of %s constraints, %s public signals and %s contributions, its key made by snarkjs',
  (...shape) => {
    let circuit: Foreign;
    beforeAll(async () => {
      circuit = await foreign(...shape);
    });

    it.each(KERNELS)('is proven by the %s kernel; snarkjs verifies', async (_kind, isFused) => {
      const proven = await proveWith(kernelFor(isFused), circuit.zkey, circuit.wtns, {});
      expect(proven.publicSignals).toEqual(circuit.publicSignals.map(String));
      expect(await holds(circuit, proven)).toBe(true);
    });

    it('is not proven of a witness with one value changed', async () => {
      const values = Array.from({ length: (circuit.wtns.length - 76) / 32 }, (_, i) =>
        BigInt(
          `0x${Buffer.from(circuit.wtns.subarray(76 + 32 * i, 108 + 32 * i))
            .reverse()
            .toString('hex')}`,
        ),
      );
      values[values.length - 1] = (values.at(-1)! + 1n) % FIELD_ORDER;
      expect(Buffer.from(witnessFile(values)).length).toBe(circuit.wtns.length);
      expect(await holds(circuit, await prove(circuit.zkey, witnessFile(values)))).toBe(false);
    });
  },
);

it('powers that are prepared from known secrets are those that snarkjs prepares', async () => {
  await writePreparedPtau(file('quick.ptau'), 8, SECRETS);
  const quick = sectionsOf(await readFile(file('quick.ptau')));
  const slow = sectionsOf(await readFile(ptau));
  // Those of the next power, from which H is made, lack a term in snarkjs's, which no proof uses.
  for (const [id, pointBytes] of [
    [12, 64],
    [13, 128],
    [14, 64],
    [15, 64],
  ] as const) {
    const points = (sections: Map<number, Buffer>): Buffer =>
      sections.get(id)!.subarray((2 ** 8 - 1) * pointBytes, (2 ** 9 - 1) * pointBytes);
    expect(points(quick)).toHaveLength(2 ** 8 * pointBytes);
    expect(points(quick).equals(points(slow)), `section ${id}`).toBe(true);
  }
});

function sectionsOf(bytes: Buffer): Map<number, Buffer> {
  const sections = new Map<number, Buffer>();
  for (let at = 12; at < bytes.length;) {
    const end = at + 12 + Number(bytes.readBigUInt64LE(at + 4));
    sections.set(bytes.readUInt32LE(at), bytes.subarray(at + 12, end));
    at = end;
  }
  return sections;
}

describe('a proof', () => {
  let circuit: Foreign;
  let zkey: Buffer;
  beforeAll(async () => {
    circuit = await foreign(20, 2, 1);
    zkey = await readFile(circuit.zkey);
  });

  it('of the same witness is another one each time, by any number of threads, from files and from bytes', async () => {
    await writeFile(file('witness.wtns'), circuit.wtns);
    const proofs = [
      await prove(circuit.zkey, file('witness.wtns')),
      await prove(zkey, circuit.wtns, { threads: 1 }),
      await prove(circuit.zkey, circuit.wtns, { threads: 3 }),
    ];
    for (const proven of proofs) expect(await holds(circuit, proven)).toBe(true);
    expect(new Set(proofs.map(({ proof }) => proof.pi_a[0])).size).toBe(3);
  });

  it('reports its progress, up to the end', async () => {
    const told: number[] = [];
    await prove(zkey, circuit.wtns, { onProgress: (_phase, done, total) => void told.push(done / total) });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  it('is stopped by its signal, with its reason', async () => {
    const reason = new Error('enough');
    await expect(prove(zkey, circuit.wtns, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const stopped = prove(zkey, circuit.wtns, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
  });

  const changed = (bytes: Uint8Array, find: Uint8Array, by: Uint8Array): Buffer => {
    const copy = Buffer.from(bytes);
    copy.set(by, copy.indexOf(find));
    return copy;
  };
  const little = (x: bigint): Buffer => Buffer.from(x.toString(16).padStart(64, '0'), 'hex').reverse();
  it.each([
    [
      'a zkey that was cut',
      () => [zkey.subarray(0, zkey.length - 1), circuit.wtns],
      /the zkey ends early: its section 10/,
    ],
    [
      'a zkey of a few bytes',
      () => [zkey.subarray(0, 3), circuit.wtns],
      /expected a zkey, which begins with "zkey"; the zkey begins with "zke"/,
    ],
    ['a zkey that is none', () => [circuit.r1cs, circuit.wtns], /the zkey begins with "r1cs"/],
    [
      'a plonk zkey',
      () => [
        changed(
          zkey,
          Buffer.from([1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1]),
          Buffer.from([1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2]),
        ),
        circuit.wtns,
      ],
      /expected a zkey for groth16, the zkey is for plonk/,
    ],
    [
      'a zkey over another curve',
      () => [changed(zkey, little(BASE_FIELD_ORDER), little(BASE_FIELD_ORDER + 2n)), circuit.wtns],
      /expected a zkey over BN254 \(bn128\), the zkey is over another curve/,
    ],
    ['a witness that was cut', () => [zkey, circuit.wtns.subarray(0, -32)], /the witness ends early: its section 2/],
    [
      'a witness over another field',
      () => [zkey, changed(circuit.wtns, little(FIELD_ORDER), little(FIELD_ORDER + 2n))],
      /expected a witness over BN254's scalars/,
    ],
    [
      'a witness of another circuit',
      () => [zkey, foreignCircuit(21, 2).wtns],
      /expected a witness of 38 values, as the zkey has wires; the witness has 39: it is another circuit's/,
    ],
    [
      'a witness with a value of r',
      () => [zkey, Buffer.concat([circuit.wtns.subarray(0, -32), little(FIELD_ORDER)])],
      /expected values below r in the witness, value 37 is 2188/,
    ],
    [
      'a file that is not there',
      () => [file('none.zkey'), circuit.wtns],
      /expected a zkey at .*none\.zkey, could not open it: ENOENT/,
    ],
    ['a folder', () => [folder, circuit.wtns], /expected a zkey, .* is a directory/],
  ] as const)('is not made of %s', async (_what, input, message) => {
    const [key, witness] = input() as [string | Uint8Array, Uint8Array];
    const failure = await prove(key, witness).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Groth16InputError);
    expect((failure as Error).message).toMatch(message);
  });
});
