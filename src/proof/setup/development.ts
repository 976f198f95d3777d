import { open, type FileHandle } from 'node:fs/promises';
import { type Curve, type Group } from 'ffjavascript';
import { FIELD_BITS, FR_BYTES, inverseOrZero, mul, sub, toFr, ONE, type Fr } from '../../base/field/fr.js';
import { type OnProgress, type Watching } from '../../base/tasks/watching.js';
import { exportVerificationKey } from '../../base/untyped/snarkjs.js';
import { buildKernel, littleEndian } from './kernel.js';
import { Pool, workersFor } from './pool.js';
import { readR1cs, type R1cs } from './r1cs.js';
import { DEVELOPMENT_WARNING, type SetupRecord } from './record.js';
import { checkSecrets, randomSecrets, type SetupSecrets } from './secrets.js';
import { type FixedBase, type Job, type LagrangeBasis, runWorker, type WorkerData } from './worker.js';
import {
  DEVELOPMENT_CONTRIBUTION_BYTES,
  developmentContribution,
  NO_CONTRIBUTIONS_BYTES,
  shapeOf,
  startZkey,
  writeContributions,
  writePublicRows,
  writeZkeyHeader,
  type HeaderPoints,
  type ZkeyPositions,
} from './zkey.js';
import { COEFFICIENT_BYTES, G1_BYTES, G2_BYTES, type ZkeyShape } from './zkey-shape.js';
import { writeWhole } from '../../base/files/whole-file.js';

const POINTS_PER_JOB = 4096;
const MAX_WINDOW_BITS = 16;

/**
 * Writes a Groth16 key for a circuit straight from secrets, which are then forgotten.
 *
 * With tau known, each point of the key is one known scalar times a generator: the Lagrange basis at tau
 * gives each wire's A, B and C at tau, and window tables of the generator's multiples do the rest. The
 * file is what snarkjs's setup gives over a powers-of-tau file with these secrets (one larger than the
 * circuit needs: over the smallest one snarkjs leaves a term out of each H point that no proof uses) and
 * one contribution `delta`, all but the contributions' section, which marks the key (see
 * `developmentContribution`).
 *
 * @param options.secrets for tests; fresh randomness otherwise
 * @throws {SetupError} the circuit can't be read, or is too large, or the secrets are degenerate
 * @throws what the signal was aborted with
 */
export async function developmentSetup(
  options: Watching & { readonly r1cs: string; readonly zkey: string; readonly secrets?: SetupSecrets },
): Promise<SetupRecord> {
  const progress = options.onProgress ?? ((): void => undefined);
  progress('circuit', 0, 1);
  const r1cs = await readR1cs(options.r1cs);
  progress('circuit', 1, 1);
  options.signal?.throwIfAborted();

  await writeWhole(options.zkey, async (scratch) => {
    const file = await open(scratch, 'w');
    try {
      await writeZkey(file, r1cs, options.secrets ?? randomSecrets(), { onProgress: progress, signal: options.signal });
    } finally {
      await file.close();
    }
  });
  return {
    kind: 'development',
    insecure: true,
    warning: DEVELOPMENT_WARNING,
    r1csSha256: r1cs.sha256,
    constraints: r1cs.constraints,
    publicSignals: r1cs.publicSignals,
    verificationKey: await exportVerificationKey(options.zkey),
  };
}

async function writeZkey(
  file: FileHandle,
  r1cs: R1cs,
  secrets: SetupSecrets,
  { onProgress, signal }: Watching & { readonly onProgress: OnProgress },
): Promise<void> {
  const shape = shapeOf(r1cs);
  checkSecrets(secrets, shape.domainSize);
  const curve = await buildKernel();
  const positions = await startZkey(file, shape, NO_CONTRIBUTIONS_BYTES + DEVELOPMENT_CONTRIBUTION_BYTES);
  const points = headerPoints(curve, secrets);
  await writeZkeyHeader(file, positions, shape, curve, points);
  await writePublicRows(file, positions, shape, r1cs);
  // A ceremony has its circuit hash where this has the circuit's SHA-256, in hexadecimal.
  await writeContributions(file, positions, Buffer.from(r1cs.sha256, 'latin1'), [developmentContribution(points)]);

  const g1Points = 3 * shape.wires + shape.domainSize;
  const workers = workersFor(Math.ceil((g1Points + shape.wires) / POINTS_PER_JOB));
  const data: WorkerData = {
    module: await WebAssembly.compile(curve.tm.code),
    constraints: r1cs.bytes,
    zkey: file.fd,
    wires: shape.wires,
    domainSize: shape.domainSize,
    maxChunkBytes: Math.max(0, ...r1cs.chunks.map((chunk) => chunk.byteLength)),
    maxPoints: POINTS_PER_JOB,
    g1: fixedBase(curve.G1, G1_BYTES, g1Points / workers),
    g2: fixedBase(curve.G2, G2_BYTES, shape.wires / workers),
  };
  await Pool.with({ workers, program: runWorker, data, signal }, (pool: Pool<Job>) =>
    runJobs(pool, curve, r1cs, shape, positions, secrets, onProgress),
  );
}

