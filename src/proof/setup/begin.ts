import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Curve, Group } from 'ffjavascript';
import { writeAll } from '../../base/files/whole-file.js';
import { Pool } from '../../base/tasks/pool.js';
import { scriptOf } from '../../base/tasks/script.js';
import type { Watching } from '../../base/tasks/watching.js';
import { runBeginWorker, MAX_JOB_WIRES } from './begin-worker.js';
import type { BeginData, BeginJob } from './begin-worker.js';
import { neededPower } from './domain.js';
import { estimateBegin, requireRoom, workersFor } from './estimate.js';
import type { OnEstimate } from './estimate.js';
import { buildKernel } from './kernel.js';
import { withPtau } from './ptau.js';
import type { Ptau } from './ptau.js';
import { readR1cs } from './r1cs.js';
import type { LoadedR1cs } from './r1cs.js';
import { wireTerms } from './terms.js';
import type { WireTerms } from './terms.js';
import {
  NO_CONTRIBUTIONS_BYTES,
  shapeOf,
  startZkey,
  writeContributions,
  writePublicRows,
  writeZkeyHeader,
} from './zkey.js';
import type { ZkeyPositions } from './zkey.js';
import { COEFFICIENT_BYTES, G1_BYTES, G2_BYTES } from './zkey-shape.js';
import type { ZkeyShape } from './zkey-shape.js';

/** Points that are hashed at once; the circuit's hash depends on it, see `hashPowers`. */
const HASH_POINTS = 2 ** 14;
const JOB_TERMS = 8192;

const WORKER_SOURCE = scriptOf(
  runBeginWorker,
  "require('node:worker_threads').parentPort",
  "require('node:worker_threads').workerData",
  "require('node:fs').writeSync",
);

/**
 * Writes the key with which a ceremony's second phase begins: no secret but those of the powers of tau is in
 * it, delta is 1. It is byte for byte what snarkjs's `groth16 setup` writes, several times sooner.
 *
 * @returns snarkjs's circuit hash, 128 hexadecimal digits, which every contribution builds upon
 * @throws {SetupError} the circuit or the powers of tau can't be read, or are too few, or the disk is full
 * @throws what the signal was aborted with; what was written of `zkey` stays there
 */
export async function beginKey(
  options: Watching & {
    readonly r1cs: string;
    readonly ptau: string;
    readonly zkey: string;
    readonly onEstimate?: OnEstimate;
  },
): Promise<string> {
  const { onEstimate, onProgress, signal } = options;
  onProgress?.('circuit', 0, 1);
  const r1cs = await readR1cs(options.r1cs);
  onProgress?.('circuit', 1, 1);
  signal?.throwIfAborted();
  const estimate = await estimateBegin(r1cs, shapeOf(r1cs));
  onEstimate?.(estimate);
  await requireRoom(options.zkey, estimate.diskBytes);
  return withPtau(options.ptau, neededPower(r1cs), async (ptau) => {
    const file = await open(options.zkey, 'w+');
    try {
      return await writeKey(file, r1cs, ptau, { onProgress, signal });
    } finally {
      await file.close();
    }
  });
}

async function writeKey(file: FileHandle, r1cs: LoadedR1cs, ptau: Ptau, watching: Watching): Promise<string> {
  const { onProgress, signal } = watching;
  const curve = await buildKernel();
  const shape = shapeOf(r1cs);
  const [g1, g2] = [curve.G1, curve.G2].map((group) => group.toAffine(group.g)) as [Uint8Array, Uint8Array];
  const points = {
    alpha1: await ptau.alphaG1(),
    beta1: await ptau.betaG1(),
    beta2: await ptau.betaG2(),
    gamma2: g2,
    delta1: g1,
    delta2: g2,
  };
  const positions = await startZkey(file, shape, NO_CONTRIBUTIONS_BYTES);
  await writeZkeyHeader(file, positions, shape, points);
  await writePublicRows(file, positions, shape, r1cs);
  await writeH(file, positions, shape, ptau);
  await writePoints(file, r1cs, shape, positions, ptau, curve, watching);

  onProgress?.('hash', 0, 1);
  const hash = createHash('blake2b512');
  for (const point of [points.alpha1, points.beta1]) hash.update(await curve.G1.batchLEMtoU(point));
  for (const point of [points.beta2, g2]) hash.update(await curve.G2.batchLEMtoU(point));
  hash.update(await curve.G1.batchLEMtoU(g1)).update(await curve.G2.batchLEMtoU(g2));
  const { publicSignals, wires, domainSize } = shape;
  await hashSection(hash, file, curve.G1, positions.ic, publicSignals + 1, signal);
  await hashPowers(hash, ptau, curve, domainSize, signal);
  await hashSection(hash, file, curve.G1, positions.c, wires - publicSignals - 1, signal);
  await hashSection(hash, file, curve.G1, positions.a, wires, signal);
  await hashSection(hash, file, curve.G1, positions.b1, wires, signal);
  await hashSection(hash, file, curve.G2, positions.b2, wires, signal);
  const circuitHash = hash.digest('hex');
  onProgress?.('hash', 1, 1);
  await writeContributions(file, positions, Buffer.from(circuitHash, 'hex'), []);
  return circuitHash;
}

/** H in the Lagrange basis of the domain of twice the size, its odd points only. */
async function writeH(
  file: FileHandle,
  positions: ZkeyPositions,
  { domainSize }: ZkeyShape,
  ptau: Ptau,
): Promise<void> {
  const all = new Uint8Array(2 * domainSize * G1_BYTES);
  await ptau.lagrange('tauG1', 2 * domainSize, all);
  for (let i = 0; i < domainSize; i++) {
    all.copyWithin(i * G1_BYTES, (2 * i + 1) * G1_BYTES, (2 * i + 2) * G1_BYTES);
  }
  await writeAll(file, all.subarray(0, domainSize * G1_BYTES), positions.h);
}

