import type { Entry } from '../batch/batch.js';
import { toUint256 } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Digest } from '../tree/node.js';
import { valueAt } from '../tree/read.js';
import type { FoundPath } from '../tree/read.js';
import type { TreeScheme } from '../tree/scheme.js';
import type { NodeReader } from '../tree/store.js';
import { HashDbError } from './driver.js';

/**
 * Where a state is read from: a tree's nodes, and what its leaves stand for.
 * @see {@link changeOf}
 */
export interface StateReader extends NodeReader {
  readonly scheme: TreeScheme;
  /**
   * The entries that leaves stand for, in their order; `undefined` for one that was committed without.
   * @throws {MissingNodeError} one of the leaves is not there
   */
  entriesOf(leaves: readonly Digest[]): Promise<readonly (Entry | undefined)[]>;
}

/** A leaf's value is known only by its hash: it was committed without its preimage. */
export class MissingPreimageError extends HashDbError {
  override readonly name = 'MissingPreimageError';
  constructor(treeKey: bigint, leafValue: bigint) {
    super(`the database has no value for leaf value ${leafValue} of tree key ${treeKey}`);
  }
}

/**
 * The values of entries, found by the paths of their tree keys; 0 for those that are absent.
 * @throws {MissingPreimageError} a value was committed without its preimage
 */
export async function valuesAt(
  reader: StateReader,
  treeKeys: readonly bigint[],
  paths: readonly FoundPath[],
): Promise<Uint256[]> {
  const isPresent = (path: FoundPath, i: number): boolean => valueAt(path, treeKeys[i]!) !== 0n;
  const entries = await reader.entriesOf(paths.filter(isPresent).map(({ digest }) => digest));
  let next = 0;
  return paths.map((path, i) => {
    if (!isPresent(path, i)) return toUint256(0n);
    const entry = entries[next++];
    if (entry === undefined) throw new MissingPreimageError(treeKeys[i]!, valueAt(path, treeKeys[i]!));
    return entry.value;
  });
}
