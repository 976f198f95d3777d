import { ONE, ZERO, add, mul, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';

/**
 * What a transaction is, as field elements: all records of one set of rules have the same number of them.
 * @see {@link transactionsHash}
 */
export type RecordElements = readonly Fr[];

/**
 * Records that one step of the transactions' sponge absorbs.
 *
 * @example
 * Math.ceil(instructions.length / RECORDS_PER_STEP); // steps of the sponge over a batch
 */
export const RECORDS_PER_STEP = 3;

/**
 * ASCII "rootshift/transactions", read big-endian: the first input of every step, so that no other sponge has its
 * steps.
 * @see {@link transactionsHash}
 */
export const TRANSACTIONS_DOMAIN = toFr(BigInt(`0x${asciiHex('rootshift/transactions')}`));

/** Records of one batch that have different numbers of elements. */
export class RecordShapeError extends RangeError {
  override readonly name = 'RecordShapeError';
}

/**
 * The commitment to a list of records: a Poseidon sponge with its running value in the capacity lane, as the access
 * log's. A step takes the domain and three records. Only the last step may be short of three; what it lacks is 0, which
 * no record is.
 * @param options `txHashIn`: the commitment to the records before these, whose number is a multiple of three
 * @throws {RecordShapeError} the records have different numbers of elements
 * @throws {RangeError} an element or `txHashIn` is not reduced
 *
 * @example
 * transactionsHash([[5n, 7n].map(toFr)]);
 */
export function transactionsHash(
  records: readonly RecordElements[],
  { txHashIn = ZERO }: { readonly txHashIn?: bigint | undefined } = {},
): Fr {
  const width = widthOf(records);
  let running = toFr(txHashIn);
  for (let first = 0; first < records.length; first += RECORDS_PER_STEP) {
    const inputs = Array.from({ length: 1 + RECORDS_PER_STEP * width }, () => ZERO);
    const step = records.slice(first, first + RECORDS_PER_STEP).flat();
    inputs.splice(0, 1 + step.length, TRANSACTIONS_DOMAIN, ...step);
    running = poseidon.permute(running, inputs, 1)[0]!;
  }
  return running;
}

/**
 * The records as a polynomial, evaluated at `x` by Horner's rule over the elements of each, in order. It begins at 1,
 * so that it is monic: length and leading zeros count.
 *
 * Equal values show equal records only if `x` was drawn after both were fixed: as a hash of the final `logHash`,
 * the final `txHash` and the posted data.
 * @param options `dataIn`: the value after the records before these; 1 for the first
 * @throws {RangeError} a number is not reduced
 *
 * @example
 * recordsPolynomial(12345n, [[5n, 7n].map(toFr)]);
 */
export function recordsPolynomial(
  x: bigint,
  records: readonly RecordElements[],
  { dataIn = ONE }: { readonly dataIn?: bigint | undefined } = {},
): Fr {
  const point = toFr(x);
  return records.flat().reduce<Fr>((sum, element) => add(mul(sum, point), toFr(element)), toFr(dataIn));
}

function widthOf(records: readonly RecordElements[]): number {
  const width = records[0]?.length ?? 0;
  const odd = records.findIndex((record) => record.length !== width);
  if (odd === -1) return width;
  throw new RecordShapeError(`record ${odd}: expected ${width} elements as in record 0, got ${records[odd]!.length}`);
}

function asciiHex(text: string): string {
  return Array.from(text, (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
