import { buildBn128 } from 'ffjavascript';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { dataPolynomial, logHash } from '../../../src/state/batch/log.js';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import type { VerifyingKeys } from '../../../src/proof/prover/keys.js';
import { formatProof, parseProof } from '../../../src/proof/prover/proof-file.js';
import type { ChunkProof } from '../../../src/proof/prover/proof-file.js';
import { prove } from '../../../src/proof/prover/prove.js';
import { PUBLIC_SIGNALS } from '../../../src/machine/trace/trace.js';
import type { PublicSignals } from '../../../src/machine/trace/trace.js';
import { groth16Verify, isG2Point } from '../../../src/base/untyped/snarkjs.js';
import { describeVerdict, OtherKeysError, verifyProof } from '../../../src/proof/verifier/verify.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { circuit, keys } from '../prover/prover.js';

const BATCH: RequestedAccess[] = [read(1n), write(2n, 5n), { ...read(2n), value: toUint256(5n) } as RequestedAccess];
let good: ChunkProof;

beforeAll(async () => {
  const { trace } = await run([[1n, 7n]], BATCH, 2);
  const { proof } = await prove({ trace, circuit, keys });
  good = parseProof(formatProof({ chunks: [proof] })).chunks[0]!;
});

interface Options {
  readonly keys?: readonly VerifyingKeys[];
  readonly batch?: readonly RequestedAccess[];
  readonly acceptedRoots?: readonly Fr[];
}
const verify = (chunk: ChunkProof, options: Options = {}) =>
  verifyProof({ proof: { chunks: [chunk] }, keys: [keys], ...options });
const withSignals = (change: Partial<PublicSignals>): ChunkProof => ({
  ...good,
  publicSignals: { ...good.publicSignals, ...change },
});
const reasonOf = async (proof: ChunkProof, options: Options = {}): Promise<string> => {
  const verdict = await verify(proof, options);
  if (verdict.valid) throw new Error('it is valid');
  expect(describeVerdict(verdict)).toBe(`Not valid: ${verdict.reason}.`);
  return verdict.reason;
};

const BEGINNING = 'the log may be only the start of a longer batch: give the batch to check this';

describe('a proof that was made here', () => {
  it('is valid for its batch and an accepted root, with nothing assumed', async () => {
    const verdict = await verify(good, { batch: BATCH, acceptedRoots: [toFr(3n), good.publicSignals.oldRoot] });
    const { oldRoot, newRoot } = good.publicSignals;
    expect(verdict).toEqual({
      valid: true,
      statement: {
        circuits: [
          { circuit: { name: 's14', digest: circuit.digest }, setup: 'development', ceremony: null, chunks: 1 },
        ],
        oldRoot,
        newRoot,
        reads: 2,
        writes: 1,
      },
      checked: expect.arrayContaining(['the log is the given batch', 'oldRoot is a root that was accepted before']),
      assumed: [],
    });
    expect(describeVerdict(verdict)).toMatch(
      /^Valid: exactly the 3 accesses of its log \(2 reads, 1 write\), .* development keys, whose maker could forge proofs\.$/,
    );
  });

  it('leaves to the verifier a root that nobody vouches for', async () => {
    const verdict = await verify(good);
    expect(verdict).toMatchObject({
      valid: true,
      assumed: [BEGINNING, expect.stringContaining('accept it only if you accepted oldRoot 0x')],
    });
    expect(describeVerdict(verdict)).toContain('; accept it only if you accepted oldRoot 0x');
  });

  it('leaves to the verifier a circuit that this version does not have', async () => {
    const older = { name: 's14', digest: '0'.repeat(64) } as const;
    const acceptedRoots = [good.publicSignals.oldRoot];
    const verdict = await verify({ ...good, circuit: older }, { keys: [{ ...keys, circuit: older }], acceptedRoots });
    expect(verdict).toMatchObject({
      valid: true,
      assumed: [BEGINNING, expect.stringContaining(`trust the circuit with digest ${older.digest}`)],
    });
  });

  it('is not valid with any public signal changed', async () => {
    for (const name of PUBLIC_SIGNALS) {
      const changed = withSignals({ [name]: toFr((good.publicSignals[name] + 1n) % FIELD_ORDER) });
      expect(await reasonOf(changed), name).toMatch(
        /the log in the file gives|the proof does not verify|is not the start of a batch/,
      );
    }
  });

  it('is not valid with log and commitments changed alike: the circuit has the last word', async () => {
    const log = good.log.map((access, i) => (i === 1 ? { ...access, value: toUint256(6n) } : access));
    expect(await reasonOf({ ...good, log })).toContain('the log in the file gives logHash');
    const { x } = good.publicSignals;
    const changed = withSignals({ logHash: logHash(log), dataOut: dataPolynomial(x, log) });
    expect(await reasonOf({ ...changed, log })).toContain('the proof does not verify');
  });

  it('is not valid for a log in which dataOut is of another point', async () => {
    expect(await reasonOf(withSignals({ x: toFr(good.publicSignals.x + 1n) }))).toContain(
      'the log in the file gives dataOut',
    );
  });

  it('is not valid for another batch, and the first difference is named', async () => {
    const other = (i: number, access: RequestedAccess) => BATCH.map((own, j) => (i === j ? access : own));
    expect(await reasonOf(good, { batch: other(1, write(2n, 6n)) })).toMatch(
      /^access 1 of the batch is a write of .*, value 0x0+6, but the proof's log has .* value 0x0+5$/,
    );
    expect(await reasonOf(good, { batch: other(0, read(3n)) })).toMatch(
      /^access 0 of the batch is a read of storage of 0x0{40} at 0x0+3, but/,
    );
    expect(await reasonOf(good, { batch: other(0, { ...read(1n), value: toUint256(8n) } as RequestedAccess) })).toMatch(
      /^access 0 .* value 0x0+8, but/,
    );
    expect(await reasonOf(good, { batch: other(2, write(2n, 5n)) })).toContain('access 2 of the batch is a write');
    expect(await reasonOf(good, { batch: BATCH.slice(0, 2) })).toBe(
      "the batch has 2 accesses, but the proof's log has 3",
    );
    expect(await reasonOf(good, { batch: [...BATCH, read(1n)] })).toBe(
      "the batch has 4 accesses, but the proof's log has 3",
    );
  });

  it('is not valid with its points exchanged', async () => {
    const { pi_a, pi_c } = good.proof;
    expect(await reasonOf({ ...good, proof: { ...good.proof, pi_a: pi_c, pi_c: pi_a } })).toContain(
      'the proof does not verify',
    );
  });

  it('is neither valid nor invalid for other keys', async () => {
    await expect(verify({ ...good, verificationKey: '0'.repeat(64) })).rejects.toThrow(OtherKeysError);
  });

  it('is not valid if it gives its keys another circuit or setup', async () => {
    expect(await reasonOf({ ...good, circuit: { ...good.circuit, digest: '0'.repeat(64) } })).toContain(
      'circuit digest',
    );
    expect(await reasonOf({ ...good, circuit: { ...good.circuit, name: 's18' } })).toContain(
      'the circuit s18, but the keys that it names have',
    );
    expect(await reasonOf({ ...good, setup: 'ceremony' })).toContain(
      'the setup ceremony, but the keys that it names have',
    );
  });
});

