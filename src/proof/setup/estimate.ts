import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { buildKernel } from './kernel.js';
import type { SetupKernel } from './kernel.js';
import { SetupError } from './error.js';
import type { LoadedR1cs } from './r1cs.js';
import { zkeyBytes } from './zkey.js';
import { G1_BYTES, G2_BYTES } from './zkey-shape.js';
import type { ZkeyShape } from './zkey-shape.js';

/**
 * What a step of a setup takes on this machine, known before it begins: of time, within about a half.
 * @see {@link beginCeremony}
 */
export interface SetupEstimate {
  readonly seconds: number;
  readonly memoryBytes: number;
  /** Size of the file that is made. */
  readonly diskBytes: number;
}

/** Called before long work; throws to prevent it. */
export type OnEstimate = (estimate: SetupEstimate) => void;

/** Microseconds of one core of the machine that `REFERENCE_ADDITION` was measured on: a 2-core AMD EPYC, Node 20. */
const COST = { beginTerm: 90, contributePoint: 290, verifyPoint: 50 } as const;
/** Microseconds of an addition in G1 there. */
const REFERENCE_ADDITION = 0.56;

/** Each worker has memory of its own, see `WORKER_BYTES`. */
const MAX_WORKERS = 8;

/** How many workers share so many jobs. */
export const workersFor = (jobs: number): number => Math.min(MAX_WORKERS, availableParallelism(), jobs);

const MIB = 2 ** 20;
/** Node, the curve, and each worker's own memory. */
const BASE_BYTES = 110 * MIB;
const WORKER_BYTES = 25 * MIB;

const TERM_BYTES = 36;

/** Estimates `beginKey`. */
export async function estimateBegin(r1cs: LoadedR1cs, shape: ZkeyShape): Promise<SetupEstimate> {
  const terms = (r1cs.bytes.byteLength - 12 * r1cs.constraints) / TERM_BYTES;
  const workers = workersFor(Infinity);
  const { domainSize } = shape;
  return {
    seconds: (terms * COST.beginTerm * 1e-6 * (await slowness())) / workers,
    // The circuit, its terms by wire (those of A and B twice), and the powers of tau that they name.
    memoryBytes:
      BASE_BYTES + workers * WORKER_BYTES + r1cs.bytes.byteLength + 16 * terms + domainSize * (5 * G1_BYTES + G2_BYTES),
    diskBytes: zkeyBytes(shape),
  };
}

/** Estimates a contribution, or a beacon, to a key of this size. */
export const estimateContribution = (
  shape: Pick<ZkeyShape, 'wires' | 'domainSize'>,
  diskBytes: number,
): Promise<SetupEstimate> => estimatePoints(COST.contributePoint, shape, diskBytes);

/** Estimates the verification of a key of this size, with the key that the ceremony began with at hand. */
export const estimateVerification = (
  shape: Pick<ZkeyShape, 'wires' | 'domainSize'>,
  diskBytes: number,
): Promise<SetupEstimate> => estimatePoints(COST.verifyPoint, shape, diskBytes);

async function estimatePoints(
  cost: number,
  { wires, domainSize }: Pick<ZkeyShape, 'wires' | 'domainSize'>,
  diskBytes: number,
): Promise<SetupEstimate> {
  return {
    seconds: 1 + ((wires + domainSize) * cost * 1e-6 * (await slowness())) / availableParallelism(),
    memoryBytes: BASE_BYTES + domainSize * 6 * G1_BYTES,
    diskBytes,
  };
}

/** How many times as long an addition takes here and now as on the machine of `COST`. */
async function slowness(): Promise<number> {
  const { tm, G1 } = await buildKernel();
  const memory = new WebAssembly.Memory({ initial: 32 });
  const module = await WebAssembly.compile(tm.code);
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SetupKernel;
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const PAIRS = 512;
  const points = 2 ** 18;
  const pairs = 2 ** 19;
  const denominators = 2 ** 19 + 2 ** 16;
  words[0] = 2 ** 20;
  for (let i = 0, point = G1.g; i < 2 * PAIRS; i++, point = G1.double(point))
    bytes.set(G1.toAffine(point), points + G1_BYTES * i);
  for (let i = 0; i < PAIRS; i++) {
    words[pairs / 4 + 2 * i] = points + G1_BYTES * i;
    words[pairs / 4 + 2 * i + 1] = points + G1_BYTES * (PAIRS + i);
  }
  // The best of several: the first ones are slow because the code is not optimised yet.
  let best = Infinity;
  for (let round = 0; round < 50; round++) {
    const start = performance.now();
    kernel.g1m_addPairs(pairs, PAIRS, denominators);
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1000) / PAIRS / REFERENCE_ADDITION;
}

/** @throws {SetupError} there is no room for `bytes` more where `file` is to be, or no directory */
export async function requireRoom(file: string, bytes: number): Promise<void> {
  const folder = path.dirname(file);
  const { bavail, bsize } = await statfs(folder).catch((cause: Error) => {
    throw new SetupError(`expected a directory at ${folder}, could not find one: ${cause.message}`, { cause });
  });
  const free = Number(bavail) * Number(bsize);
  if (free >= bytes) return;
  throw new SetupError(`expected ${megabytes(bytes)} of room on the disk of ${folder}, there are ${megabytes(free)}`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
