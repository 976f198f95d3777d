import { type MessagePort } from 'node:worker_threads';
import { type SetupKernel } from './kernel.js';
import { type ConstraintChunk } from './r1cs.js';

/** What every worker of a setup is given at its start. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  /** An R1CS's constraints section. */
  readonly constraints: SharedArrayBuffer;
  /** File descriptor of the zkey, open for writing; workers write where no other does. */
  readonly zkey: number;
  readonly wires: number;
  readonly domainSize: number;
  /** The length of the longest chunk of constraints. */
  readonly maxChunkBytes: number;
  /** Points in one job, at most. */
  readonly maxPoints: number;
  readonly g1: FixedBase;
  readonly g2: FixedBase;
}

/** How to multiply a group's generator: its doublings, and the width of the windows that scalars are cut into. */
export interface FixedBase {
  /** `2^i * generator` for i = 0 to 253, affine. */
  readonly powers: Uint8Array;
  /** 24 bits at most. */
  readonly windowBits: number;
}

/** `scale * x / (tau - x)` for x = first * step^i: the Lagrange basis at tau, for the right `scale`. */
export interface LagrangeBasis {
  readonly tau: Uint8Array;
  readonly first: Uint8Array;
  readonly step: Uint8Array;
  /** The values come in this number's form, Montgomery or plain; all others are in Montgomery form. */
  readonly scale: Uint8Array;
}

/** Scalars are plain 32-byte little-endian integers below r, one for each wire or each point of H. */
export type Job =
  | { readonly kind: 'hScalars'; readonly basis: LagrangeBasis; readonly h: SharedArrayBuffer }
  | {
      readonly kind: 'wireScalars';
      readonly basis: LagrangeBasis;
      readonly chunks: readonly ConstraintChunk[];
      readonly constraints: number;
      readonly publicSignals: number;
      readonly alpha: Uint8Array;
      readonly beta: Uint8Array;
      readonly inverseDelta: Uint8Array;
      /** Results: A and B at tau, and beta A + alpha B + C, divided by delta for private wires. */
      readonly a: SharedArrayBuffer;
      readonly b: SharedArrayBuffer;
      readonly k: SharedArrayBuffer;
    }
  | { readonly kind: 'coefficients'; readonly chunk: ConstraintChunk; readonly position: number }
  | {
      readonly kind: 'points';
      readonly group: 'g1' | 'g2';
      readonly scalars: SharedArrayBuffer;
      readonly from: number;
      /** `maxPoints` at most. */
      readonly count: number;
      readonly position: number;
    };

/** What a worker answers to each job. */
export interface Answer {
  readonly error: string | null;
}