describe('a proof from the empty state', () => {
  it('assumes nothing', async () => {
    const batch = [write(1n, 2n)];
    const first = await run([], batch, 2);
    const { proof } = await prove({ trace: first.trace, circuit, keys });
    expect(await verify(proof, { batch })).toMatchObject({
      valid: true,
      assumed: [],
      checked: expect.arrayContaining(['oldRoot is the empty state']),
    });
  });
});

describe('Groth16 verification', () => {
  const signals = (): bigint[] => PUBLIC_SIGNALS.map((name) => good.publicSignals[name]);

  it('takes all public signals, reduced, or none', async () => {
    expect(await groth16Verify(keys.verificationKey, signals(), good.proof)).toBe(true);
    expect(await groth16Verify(keys.verificationKey, signals().slice(0, -1), good.proof)).toBe(false);
    const aliased = signals().with(4, signals()[4]! + FIELD_ORDER);
    expect(await groth16Verify(keys.verificationKey, aliased, good.proof)).toBe(false);
  });

  it('takes no point of the twist outside its group of order r', async () => {
    const curve = await buildBn128(true);
    const G2 = curve.G2 as unknown as {
      F: any;
      b: Uint8Array;
      fromObject(p: unknown): Uint8Array;
      isValid(p: Uint8Array): boolean;
    };
    const { F } = G2;
    let x = F.one;
    const ySquared = () => F.add(F.mul(F.square(x), x), G2.b);
    while (!F.isSquare(ySquared())) x = F.add(x, F.one);
    const point = [F.toObject(x), F.toObject(F.sqrt(ySquared())), [1n, 0n]] as bigint[][];
    expect(G2.isValid(G2.fromObject(point))).toBe(true);
    const pi_b = point.map((coordinate) => coordinate.map(String)) as unknown as typeof good.proof.pi_b;
    expect(await isG2Point(pi_b)).toBe(false);
    expect(await isG2Point(good.proof.pi_b)).toBe(true);
    expect(await groth16Verify(keys.verificationKey, signals(), { ...good.proof, pi_b })).toBe(false);
  });

  it('leaves nothing open that keeps the process alive', async () => {
    await groth16Verify(keys.verificationKey, signals(), good.proof);
    expect((globalThis as { curve_bn128?: unknown }).curve_bn128 ?? null).toBeNull();
  });
});
