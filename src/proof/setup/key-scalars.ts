import type { Arena } from '../../base/bn254/arena.js';
import { LAGRANGE_PAIRS } from '../../base/bn254/key-scalars.js';
import { call, ranges } from '../../base/bn254/machine.js';
import type { Machine } from '../../base/bn254/machine.js';
import { ELEMENT_BYTES, MONTGOMERY, PAIR_BYTES, powerModulo, rootOfUnity } from '../../base/bn254/numbers.js';
import type { Job } from '../../base/bn254/threads.js';
import { FIELD_ORDER, FR_BYTES, inverseOrZero, mul, ONE, sub, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { ConstraintChunk, R1cs, ReadChunk } from './r1cs.js';
import type { SetupSecrets } from './secrets.js';
import { COEFFICIENT_BYTES } from './zkey-shape.js';
import type { ZkeyShape } from './zkey-shape.js';

/** Memory in which a key's scalars are computed; they are plain numbers of 32 bytes. */
export interface ScalarsPlan {
  /** A and B at tau, and beta A + alpha B + C, divided by delta for private wires: one number for each wire. */
  readonly a: number;
  readonly b: number;
  readonly k: number;
  /** One number for each point of the domain. */
  readonly h: number;
  readonly basis: number;
  readonly oddBasis: number;
  readonly constants: number;
  readonly sums: readonly [number, number, number];
  readonly slots: readonly [Slot, Slot];
}

/** A chunk of constraints, and its coefficients as zkeys have them. */
interface Slot {
  readonly chunk: number;
  readonly coefficients: number;
}

const MATRICES = [0, 1, 2] as const;
/** Of one basis and one call of `fr_lagrange`. */
const LAGRANGE_CONSTANTS = 5;
/** beta and alpha, and the factors of K: of public wires, of a pair of one and one, of private wires. */
const FINISH_CONSTANTS = 5;

const pairsOf = (count: number): number => Math.ceil(count / 2);

export function planScalars(arena: Arena, r1cs: R1cs, { wires, publicSignals, domainSize }: ZkeyShape): ScalarsPlan {
  const scalars = (count: number): number => arena.take(2 * FR_BYTES * pairsOf(count));
  const basis = (): number => arena.take(PAIR_BYTES * pairsOf(domainSize));
  const most = (size: (chunk: ConstraintChunk) => number): number => Math.max(0, ...r1cs.chunks.map(size));
  const slot = (): Slot => ({
    chunk: arena.take(
      Math.max(
        most((chunk) => chunk.byteLength),
        publicRowsBytes(publicSignals),
      ),
    ),
    coefficients: arena.take(COEFFICIENT_BYTES * most((chunk) => chunk.coefficients)),
  });
  const sum = (): number => arena.take(PAIR_BYTES * pairsOf(wires));
  return {
    a: scalars(wires),
    b: scalars(wires),
    k: scalars(wires),
    h: scalars(domainSize),
    basis: basis(),
    oddBasis: basis(),
    constants: arena.take(
      PAIR_BYTES * (2 * LAGRANGE_CONSTANTS * Math.ceil(pairsOf(domainSize) / LAGRANGE_PAIRS) + FINISH_CONSTANTS),
    ),
    sums: [sum(), sum(), sum()],
    slots: [slot(), slot()],
  };
}

/**
 * Computes the scalars, and the coefficients of the circuit's constraints.
 * @param read reads constraints
 * @param write is given the coefficients in parts, with the number of those before
 */
export async function computeScalars(
  machine: Machine,
  plan: ScalarsPlan,
  r1cs: R1cs,
  { wires, domainSize }: ZkeyShape,
  read: ReadChunk,
  { tau, alpha, beta, delta }: SetupSecrets,
  write: (coefficients: Uint8Array, before: number) => Promise<void>,
): Promise<void> {
  const { threads } = machine;
  const parts = 4 * threads.size;
  let constants = plan.constants;
  const constant = (x: bigint, second: bigint = x): number => {
    machine.putPair(constants, montgomery(x), montgomery(second));
    constants += PAIR_BYTES;
    return constants - PAIR_BYTES;
  };
  const root = rootOfUnity(domainSize);
  const inverseDelta = inverseOrZero(delta);
  const lagrange = (out: number, first: bigint, scale: Fr): Job[] =>
    ranges(pairsOf(domainSize), Math.ceil(pairsOf(domainSize) / LAGRANGE_PAIRS)).map(({ from, count }) => {
      const x = (first * powerModulo(root, BigInt(2 * from), FIELD_ORDER)) % FIELD_ORDER;
      const address = constant(x, (x * root) % FIELD_ORDER);
      for (const value of [root * root, tau, tau * scale, scale]) constant(value);
      return call('fr_lagrange', out + PAIR_BYTES * from, count, address);
    });
  await threads.all([
    ...lagrange(plan.basis, 1n, lagrangeScale(tau, domainSize)),
    // snarkjs wants H in the Lagrange basis of the domain of twice the size, its odd points only.
    ...lagrange(plan.oddBasis, rootOfUnity(2 * domainSize), mul(lagrangeScale(tau, 2 * domainSize), inverseDelta)),
  ]);
  await threads.all(
    ranges(pairsOf(domainSize), parts).map(({ from, count }) =>
      call('fr_packAll', plan.oddBasis + PAIR_BYTES * from, plan.h + 2 * FR_BYTES * from, count),
    ),
  );

  await addConstraints(machine, plan, r1cs, read, write);

  const betaAndAlpha = constant(beta);
  constant(alpha);
  const publicWires = r1cs.publicSignals + 1;
  const finish = (from: number, to: number, factor: number): Job[] =>
    ranges(to - from, parts).map((range) =>
      call(
        'fr_finishScalars',
        ...plan.sums.map((sums) => sums + PAIR_BYTES * (from + range.from)),
        range.count,
        betaAndAlpha,
        factor,
        ...[plan.a, plan.b, plan.k].map((scalars) => scalars + 2 * FR_BYTES * (from + range.from)),
      ),
    );
  const firstMixed = Math.floor(publicWires / 2);
  const firstPrivate = pairsOf(publicWires);
  await threads.all([
    ...finish(0, firstMixed, constant(1n)),
    ...finish(firstMixed, firstPrivate, constant(1n, inverseDelta)),
    ...finish(firstPrivate, pairsOf(wires), constant(inverseDelta)),
  ]);
}

/** Adds up each wire's terms, chunk by chunk, each matrix in one thread at a time. */
async function addConstraints(
  machine: Machine,
  plan: ScalarsPlan,
  r1cs: R1cs,
  read: ReadChunk,
  write: (coefficients: Uint8Array, before: number) => Promise<void>,
): Promise<void> {
  const { bytes, threads } = machine;
  const addTerms = (slot: Slot, first: number, count: number): Job[] =>
    MATRICES.map((matrix) =>
      call('fr_addTerms', slot.chunk, count, plan.basis + ELEMENT_BYTES * first, plan.sums[matrix], matrix),
    );
  const written: Promise<void>[] = [];
  for (const [i, chunk] of r1cs.chunks.entries()) {
    const slot = plan.slots[i % 2]!;
    await written[i - 2];
    await read(chunk, bytes.subarray(slot.chunk, slot.chunk + chunk.byteLength));
    await threads.all([
      ...addTerms(slot, chunk.firstConstraint, chunk.constraints),
      call('fr_encodeTerms', slot.chunk, chunk.constraints, chunk.firstConstraint, slot.coefficients),
    ]);
    const end = slot.coefficients + COEFFICIENT_BYTES * chunk.coefficients;
    written.push(write(bytes.subarray(slot.coefficients, end), chunk.firstCoefficient));
    written.at(-1)!.catch(() => {}); // awaited above and below
  }
  await Promise.all(written);
  const rows = publicRows(r1cs.publicSignals);
  bytes.set(rows, plan.slots[0].chunk);
  await threads.all(addTerms(plan.slots[0], r1cs.constraints, r1cs.publicSignals + 1));
}

const publicRowsBytes = (publicSignals: number): number => (publicSignals + 1) * (3 * 4 + 4 + FR_BYTES);

/**
 * The rows `wire * 0 = 0` behind the circuit's own, one for each public signal and the constant, as an R1CS has them.
 */
function publicRows(publicSignals: number): Uint8Array {
  const rows = new DataView(new ArrayBuffer(publicRowsBytes(publicSignals)));
  for (let wire = 0, at = 0; wire <= publicSignals; wire++, at += publicRowsBytes(0)) {
    rows.setUint32(at, 1, true);
    rows.setUint32(at + 4, wire, true);
    rows.setUint32(at + 8, 1, true);
  }
  return new Uint8Array(rows.buffer);
}

const montgomery = (x: bigint): bigint => (x * MONTGOMERY) % FIELD_ORDER;

/** (tau^n - 1) / n: L_x(tau) = x * scale / (tau - x), for x in the group of order n. */
function lagrangeScale(tau: Fr, n: number): Fr {
  let power = tau;
  for (let m = 1; m < n; m *= 2) power = mul(power, power);
  return mul(sub(power, ONE), inverseOrZero(toFr(BigInt(n))));
}
