import type { Arena } from '../../base/bn254/arena.js';
import { call, ranges } from '../../base/bn254/machine.js';
import type { Machine } from '../../base/bn254/machine.js';
import {
  ELEMENT_BYTES,
  inverseModulo,
  MONTGOMERY,
  PAIR_BYTES,
  powerModulo,
  rootOfUnity,
} from '../../base/bn254/numbers.js';
import { MOST_TERMS } from '../../base/bn254/rows.js';
import type { Job } from '../../base/bn254/threads.js';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { COEFFICIENT_BYTES } from '../setup/zkey-shape.js';
import { Groth16InputError } from './source.js';
import type { Source } from './source.js';
import { VALUE_BYTES } from './witness.js';
import type { Zkey } from './zkey.js';

/** Coefficients to read at once. */
const PIECE = 2 ** 17;
/** Powers in one job. */
const POWERS = 2 ** 14;

/** Memory in which the scalars of H are computed. */
export interface QuotientPlan {
  readonly piece: number;
  /** The polynomials A, B and C. */
  readonly rows: readonly [number, number, number];
  /** Roots of unity, of the ways there and back, and the shift to the coset between them. */
  readonly split: number;
  readonly merge: number;
  readonly shift: number;
  readonly constants: number;
}

export function planQuotient(arena: Arena, { domainSize }: Zkey): QuotientPlan {
  const vector = (): number => arena.take(domainSize * ELEMENT_BYTES);
  return {
    piece: arena.take(PIECE * COEFFICIENT_BYTES),
    rows: [vector(), vector(), vector()],
    split: arena.take((domainSize / 2) * ELEMENT_BYTES),
    merge: vector(),
    shift: vector(),
    constants: arena.take(2 * PAIR_BYTES * (3 * Math.ceil(domainSize / POWERS) + 64)),
  };
}

/**
 * Computes the scalars of H: the values of A * B - C at the odd points of the domain of twice the size, where snarkjs's
 * keys have their points for H.
 * @param witness address of its values
 * @param out address for the scalars, 32 bytes each
 * @throws {Groth16InputError} a coefficient names a constraint or wire that does not exist
 */
export async function computeQuotient(
  machine: Machine,
  plan: QuotientPlan,
  source: Source,
  zkey: Zkey,
  witness: number,
  out: number,
): Promise<void> {
  const { threads } = machine;
  const half = zkey.domainSize / 2;
  const [a, b, c] = plan.rows;
  const parts = 4 * threads.size;
  const tables = threads.all(tableJobs(machine, plan, zkey.domainSize));
  // Awaited below.
  tables.catch(() => {});
  await addRows(machine, plan, source, zkey, witness);
  await threads.all(
    ranges(half, parts).map(({ from, count }) =>
      call('fr_finishRows', ...[a, b, c].map((rows) => rows + from * PAIR_BYTES), count),
    ),
  );
  await tables;
  await transform(machine, plan, half);
  await threads.all(
    ranges(half, parts).map(({ from, count }) =>
      call('fr_join', ...[a, b, c].map((rows) => rows + from * PAIR_BYTES), out + from * VALUE_BYTES, count, half),
    ),
  );
}

function tableJobs(machine: Machine, plan: QuotientPlan, domainSize: number): Job[] {
  const bits = Math.log2(domainSize);
  const jobs: Job[] = [];
  let constants = plan.constants;
  const constant = (x: bigint): number => {
    machine.putPair(constants, (x * MONTGOMERY) % FIELD_ORDER);
    constants += PAIR_BYTES;
    return constants - PAIR_BYTES;
  };
  const powers = (table: number, size: number, factor: bigint, first: bigint, reversedBits: number): void => {
    for (const { from, count } of ranges(size, Math.ceil(size / POWERS))) {
      const start = (first * powerModulo(factor, BigInt(from), FIELD_ORDER)) % FIELD_ORDER;
      jobs.push(call('fr_powers', table, from, count, constant(start), constant(factor), reversedBits));
    }
  };
  const root = rootOfUnity(domainSize);
  powers(plan.split, domainSize / 2, inverseModulo(root, FIELD_ORDER), 1n, bits - 1);
  powers(plan.shift, domainSize, rootOfUnity(2 * domainSize), inverseModulo(BigInt(domainSize), FIELD_ORDER), bits);
  for (let size = 1; size < domainSize; size *= 2)
    powers(plan.merge + size * ELEMENT_BYTES, size, rootOfUnity(2 * size), 1n, 0);
  return jobs;
}

