import { ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import type { Digest } from '../../linea/suite/suite.js';
import type { Trace } from '../../linea/trace/trace.js';

/**
 * The kinds of operations, in the order of their numbers in the log, which begin with 1. The numbers are Linea's types
 * and one more.
 */
export const OPERATION_KINDS = ['read', 'read-zero', 'insert', 'update', 'delete'] as const satisfies Trace['kind'][];

/**
 * An operation as the log has it: by hashes of the key and the values.
 * @see {@link operationLogHash}
 */
export interface LoggedOperation {
  readonly kind: Trace['kind'];
  readonly hKey: Digest;
  /** The value's hash before and after; 0 where there is none. Of a read, both are what was read. */
  readonly before: Digest;
  readonly after: Digest;
}

/** Operations that one step of the log's hash absorbs. */
export const OPERATIONS_A_STEP = 5;

/**
 * What a log of operations on an accumulator is committed to by: circomlib's Poseidon permutation of 17 lanes, five
 * operations a step.
 * @param start what the operations before came to; they are a multiple of 5
 *
 * @example
 * operationLogHash([{ kind: 'read', hKey: 5n, before: 7n, after: 7n }]);
 */
export function operationLogHash(operations: readonly LoggedOperation[], start: Fr = ZERO): Fr {
  let running = start;
  for (let first = 0; first < operations.length; first += OPERATIONS_A_STEP) {
    const step = operations.slice(first, first + OPERATIONS_A_STEP);
    const elements = step.flatMap(({ hKey, before, after }) => [hKey, before, after]);
    const kinds = step.reduce((sum, { kind }, i) => sum + kindNumber(kind) * 8n ** BigInt(i), 0n);
    const padding = Array.from({ length: 3 * OPERATIONS_A_STEP - elements.length }, () => 0n);
    running = poseidon.permute(running, [...elements, ...padding, kinds], 1)[0]!;
  }
  return running;
}

const kindNumber = (kind: Trace['kind']): bigint => BigInt(OPERATION_KINDS.indexOf(kind) + 1);
