import { ACCOUNT_TRIE, STORAGE_TRIE } from '../../linea/suite/kind.js';
import type { TrieKind } from '../../linea/suite/kind.js';
import { POSEIDON_BN254 } from '../../linea/suite/poseidon.js';
import type { Hex } from '../../linea/suite/suite.js';
import type { Trace } from '../../linea/trace/trace.js';
import type { LoggedOperation } from './operation-log.js';

/**
 * An operation by its key and values themselves: what one has to know of a trace to verify a proof of it.
 * @see {@link rawOperation}
 */
export interface RawOperation {
  readonly kind: Trace['kind'];
  readonly key: Hex;
  /** The values before and after; null where there is none. Of a read, both are what was read. */
  readonly before: Hex | null;
  readonly after: Hex | null;
}

/**
 * What a trace does, without its paths.
 *
 * @example
 * const operations = lineaTraces.map(rawOperation);
 */
export function rawOperation(trace: Trace): RawOperation {
  const { kind, key } = trace;
  switch (trace.kind) {
    case 'read':
      return { kind, key, before: trace.value, after: trace.value };
    case 'read-zero':
      return { kind, key, before: null, after: null };
    case 'insert':
      return { kind, key, before: null, after: trace.value };
    case 'update':
      return { kind, key, before: trace.oldValue, after: trace.newValue };
    case 'delete':
      return { kind, key, before: trace.deletedValue, after: null };
  }
}

/** What the trie of a location holds: `0x` is the account trie. */
export const kindOf = (location: Hex): TrieKind => (location === '0x' ? ACCOUNT_TRIE : STORAGE_TRIE);

/**
 * Hashes the keys and values of operations, as the suite poseidon-bn254 does.
 * @throws {EncodingRangeError} a value cannot be hashed by the suite
 *
 * @example
 * operationLogHash(await loggedOperations('0x', lineaTraces.map(rawOperation)));
 */
export async function loggedOperations(location: Hex, operations: readonly RawOperation[]): Promise<LoggedOperation[]> {
  const kind = kindOf(location);
  const hKeys = await kind.hashKeys(
    POSEIDON_BN254,
    operations.map(({ key }) => key),
  );
  const values = operations.flatMap(({ before, after }) => [before, after].filter((value) => value !== null));
  const hVals = await kind.hashValues(POSEIDON_BN254, values);
  let used = 0;
  const hashOf = (value: Hex | null): bigint => (value === null ? 0n : hVals[used++]!);
  return operations.map((operation, i) => ({
    kind: operation.kind,
    hKey: hKeys[i]!,
    before: hashOf(operation.before),
    after: hashOf(operation.after),
  }));
}