function headerPoints({ Fr, G1, G2 }: Curve, { alpha, beta, delta }: SetupSecrets): HeaderPoints {
  const times = (group: Group, x: Fr): Uint8Array => group.toAffine(group.timesFr(group.g, Fr.e(x)));
  return {
    alpha1: times(G1, alpha),
    beta1: times(G1, beta),
    beta2: times(G2, beta),
    gamma2: times(G2, ONE),
    delta1: times(G1, delta),
    delta2: times(G2, delta),
  };
}

/** The window width at which building tables and using them for `points` points costs the fewest additions. */
function fixedBase(group: Group, pointBytes: number, points: number): FixedBase {
  let windowBits = 1;
  let best = Infinity;
  for (let bits = 2; bits <= MAX_WINDOW_BITS; bits++) {
    const cost = Math.ceil(FIELD_BITS / bits) * (points + 2 ** bits);
    if (cost < best) [best, windowBits] = [cost, bits];
  }
  const powers = new Uint8Array(pointBytes * FIELD_BITS);
  let power = group.g;
  for (let i = 0; i < FIELD_BITS; i++) {
    powers.set(group.toAffine(power), pointBytes * i);
    power = group.double(power);
  }
  return { powers, windowBits };
}

async function runJobs(
  pool: Pool<Job>,
  { Fr }: Curve,
  r1cs: R1cs,
  { wires, publicSignals, domainSize }: ZkeyShape,
  positions: ZkeyPositions,
  { tau, alpha, beta, delta }: SetupSecrets,
  progress: OnProgress,
): Promise<void> {
  const total = domainSize + 4 * wires;
  let done = 0;
  progress('points', done, total);

  const shared = (count: number): SharedArrayBuffer => new SharedArrayBuffer(FR_BYTES * count);
  const [a, b, k, h] = [shared(wires), shared(wires), shared(wires), shared(domainSize)];
  const points = async (group: 'g1' | 'g2', scalars: SharedArrayBuffer, from: number, to: number, position: number) => {
    const pointBytes = group === 'g1' ? G1_BYTES : G2_BYTES;
    const jobs: Promise<void>[] = [];
    for (let at = from; at < to; at += POINTS_PER_JOB) {
      const count = Math.min(POINTS_PER_JOB, to - at);
      const job: Job = {
        kind: 'points',
        group,
        scalars,
        from: at,
        count,
        position: position + pointBytes * (at - from),
      };
      jobs.push(pool.run(job).then(() => progress('points', (done += count), total)));
    }
    await Promise.all(jobs);
  };

  const power = Math.log2(domainSize);
  const root = Fr.toObject(Fr.w[power] as Uint8Array) as Fr;
  const oddRoot = Fr.toObject(Fr.w[power + 1] as Uint8Array) as Fr;
  const montgomery = (x: Fr): Uint8Array => Fr.e(x);
  const inverseDelta = inverseOrZero(delta);
  const basis: LagrangeBasis = {
    tau: montgomery(tau),
    first: montgomery(ONE),
    step: montgomery(root),
    scale: montgomery(lagrangeScale(tau, domainSize)),
  };
  // snarkjs wants H in the Lagrange basis of the domain of twice the size, its odd points only.
  const oddBasis: LagrangeBasis = {
    tau: montgomery(tau),
    first: montgomery(oddRoot),
    step: montgomery(root),
    scale: littleEndian(mul(lagrangeScale(tau, 2 * domainSize), inverseDelta)),
  };

  const wireScalars = pool.run({
    kind: 'wireScalars',
    basis,
    chunks: r1cs.chunks,
    constraints: r1cs.constraints,
    publicSignals,
    alpha: montgomery(alpha),
    beta: montgomery(beta),
    inverseDelta: montgomery(inverseDelta),
    a,
    b,
    k,
  });
  const hScalars = pool.run({ kind: 'hScalars', basis: oddBasis, h });
  const coefficients = r1cs.chunks.map((chunk) =>
    pool.run({
      kind: 'coefficients',
      chunk,
      position: positions.coefficients + 4 + COEFFICIENT_BYTES * chunk.firstCoefficient,
    }),
  );
  await Promise.all([
    ...coefficients,
    hScalars.then(() => points('g1', h, 0, domainSize, positions.h)),
    wireScalars.then(() =>
      Promise.all([
        points('g2', b, 0, wires, positions.b2),
        points('g1', a, 0, wires, positions.a),
        points('g1', b, 0, wires, positions.b1),
        points('g1', k, publicSignals + 1, wires, positions.c),
        points('g1', k, 0, publicSignals + 1, positions.ic),
      ]),
    ),
  ]);
}

/** (tau^n - 1) / n: L_x(tau) = x * scale / (tau - x), for x in the group of order n. */
function lagrangeScale(tau: Fr, n: number): Fr {
  let power = tau;
  for (let m = 1; m < n; m *= 2) power = mul(power, power);
  return mul(sub(power, ONE), inverseOrZero(toFr(BigInt(n))));
}
