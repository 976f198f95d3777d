import { describeEntry } from '../batch/access.js';
import type { EntryKey } from '../batch/access.js';
import { EMPTY } from '../tree/node.js';
import type { Digest, Node } from '../tree/node.js';
import { MissingNodeError } from '../tree/store.js';
import { walk } from '../tree/walk.js';
import type { Place } from '../tree/walk.js';
import { encodeTreeKey, keys } from './codec.js';
import { HashDbError, sameBytes } from './driver.js';
import type { StoredNode } from './node-record.js';
import { MissingPreimageError } from './reader.js';
import { put } from './seal.js';
import type { Records } from './records.js';

/** Entries that are named in the message, at most. */
const NAMED = 3;

/** The index, by which entries are listed, lacks some that the tree has. */
export class IncompleteIndexError extends HashDbError {
  override readonly name = 'IncompleteIndexError';
  /** @param missing the first of them */
  constructor(missing: readonly EntryKey[], count: number) {
    const named = missing.map((entry) => `the ${describeEntry(entry)}`).join(', ');
    super(
      `the database is damaged: its index lacks ${named}${count > missing.length ? ` and ${count - missing.length} more` : ''}`,
    );
  }
}

/**
 * Holds the index to the tree with a root: it has each entry, or each of an address.
 * @returns the number of entries
 * @throws {IncompleteIndexError} it names some that the index lacks
 * @throws {MissingPreimageError} an entry was committed without its preimages, and so is in no index
 * @throws {MissingNodeError | DamagedRecordError}
 */
export async function checkIndexed(records: Records, root: Digest, address?: bigint): Promise<number> {
  const missing: EntryKey[] = [];
  let found = 0;
  let lacking = 0;
  const visit = async (places: readonly Place[]): Promise<Node[]> => {
    const nodes = (await records.nodes(places.map(({ digest }) => digest))).map((node, i): StoredNode => {
      if (node === undefined) throw new MissingNodeError(places[i]!.digest);
      return node;
    });
    const wanted = nodes.flatMap(({ node, entry }) => {
      if (node.kind !== 'leaf') return [];
      if (entry === null) throw new MissingPreimageError(node.key, node.value);
      return address === undefined || entry.address === address
        ? [{ entry, record: put(keys.entry(entry), encodeTreeKey(node.key)) }]
        : [];
    });
    const held = await records.driver.getMany(wanted.map(({ record }) => record.key));
    for (const [i, { entry, record }] of wanted.entries()) {
      found++;
      if (sameBytes(held[i], record.value)) continue;
      lacking++;
      if (missing.length < NAMED) missing.push(entry);
    }
    return nodes.map(({ node }) => node);
  };
  await walk(records.scheme, root, EMPTY, visit, async () => []);
  if (lacking > 0) throw new IncompleteIndexError(missing, lacking);
  return found;
}
