import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { Arena } from '../../base/bn254/arena.js';
import { biasOf, chooseBits, windowsOf } from '../../base/bn254/digits.js';
import { hasFusedMultiplyAdd } from '../../base/bn254/fused.js';
import type { KernelCode } from '../../base/bn254/kernel.js';
import { kernelFor, Machine } from '../../base/bn254/machine.js';
import { BASE_FIELD_ORDER, ELEMENT_BYTES, inverseModulo, MONTGOMERY } from '../../base/bn254/numbers.js';
import { FIELD_ORDER } from '../../base/field/fr.js';
import type { G1Point, G2Point, Groth16Proof } from '../../base/untyped/snarkjs.js';
import { processors } from '../../base/tasks/processors.js';
import type { Watching } from '../../base/tasks/watching.js';
import { computeQuotient, planQuotient } from './quotient.js';
import { withSource } from './source.js';
import type { Source } from './source.js';
import { computeSums, planSums, SIZES, weightOf, workBytes } from './sums.js';
import type { Sum } from './sums.js';
import { checkWitness, findWitness, publicSignalsOf, VALUE_BYTES } from './witness.js';
import { readZkey } from './zkey.js';
import type { Zkey } from './zkey.js';

/**
 * What a proof can be told.
 * @see {@link prove}
 */
export interface ProveOptions extends Watching {
  /** Threads to prove with, at most 32. Default: as many as the machine runs at once. */
  readonly threads?: number | undefined;
}

/**
 * A proof in the form of snarkjs's `groth16.prove`.
 * @see {@link prove}
 */
export interface ProofAndSignals {
  readonly proof: Groth16Proof;
  /** In decimal. */
  readonly publicSignals: string[];
}

/** Each thread needs up to 30 MiB of memory. */
const MOST_THREADS = 32;
/** With fewer points of the domain per thread, threads take longer to start than to work. */
const POINTS_A_THREAD = 2 ** 11;
/** The weight of the quotient per point of the domain, relative to the additions of the sums. */
const QUOTIENT_WEIGHT = 8;

/**
 * Makes a Groth16 proof over BN254 in WebAssembly, on all cores. It replaces snarkjs's `groth16.prove` for any circom
 * circuit. Two proofs of the same witness differ, because each uses fresh random numbers.
 *
 * @param zkey the proving key: the path of a .zkey file, or its bytes
 * @param witness the witness: the path of a .wtns file, or its bytes
 * @throws {Groth16InputError} a file is truncated or has another kind, curve or protocol, or the witness belongs to
 *   another circuit
 * @throws {MemoryError} the circuit needs more than 4 GiB at once, or more than the machine has
 * @throws {ThreadError} a thread ended, or there can be none, because a browser's page is not cross-origin isolated
 * @throws what `signal` was aborted with
 * @example
 * const { proof, publicSignals } = await prove('circuit.zkey', 'witness.wtns');
 */
export const prove = (
  zkey: string | Uint8Array,
  witness: string | Uint8Array,
  options: ProveOptions = {},
): Promise<ProofAndSignals> => proveWith(kernelFor(hasFusedMultiplyAdd()), zkey, witness, options);

/** The same with a given kernel. */
export const proveWith = (
  kernel: KernelCode,
  zkey: string | Uint8Array,
  witness: string | Uint8Array,
  options: ProveOptions,
): Promise<ProofAndSignals> =>
  withSource(zkey, 'zkey', (zkeySource) =>
    withSource(witness, 'witness', (witnessSource) => proveFrom(kernel, zkeySource, witnessSource, options)),
  );

async function proveFrom(
  kernel: KernelCode,
  zkeySource: Source,
  witnessSource: Source,
  { signal, onProgress, threads = processors() }: ProveOptions,
): Promise<ProofAndSignals> {
  const zkey = await readZkey(zkeySource);
  const values = await findWitness(witnessSource, zkey.wires);
  const size = Math.min(threads, MOST_THREADS, Math.ceil(zkey.domainSize / POINTS_A_THREAD));
  const plan = planProof(kernel, zkey, { r: randomScalar(), s: randomScalar() }, size);
  return Machine.with({ kernel, arena: plan.arena, threads: plan.threads, signal }, async (machine) => {
    const witness = machine.bytes.subarray(plan.witness, plan.witness + values.size);
    await witnessSource.read(witness, values.position);
    checkWitness(witness, witnessSource.name);
    const quotientWeight = QUOTIENT_WEIGHT * zkey.domainSize;
    const total = quotientWeight + weightOf(plan.sums);
    let done = 0;
    const onWork = (weight: number): void => onProgress?.('proof', (done += weight), total);
    await computeQuotient(machine, plan.quotient, zkeySource, zkey, plan.witness, plan.quotientScalars);
    onWork(quotientWeight);
    await computeSums(machine, plan.sums, zkeySource, onWork);
    const proof = await finish(machine, plan);
    return { proof, publicSignals: publicSignalsOf(witness, zkey.publicSignals).map(String) };
  });
}

interface Blinding {
  readonly r: bigint;
  readonly s: bigint;
}

/** Reduces 384 random bits, so the result is practically uniform. */
const randomScalar = (): bigint => BigInt(`0x${bytesToHex(randomBytes(48))}`) % FIELD_ORDER;

