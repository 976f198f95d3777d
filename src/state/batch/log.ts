import { ONE, ZERO, add, mul, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import type { Access } from './access.js';
import { accessElements } from './encoding.js';

/** Accesses that one permutation absorbs. A batch may be cut into chunks at multiples of this. */
export const ACCESSES_PER_STEP = 3;

const ELEMENTS_PER_ACCESS = 5;

/** An access's two flag bits; a padding access has 0. */
const OP_FLAGS = { read: 1n, write: 2n } as const;

/**
 * The commitment to a list of accesses: a Poseidon sponge of 16 inputs a step, its running value in
 * the capacity lane.
 *
 * A step takes three accesses: five elements each, in order, and one element with the flags of the
 * three, two bits an access, the first access lowest. Only the last step may be short of three; what
 * it lacks is 0, flags included.
 *
 * @throws {RangeError} a number of an access is out of its range, or `logHashIn` is not reduced
 * @param options `logHashIn`: the commitment to the accesses before these, whose number is a multiple of three
 *
 * @example
 * logHash([{ op: 'write', address: 0n, kind: 'storage', slot: 1n, value: 100n }]);
 */
export function logHash(
  accesses: readonly Access[],
  { logHashIn = ZERO }: { readonly logHashIn?: bigint | undefined } = {},
): Fr {
  return steps(accesses).reduce((running, step) => poseidon.permute(running, step, 1)[0]!, toFr(logHashIn));
}

/**
 * `logHash`, in another thread if one has nothing to do.
 * @throws what `logHash` throws
 */
export const logHashElsewhere = async (
  accesses: readonly Access[],
  { logHashIn = ZERO }: { readonly logHashIn?: bigint | undefined } = {},
): Promise<Fr> => poseidon.absorb(logHashIn, steps(accesses));

/** What each step takes. */
const steps = (accesses: readonly Access[]): Fr[][] =>
  Array.from({ length: Math.ceil(accesses.length / ACCESSES_PER_STEP) }, (_, step) =>
    stepInputs(accesses.slice(step * ACCESSES_PER_STEP, (step + 1) * ACCESSES_PER_STEP)),
  );

function stepInputs(step: readonly Access[]): Fr[] {
  const inputs = Array.from({ length: ACCESSES_PER_STEP * ELEMENTS_PER_ACCESS }, () => ZERO);
  let flags = 0n;
  step.forEach((access, i) => {
    inputs.splice(i * ELEMENTS_PER_ACCESS, ELEMENTS_PER_ACCESS, ...accessElements(access));
    flags |= OP_FLAGS[access.op] << BigInt(2 * i);
  });
  return [...inputs, toFr(flags)];
}

/**
 * The polynomial of the batch's writes, evaluated at `x` by Horner's rule over the five elements of
 * each write; reads are skipped. It begins at 1, so that it is monic: length and leading zeros count.
 *
 * Equal values show equal writes only if `x` was drawn after both lists of writes were fixed: as a hash of
 * the one's `logHash` and of the other, like `batchPoint` and `readsPoint`. Whoever knows `x` beforehand
 * finds another write with the same value at once.
 *
 * @param x a hash of the log's commitment and of the data that it is compared with
 * @throws {RangeError} a number of an access is out of its range, or `x` or `dataIn` is not reduced
 * @param options `dataIn`: the value after the accesses before these; 1 for the first
 *
 * @example
 * dataPolynomial(12345n, [{ op: 'write', address: 0n, kind: 'storage', slot: 1n, value: 100n }]);
 */
export function dataPolynomial(
  x: bigint,
  accesses: readonly Access[],
  { dataIn = ONE }: { readonly dataIn?: bigint | undefined } = {},
): Fr {
  const point = toFr(x);
  return accesses
    .filter((access) => access.op === 'write')
    .flatMap(accessElements)
    .reduce<Fr>((sum, element) => add(mul(sum, point), element), toFr(dataIn));
}
