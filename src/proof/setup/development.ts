import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Arena } from '../../base/bn254/arena.js';
import { multiplyBytes } from '../../base/bn254/fixed-base.js';
import { hasFusedMultiplyAdd } from '../../base/bn254/fused.js';
import type { KernelCode } from '../../base/bn254/kernel.js';
import { kernelFor, Machine } from '../../base/bn254/machine.js';
import { FR_BYTES } from '../../base/field/fr.js';
import { writeAll, writeWhole } from '../../base/files/whole-file.js';
import type { OnProgress, Watching } from '../../base/tasks/watching.js';
import { exportVerificationKey } from '../../base/untyped/snarkjs.js';
import { fillFixedBase, multiplyJob, planFixedBase } from './fixed-base.js';
import type { FixedBase } from './fixed-base.js';
import { computeScalars, planScalars } from './key-scalars.js';
import { withR1cs } from './r1cs.js';
import type { R1cs, ReadChunk } from './r1cs.js';
import { DEVELOPMENT_WARNING } from './record.js';
import type { SetupRecord } from './record.js';
import { checkSecrets, randomSecrets } from './secrets.js';
import type { SetupSecrets } from './secrets.js';
import {
  DEVELOPMENT_CONTRIBUTION_BYTES,
  developmentContribution,
  NO_CONTRIBUTIONS_BYTES,
  shapeOf,
  startZkey,
  writeContributions,
  writePublicRows,
  writeZkeyHeader,
} from './zkey.js';
import type { HeaderPoints, ZkeyPositions } from './zkey.js';
import { COEFFICIENT_BYTES, G1_BYTES, G2_BYTES } from './zkey-shape.js';
import type { ZkeyShape } from './zkey-shape.js';