/** C's parts: A, B in G1, delta, the sums of C and of H. */
const LAST_TERMS = 5;

function planProof(kernel: KernelCode, zkey: Zkey, { r, s }: Blinding, threads: number) {
  const { alpha1, beta1, beta2, delta1, delta2 } = zkey.header;
  const arena = new Arena(kernel.statics.end);
  const witness = arena.take(VALUE_BYTES * zkey.wires);
  const quotientScalars = arena.take(VALUE_BYTES * zkey.domainSize);
  const bits = chooseBits(LAST_TERMS);
  const last = {
    bits,
    table: arena.take(LAST_TERMS * SIZES.g1.point),
    scalars: arena.take(LAST_TERMS * VALUE_BYTES),
    windows: arena.take(windowsOf(bits) * bits * SIZES.g1.point),
    delta: arena.take(SIZES.g1.packed),
    zero: arena.take(VALUE_BYTES),
    result: arena.take(SIZES.g1.point),
  };
  const of = (group: Sum['group'], section: Sum['section'], scalars: number, ...extra: Sum['extra']): Sum => ({
    group,
    section,
    scalars,
    extra,
  });
  const { a, b1, b2, c, h } = zkey.points;
  // The longest sum first; each is a share of the proof: A = alpha + ... + r * delta, B = beta + ... + s * delta.
  const terms = [
    of('g2', b2, witness, { point: beta2, scalar: 1n }, { point: delta2, scalar: s }),
    of('g1', h, quotientScalars),
    of('g1', a, witness, { point: alpha1, scalar: 1n }, { point: delta1, scalar: r }),
    of('g1', c, witness + VALUE_BYTES * (zkey.publicSignals + 1)),
    of('g1', b1, witness, { point: beta1, scalar: 1n }, { point: delta1, scalar: s }),
  ];
  // The quotient, which comes first, uses the same memory as the sums.
  const [quotient, sums] = arena.overlaid(
    () => planQuotient(arena, zkey),
    () => planSums(arena, terms),
  );
  return {
    arena,
    witness,
    quotientScalars,
    quotient,
    sums,
    last,
    delta1,
    r,
    s,
    threads: Array.from({ length: threads }, () => ({
      scratch: arena.take(kernel.scratchBytes),
      work: arena.take(workBytes(sums)),
    })),
  };
}

/** C = its sum + that of H + s * A + r * B - r * s * delta */
async function finish(
  machine: Machine,
  { sums, last, delta1, r, s }: ReturnType<typeof planProof>,
): Promise<Groth16Proof> {
  const [b2, h, a, c, b1] = sums.results as [number, number, number, number, number];
  const { bits, table, scalars, windows } = last;
  const { point } = SIZES.g1;
  machine.bytes.set(delta1, last.delta);
  machine.putScalar(last.zero, 0n);
  await machine.threads.run({
    kind: 'call',
    name: 'g1_prepare',
    args: [last.delta, last.zero, table + 2 * point, last.zero, last.zero, 1],
  });
  for (const [i, from] of [a, b1, null, c, h].entries()) {
    if (from !== null) machine.bytes.copyWithin(table + i * point, from, from + point);
  }
  [s, r, FIELD_ORDER - ((r * s) % FIELD_ORDER), 1n, 1n].forEach((scalar, i) => {
    // Infinity may not be added.
    const counted = coordinates(machine, table + i * point, 2) === null ? 0n : scalar;
    machine.putScalar(scalars + VALUE_BYTES * i, counted + biasOf(bits));
  });
  const count = windowsOf(bits);
  await machine.threads.all(
    Array.from(
      { length: count },
      (_, index) =>
        ({
          kind: 'window',
          group: 'g1',
          table,
          scalars,
          count: LAST_TERMS,
          bits,
          index,
          isLast: index === count - 1,
          out: windows + index * bits * point,
        }) as const,
    ),
  );
  await machine.threads.run({
    kind: 'combine',
    group: 'g1',
    rows: [{ address: windows, length: count * bits }],
    out: last.result,
  });
  return {
    pi_a: g1Point(machine, a),
    pi_b: g2Point(machine, b2),
    pi_c: g1Point(machine, last.result),
    protocol: 'groth16',
    curve: 'bn128',
  };
}

const UNIT = inverseModulo(MONTGOMERY, BASE_FIELD_ORDER);

/** The coordinates of a point in the kernel's form, in decimal; null for infinity. */
function coordinates(machine: Machine, address: number, count: number): string[] | null {
  const numbers = Array.from({ length: count }, (_, i) => machine.element(address + i * ELEMENT_BYTES));
  return numbers.every((number) => number === 0n)
    ? null
    : numbers.map((number) => ((number * UNIT) % BASE_FIELD_ORDER).toString());
}

function g1Point(machine: Machine, address: number): G1Point {
  const [x, y] = coordinates(machine, address, 2) ?? [];
  return x === undefined || y === undefined ? ['0', '1', '0'] : [x, y, '1'];
}

function g2Point(machine: Machine, address: number): G2Point {
  const [x0, x1, y0, y1] = coordinates(machine, address, 4) ?? [];
  return x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined
    ? [
        ['0', '0'],
        ['1', '0'],
        ['0', '0'],
      ]
    : [
        [x0, x1],
        [y0, y1],
        ['1', '0'],
      ];
}