async function writePoints(
  file: FileHandle,
  r1cs: LoadedR1cs,
  { wires, publicSignals, domainSize }: ZkeyShape,
  positions: ZkeyPositions,
  ptau: Ptau,
  curve: Curve,
  { onProgress, signal }: Watching,
): Promise<void> {
  const terms = wireTerms(r1cs, domainSize);
  const jobs: BeginJob[] = [
    ...sums('g2', 'b', terms.b, 0, wires, positions.b2),
    ...sums('g1', 'k', terms.k, publicSignals + 1, wires, positions.c),
    ...sums('g1', 'k', terms.k, 0, publicSignals + 1, positions.ic),
    ...sums('g1', 'a', terms.a, 0, wires, positions.a),
    ...sums('g1', 'b', terms.b, 0, wires, positions.b1),
    ...r1cs.chunks.map((chunk): BeginJob => ({
      kind: 'coefficients',
      chunk,
      position: positions.coefficients + 4 + COEFFICIENT_BYTES * chunk.firstCoefficient,
    })),
  ];
  const data: BeginData = {
    module: await WebAssembly.compile(curve.tm.code),
    constraints: r1cs.bytes,
    maxChunkBytes: Math.max(0, ...r1cs.chunks.map((chunk) => chunk.byteLength)),
    zkey: file.fd,
    terms,
    ...(await lagrangePoints(ptau, domainSize)),
  };
  let done = 0;
  onProgress?.('points', 0, jobs.length);
  const workers = Array.from({ length: workersFor(jobs.length) }, () => data);
  await Pool.with({ what: 'setup', source: WORKER_SOURCE, data: workers, signal }, (pool: Pool<BeginJob>) =>
    Promise.all(jobs.map((job) => pool.run(job).then(() => onProgress?.('points', ++done, jobs.length)))),
  );
}

async function lagrangePoints(ptau: Ptau, domainSize: number): Promise<Pick<BeginData, 'g1' | 'g2'>> {
  const g1 = new SharedArrayBuffer(3 * domainSize * G1_BYTES);
  const g2 = new SharedArrayBuffer(domainSize * G2_BYTES);
  for (const [i, form] of (['tauG1', 'alphaTauG1', 'betaTauG1'] as const).entries()) {
    await ptau.lagrange(form, domainSize, new Uint8Array(g1, i * domainSize * G1_BYTES));
  }
  await ptau.lagrange('tauG2', domainSize, new Uint8Array(g2));
  return { g1, g2 };
}

/** The points of wires from `from` up to `to`, cut into jobs of about as many terms. */
function sums(
  group: 'g1' | 'g2',
  list: 'a' | 'b' | 'k',
  { starts }: WireTerms,
  from: number,
  to: number,
  position: number,
): BeginJob[] {
  const pointBytes = group === 'g1' ? G1_BYTES : G2_BYTES;
  const jobs: BeginJob[] = [];
  for (let begin = from, end = from + 1; begin < to; begin = end++) {
    while (end < to && end - begin < MAX_JOB_WIRES && starts[end + 1]! - starts[begin]! <= JOB_TERMS) end++;
    jobs.push({ kind: 'sums', group, list, from: begin, to: end, position: position + pointBytes * (begin - from) });
  }
  return jobs;
}

/** Adds a section's points to the circuit's hash: how many, and each uncompressed. */
async function hashSection(
  hash: Hash,
  file: FileHandle,
  group: Group,
  position: number,
  count: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  hashCount(hash, count);
  const pointBytes = group.toAffine(group.g).length;
  for (let done = 0; done < count; done += HASH_POINTS) {
    signal?.throwIfAborted();
    const bytes = new Uint8Array(Math.min(HASH_POINTS, count - done) * pointBytes);
    await file.read(bytes, 0, bytes.length, position + done * pointBytes);
    hash.update(await group.batchLEMtoU(bytes));
  }
}

/**
 * Adds tau^(n + i) - tau^i, for i from 0 to n - 2, to the circuit's hash. Like snarkjs, takes whole runs of
 * `HASH_POINTS`, one point too many if there are several: what follows the powers in the file may be part of it.
 */
async function hashPowers(
  hash: Hash,
  ptau: Ptau,
  { G1, tm }: Curve,
  domainSize: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  hashCount(hash, domainSize - 1);
  for (let first = 0; first < domainSize - 1; first += HASH_POINTS) {
    signal?.throwIfAborted();
    const count = Math.min(HASH_POINTS, domainSize - 1);
    const [result] = await tm.queueAction([
      { cmd: 'ALLOCSET', var: 0, buff: await ptau.powers(first + domainSize, count) },
      { cmd: 'ALLOCSET', var: 1, buff: await ptau.powers(first, count) },
      { cmd: 'ALLOC', var: 2, len: count * 96 },
      ...Array.from({ length: count }, (_, i) => ({
        cmd: 'CALL' as const,
        fnName: 'g1m_subAffine',
        params: [
          { var: 0, offset: i * G1_BYTES },
          { var: 1, offset: i * G1_BYTES },
          { var: 2, offset: i * 96 },
        ],
      })),
      { cmd: 'CALL', fnName: 'g1m_batchToAffine', params: [{ var: 2 }, { val: count }, { var: 2 }] },
      { cmd: 'GET', out: 0, var: 2, len: count * G1_BYTES },
    ]);
    hash.update(await G1.batchLEMtoU(result!));
  }
}

function hashCount(hash: Hash, count: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count);
  hash.update(bytes);
}