async function addRows(
  machine: Machine,
  plan: QuotientPlan,
  source: Source,
  zkey: Zkey,
  witness: number,
): Promise<void> {
  const { threads } = machine;
  const { count, position } = zkey.coefficients;
  for (let from = 0; from < count; from += PIECE) {
    const length = Math.min(PIECE, count - from);
    const bytes = machine.bytes.subarray(plan.piece, plan.piece + length * COEFFICIENT_BYTES);
    await source.read(bytes, position + from * COEFFICIENT_BYTES);
    const constraints = readConstraints(bytes, zkey, source.name);
    const half = zkey.domainSize / 2;
    const rows = (start: number, end: number, terms: number): Job =>
      call(
        'fr_rows',
        plan.piece + start * COEFFICIENT_BYTES,
        end - start,
        witness,
        plan.rows[0],
        plan.rows[1],
        half,
        terms,
      );
    // No two threads add to the same constraint if the constraints are in order, as in keys made by snarkjs.
    const isSorted = constraints.every((constraint, i) => i === 0 || constraint >= constraints[i - 1]!);
    if (!isSorted) {
      await threads.run(rows(0, length, 1));
      continue;
    }
    let start = 0;
    const jobs = ranges(length, threads.size).map((range) => {
      let end = Math.max(start, range.from + range.count);
      while (end > 0 && end < length && constraints[end] === constraints[end - 1]) end++;
      const job = rows(start, end, MOST_TERMS);
      start = end;
      return job;
    });
    await threads.all(jobs);
  }
}

/** The constraints of the coefficients. All are checked, because the kernel would write to any address. */
function readConstraints(bytes: Uint8Array, { domainSize, wires }: Zkey, name: string): Uint32Array {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const WORDS = COEFFICIENT_BYTES / 4;
  const constraints = new Uint32Array(words.length / WORDS);
  for (let i = 0, at = 0; i < constraints.length; i++, at += WORDS) {
    const matrix = words[at]!;
    const constraint = words[at + 1]!;
    const wire = words[at + 2]!;
    if (matrix > 1 || constraint >= domainSize || wire >= wires) {
      throw new Groth16InputError(
        `${name} is damaged: a coefficient is of matrix ${matrix}, constraint ${constraint}, wire ${wire}`,
      );
    }
    constraints[i] = constraint;
  }
  return constraints;
}

/** To coefficients, and to values at the points between. */
async function transform(
  { threads }: Machine,
  { rows, split, merge, shift }: QuotientPlan,
  half: number,
): Promise<void> {
  const parts = Math.ceil((4 * threads.size) / 3);
  const each = (jobs: (pairs: number) => readonly Job[]): Promise<void> => threads.all(rows.flatMap(jobs));
  const slices = (length: number): { readonly from: number; readonly count: number }[] =>
    ranges(length, Math.min(parts, Math.ceil(length / 64)));
  /** All threads share this many layers; each block below is done by one thread. */
  const depth = Math.max(0, Math.min(Math.ceil(Math.log2(parts)), Math.log2(half) - 6));
  const blocks = Array.from({ length: 2 ** depth }, (_, i) => i);
  const block = half / 2 ** depth;

  await each((pairs) => slices(half).map(({ from, count }) => call('fr_firstLayer', pairs + from * PAIR_BYTES, count)));
  for (let layer = 0; layer < depth; layer++) {
    const length = half / 2 ** layer;
    await each((pairs) =>
      blocks
        .slice(0, 2 ** layer)
        .flatMap((number) =>
          slices(length / 2).map(({ from, count }) =>
            call('fr_splitLayer', pairs + number * length * PAIR_BYTES, length, number, 2 ** layer, split, from, count),
          ),
        ),
    );
  }
  await each((pairs) =>
    blocks.map((number) => call('fr_splitAll', pairs + number * block * PAIR_BYTES, block, number, 2 ** depth, split)),
  );
  await each((pairs) => slices(half).map(({ from, count }) => call('fr_scale', pairs, from, count, shift, half)));
  await each((pairs) => blocks.map((number) => call('fr_mergeAll', pairs + number * block * PAIR_BYTES, block, merge)));
  for (let layer = depth - 1; layer >= 0; layer--) {
    const length = half / 2 ** layer;
    await each((pairs) =>
      blocks
        .slice(0, 2 ** layer)
        .flatMap((number) =>
          slices(length / 2).map(({ from, count }) =>
            call('fr_mergeLayer', pairs + number * length * PAIR_BYTES, length, merge, from, count),
          ),
        ),
    );
  }
  await each((pairs) =>
    slices(half).map(({ from, count }) => call('fr_lastLayer', pairs, from, count, merge + half * ELEMENT_BYTES)),
  );
}
