import { ONE, ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { RulesSignal } from '../../machine/circuit/rules-catalogue.js';
import type { Access } from '../../state/batch/access.js';
import { logHash } from '../../state/batch/log.js';
import { recordsPolynomial, transactionsHash } from './records.js';
import type { RecordElements } from './records.js';

/**
 * The public signals of a rules proof.
 * @see {@link rulesPublics}
 */
export type RulesPublics = Readonly<Record<RulesSignal, Fr>>;

/**
 * What a chunk goes on from: its batch's start, or what the chunk before it came to.
 * @see {@link rulesPublics}
 */
export type RulesStart = Pick<RulesPublics, 'logHashIn' | 'txHashIn' | 'dataIn' | 'carryIn'>;

/**
 * Where the first chunk of a batch starts.
 *
 * @example
 * transactionsHash([]) === BATCH_START.txHashIn; // true
 */
export const BATCH_START: RulesStart = { logHashIn: ZERO, txHashIn: ZERO, dataIn: ONE, carryIn: ZERO };

/** A chunk of a batch: a number of rows that is a multiple of three, but for the last chunk. */
export interface RulesChunk {
  readonly start: RulesStart;
  /** The accesses that the rows make. */
  readonly accesses: readonly Access[];
  /** The rows' records. */
  readonly records: readonly RecordElements[];
  readonly carryOut: Fr;
  readonly x: Fr;
  /** `contextHash` of the batch. */
  readonly context: Fr;
}

/**
 * The public signals of a chunk's proof.
 * @throws {RangeError} a number of an access or a record is out of its range
 *
 * @example
 * const [x, carryOut] = [toFr(7n), toFr(0n)];
 * const chunk = { start: BATCH_START, accesses: [], records: [], carryOut, x, context: contextHash(context) };
 * rulesPublics(chunk).txHash;
 */
export const rulesPublics = ({ start, accesses, records, carryOut, x, context }: RulesChunk): RulesPublics => ({
  ...start,
  logHash: logHash(accesses, start),
  txHash: transactionsHash(records, start),
  x,
  dataOut: recordsPolynomial(x, records, start),
  carryOut,
  context,
});