/** A worker's program, see `WorkerProgram`. */
export function runWorker(
  port: MessagePort,
  data: WorkerData,
  writeSync: (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => number,
): void {
  const SCALAR_BYTES = 32;
  const SCALAR_BITS = 254;
  const COEFFICIENT_BYTES = 44;
  // Points that share one inversion: all that is touched for them fits in a core's second-level cache.
  const BATCH = 1024;

  const memory = new WebAssembly.Memory({ initial: 32 });
  const kernel = new WebAssembly.Instance(data.module, { env: { memory } }).exports as unknown as SetupKernel;

  interface Table {
    readonly address: number;
    readonly bytes: number;
    readonly base: FixedBase;
    readonly coordinateBytes: number;
    readonly add: SetupKernel['g1m_addFromTable'];
    built: boolean;
  }
  const table = (address: number, base: FixedBase, coordinateBytes: number, add: Table['add']): Table => {
    const windows = Math.ceil(SCALAR_BITS / base.windowBits);
    const topBits = SCALAR_BITS - (windows - 1) * base.windowBits;
    const bytes = 2 * coordinateBytes * ((windows - 1) * 2 ** base.windowBits + 2 ** topBits);
    return { address, bytes, base, coordinateBytes, add, built: false };
  };

  // Memory: ffjavascript's own data, the two tables, a jobs' scratch space, batchInverse's heap.
  const heapPointer = 0;
  const g1 = table((new Uint32Array(memory.buffer)[heapPointer] as number) + 8, data.g1, 32, kernel.g1m_addFromTable);
  const g2 = table(g1.address + g1.bytes, data.g2, 64, kernel.g2m_addFromTable);
  const scratch = g2.address + g2.bytes;
  const heap =
    scratch +
    Math.max(
      SCALAR_BYTES * (data.domainSize + 3 * data.wires + 8) + data.maxChunkBytes,
      data.maxChunkBytes * 3,
      data.maxPoints * 128 + BATCH * (64 + SCALAR_BYTES) + 256,
    );
  const end = heap + SCALAR_BYTES * (data.domainSize + 8) + 64 * (BATCH + 8);
  memory.grow(Math.max(0, Math.ceil(end / 65536) - 32));
  const bytes = new Uint8Array(memory.buffer);
  new Uint32Array(memory.buffer)[heapPointer] = heap;

  const write = (address: number, length: number, position: number): void => {
    for (let done = 0; done < length;) {
      done += writeSync(data.zkey, bytes, address + done, length - done, position + done);
    }
  };

  /** Writes `count` values of the basis to `address`; as many elements of scratch are taken from `spare` on. */
  const lagrange = (basis: LagrangeBasis, count: number, address: number, spare: number): void => {
    const [tau, step, numerator] = [spare, spare + SCALAR_BYTES, spare + 2 * SCALAR_BYTES];
    const point = spare + 3 * SCALAR_BYTES;
    bytes.set(basis.tau, tau);
    bytes.set(basis.step, step);
    bytes.set(basis.first, point);
    for (let i = 0; i < count; i++) {
      kernel.frm_sub(tau, point, address + SCALAR_BYTES * i);
      kernel.frm_mul(point, step, point);
    }
    kernel.frm_batchInverse(address, SCALAR_BYTES, count, address, SCALAR_BYTES);
    bytes.set(basis.scale, numerator);
    bytes.set(basis.first, point);
    kernel.frm_mul(numerator, point, numerator);
    for (let i = 0; i < count; i++) {
      kernel.frm_mul(numerator, address + SCALAR_BYTES * i, address + SCALAR_BYTES * i);
      kernel.frm_mul(numerator, step, numerator);
    }
  };

  const hScalars = (job: Extract<Job, { kind: 'hScalars' }>): void => {
    const values = scratch + 4 * SCALAR_BYTES;
    lagrange(job.basis, data.domainSize, values, scratch);
    new Uint8Array(job.h).set(bytes.subarray(values, values + SCALAR_BYTES * data.domainSize));
  };

  const wireScalars = (job: Extract<Job, { kind: 'wireScalars' }>): void => {
    const [alpha, beta, inverseDelta, product] = [0, 1, 2, 3].map((i) => scratch + i * SCALAR_BYTES) as [
      number,
      number,
      number,
      number,
    ];
    const basis = scratch + 8 * SCALAR_BYTES;
    const sums = basis + SCALAR_BYTES * data.domainSize;
    const sumsBytes = SCALAR_BYTES * data.wires;
    const chunkAddress = sums + 3 * sumsBytes;
    lagrange(job.basis, data.domainSize, basis, scratch);
    bytes.set(job.alpha, alpha);
    bytes.set(job.beta, beta);
    bytes.set(job.inverseDelta, inverseDelta);
    bytes.fill(0, sums, sums + 3 * sumsBytes);
    for (const chunk of job.chunks) {
      bytes.set(new Uint8Array(data.constraints, chunk.byteOffset, chunk.byteLength), chunkAddress);
      const first = basis + SCALAR_BYTES * chunk.firstConstraint;
      kernel.r1cs_sumConstraints(chunkAddress, chunk.constraints, first, sums, sumsBytes);
    }
    // The rows `wire * 0 = 0` behind the circuit's own, one for each public signal and the constant.
    for (let wire = 0; wire <= job.publicSignals; wire++) {
      kernel.frm_fromMontgomery(basis + SCALAR_BYTES * (job.constraints + wire), product);
      kernel.frm_add(sums + SCALAR_BYTES * wire, product, sums + SCALAR_BYTES * wire);
    }
    for (let wire = 0; wire < data.wires; wire++) {
      const a = sums + SCALAR_BYTES * wire;
      const [b, k] = [a + sumsBytes, a + 2 * sumsBytes];
      kernel.frm_mul(a, beta, product);
      kernel.frm_add(k, product, k);
      kernel.frm_mul(b, alpha, product);
      kernel.frm_add(k, product, k);
      if (wire > job.publicSignals) kernel.frm_mul(k, inverseDelta, k);
    }
    for (const [i, out] of [job.a, job.b, job.k].entries()) {
      new Uint8Array(out).set(bytes.subarray(sums + i * sumsBytes, sums + (i + 1) * sumsBytes));
    }
  };

  const coefficients = ({ chunk, position }: Extract<Job, { kind: 'coefficients' }>): void => {
    bytes.set(new Uint8Array(data.constraints, chunk.byteOffset, chunk.byteLength), scratch);
    const out = scratch + data.maxChunkBytes;
    kernel.r1cs_encodeConstraints(scratch, chunk.constraints, chunk.firstConstraint, out);
    write(out, COEFFICIENT_BYTES * chunk.coefficients, position);
  };

  /** Fills the table: entry d of window j is `d * 2^(j * windowBits) * generator`. */
  const build = (t: Table): void => {
    const { windowBits, powers } = t.base;
    const pointBytes = 2 * t.coordinateBytes;
    const [power, one, denominators] = [scratch, scratch + pointBytes, scratch + pointBytes + SCALAR_BYTES];
    bytes.fill(0, one, one + SCALAR_BYTES);
    bytes[one] = 1;
    for (let bit = 0, window = t.address; bit < SCALAR_BITS; bit += windowBits, window += pointBytes << windowBits) {
      for (let k = 0; k < windowBits && bit + k < SCALAR_BITS; k++) {
        const known = pointBytes << k;
        bytes.set(powers.subarray(pointBytes * (bit + k), pointBytes * (bit + k + 1)), power);
        bytes.copyWithin(window + known, power, power + pointBytes);
        bytes.copyWithin(window + known + pointBytes, window + pointBytes, window + known);
        for (let i = 1; i < 2 ** k; i += BATCH) {
          const points = window + known + pointBytes * i;
          t.add(points, Math.min(BATCH, 2 ** k - i), power - pointBytes, one, 0, 0, 1, denominators);
        }
      }
    }
    t.built = true;
  };

  const points = (job: Extract<Job, { kind: 'points' }>): void => {
    const t = job.group === 'g1' ? g1 : g2;
    if (!t.built) build(t);
    const pointBytes = 2 * t.coordinateBytes;
    const scalars = scratch + data.maxPoints * pointBytes;
    const denominators = scalars + SCALAR_BYTES * BATCH + 8;
    bytes.fill(0, scratch, scratch + job.count * pointBytes);
    for (let done = 0; done < job.count; done += BATCH) {
      const count = Math.min(BATCH, job.count - done);
      bytes.set(new Uint8Array(job.scalars, SCALAR_BYTES * (job.from + done), SCALAR_BYTES * count), scalars);
      const batch = scratch + done * pointBytes;
      let window = t.address;
      for (let bit = 0; bit < SCALAR_BITS; bit += t.base.windowBits) {
        const mask = 2 ** Math.min(t.base.windowBits, SCALAR_BITS - bit) - 1;
        t.add(batch, count, window, scalars, SCALAR_BYTES, bit, mask, denominators);
        window += pointBytes << t.base.windowBits;
      }
    }
    write(scratch, job.count * pointBytes, job.position);
  };

  const run = (job: Job): void => {
    switch (job.kind) {
      case 'hScalars':
        return hScalars(job);
      case 'wireScalars':
        return wireScalars(job);
      case 'coefficients':
        return coefficients(job);
      case 'points':
        return points(job);
    }
  };

  port.on('message', (job: Job) => {
    let answer: Answer = { error: null };
    try {
      run(job);
    } catch (error) {
      answer = { error: `${job.kind}: ${error instanceof Error ? error.message : String(error)}` };
    }
    port.postMessage(answer);
  });
}