const POINTS_PER_JOB = 4096;
/** Each has memory of its own of a few MiB. */
const MOST_THREADS = 32;

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
  const r1cs = await withR1cs(options.r1cs, async (circuit, read) => {
    progress('circuit', 1, 1);
    options.signal?.throwIfAborted();
    await writeWhole(options.zkey, async (scratch) => {
      const file = await open(scratch, 'w');
      try {
        await writeZkey(file, circuit, read, options.secrets ?? randomSecrets(), {
          onProgress: progress,
          signal: options.signal,
        });
      } finally {
        await file.close();
      }
    });
    return circuit;
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
  read: ReadChunk,
  secrets: SetupSecrets,
  { onProgress, signal }: Watching & { readonly onProgress: OnProgress },
): Promise<void> {
  const shape = shapeOf(r1cs);
  checkSecrets(secrets, shape.domainSize);
  const positions = await startZkey(file, shape, NO_CONTRIBUTIONS_BYTES + DEVELOPMENT_CONTRIBUTION_BYTES);
  await writePublicRows(file, positions, shape, r1cs);
  const kernel = kernelFor(hasFusedMultiplyAdd());
  const plan = planKey(kernel, r1cs, shape);
  await Machine.with({ kernel, arena: plan.arena, threads: plan.threads, signal }, async (machine) => {
    const tables = Promise.all([fillFixedBase(machine, plan.g1), fillFixedBase(machine, plan.g2)]);
    tables.catch(() => {}); // awaited below
    await computeScalars(machine, plan.scalars, r1cs, shape, read, secrets, (coefficients, before) =>
      writeAll(file, coefficients, positions.coefficients + 4 + COEFFICIENT_BYTES * before),
    );
    await tables;
    const points = await headerPoints(machine, plan, secrets);
    await writeZkeyHeader(file, positions, shape, points);
    // A ceremony has its circuit hash where this has the circuit's SHA-256, in hexadecimal.
    await writeContributions(file, positions, Buffer.from(r1cs.sha256, 'latin1'), [developmentContribution(points)]);
    await writePoints(machine, plan, file, partsOf(plan, shape, positions), onProgress);
  });
}

type KeyPlan = ReturnType<typeof planKey>;

function planKey(kernel: KernelCode, r1cs: R1cs, shape: ZkeyShape) {
  const { wires, domainSize } = shape;
  const arena = new Arena(kernel.statics.end);
  const jobs = Math.ceil((domainSize + 4 * wires) / POINTS_PER_JOB);
  const threads = Math.min(MOST_THREADS, availableParallelism(), jobs);
  return {
    arena,
    scalars: planScalars(arena, r1cs, shape),
    g1: planFixedBase(arena, 'g1', 3 * wires + domainSize),
    g2: planFixedBase(arena, 'g2', wires),
    headerScalars: arena.take(HEADER_SCALARS * FR_BYTES),
    /** More than threads, so that none waits while points are written. */
    slots: Array.from({ length: 2 * threads }, () => arena.take(POINTS_PER_JOB * G2_BYTES)),
    threads: Array.from({ length: threads }, () => ({
      scratch: arena.take(kernel.scratchBytes),
      work: arena.take(multiplyBytes('g2', POINTS_PER_JOB)),
    })),
  };
}

/** alpha, beta, delta and gamma, which is 1. */
const HEADER_SCALARS = 4;

async function headerPoints(
  machine: Machine,
  { g1, g2, headerScalars, slots }: KeyPlan,
  { alpha, beta, delta }: SetupSecrets,
): Promise<HeaderPoints> {
  const { bytes, threads } = machine;
  [alpha, beta, delta, 1n].forEach((scalar, i) => machine.putScalar(headerScalars + FR_BYTES * i, scalar));
  const [out1, out2] = slots as [number, number, ...number[]];
  await threads.all([
    multiplyJob(g1, headerScalars, HEADER_SCALARS, out1),
    multiplyJob(g2, headerScalars, HEADER_SCALARS, out2),
  ]);
  const point1 = (i: number): Uint8Array => bytes.slice(out1 + G1_BYTES * i, out1 + G1_BYTES * (i + 1));
  const point2 = (i: number): Uint8Array => bytes.slice(out2 + G2_BYTES * i, out2 + G2_BYTES * (i + 1));
  return {
    alpha1: point1(0),
    beta1: point1(1),
    beta2: point2(1),
    gamma2: point2(3),
    delta1: point1(2),
    delta2: point2(2),
  };
}

/** Points of the key that one job computes. */
interface Part {
  readonly base: FixedBase;
  readonly scalars: number;
  readonly count: number;
  readonly bytes: number;
  /** In the file. */
  readonly position: number;
}

/** All points, those that take the longest first. */
function partsOf(
  { scalars: { a, b, k, h }, g1, g2 }: KeyPlan,
  { wires, publicSignals, domainSize }: ZkeyShape,
  positions: ZkeyPositions,
): Part[] {
  const section = (base: FixedBase, scalars: number, count: number, position: number): Part[] => {
    const pointBytes = base.group === 'g1' ? G1_BYTES : G2_BYTES;
    return Array.from({ length: Math.ceil(count / POINTS_PER_JOB) }, (_, i) => {
      const from = i * POINTS_PER_JOB;
      const length = Math.min(POINTS_PER_JOB, count - from);
      return {
        base,
        scalars: scalars + FR_BYTES * from,
        count: length,
        bytes: length * pointBytes,
        position: position + from * pointBytes,
      };
    });
  };
  const publicWires = publicSignals + 1;
  return [
    ...section(g2, b, wires, positions.b2),
    ...section(g1, h, domainSize, positions.h),
    ...section(g1, a, wires, positions.a),
    ...section(g1, b, wires, positions.b1),
    ...section(g1, k + FR_BYTES * publicWires, wires - publicWires, positions.c),
    ...section(g1, k, publicWires, positions.ic),
  ];
}

async function writePoints(
  { bytes, threads }: Machine,
  { slots }: KeyPlan,
  file: FileHandle,
  parts: readonly Part[],
  progress: OnProgress,
): Promise<void> {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  progress('points', done, total);
  const next = parts.values();
  await Promise.all(
    slots.map(async (slot) => {
      for (const part of next) {
        await threads.run(multiplyJob(part.base, part.scalars, part.count, slot));
        await writeAll(file, bytes.subarray(slot, slot + part.bytes), part.position);
        progress('points', (done += part.count), total);
      }
    }),
  );
}
