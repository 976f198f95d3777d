import type * as grpc from '@grpc/grpc-js';
import type { EntryKey } from '../state/batch/access.js';
import { treeKeys } from '../state/batch/encoding.js';
import type { Uint256 } from '../base/field/limbs.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import { word } from '../state/hashdb/record.js';
import { proveMany } from '../state/tree/multi-proof.js';
import type { Digest } from '../state/tree/node.js';
import type { Batches } from './batches.js';
import { invalid, unary } from './calls.js';
import type { OnBug } from './options.js';
import { readEntry, readEntryKey, readWord } from './state-messages.js';
import type {
  BatchRequest,
  EntryKeyMessage,
  GetRequest,
  ListRootsRequest,
  ProveRequest,
  RootMessage,
  SetRequest,
} from './state-messages.js';

const LARGEST_PAGE = 1000;
/** Each takes its hashes and its path through the tree, while other clients wait. */
const KEYS_READ = 10_000;
/** A proof for so many keys stays below the 4 MiB that most clients take at once. */
const KEYS_PROVEN = 4096;

export interface StateServiceOptions {
  readonly db: HashDb;
  readonly batches: Batches;
  /** After how many seconds of silence a batch is dropped. */
  readonly expiresAfter: number;
  readonly onBug: OnBug;
}

/** The service of protos/rootshift/state/v1/state.proto. */
export function stateService({
  db,
  batches,
  expiresAfter,
  onBug,
}: StateServiceOptions): grpc.UntypedServiceImplementation {
  return {
    Status: unary(onBug, () => status(db, batches)),
    ListRoots: unary(onBug, (request: ListRootsRequest) => listRoots(db, request)),
    Get: unary(onBug, (request: GetRequest) => get(db, batches, request)),
    Prove: unary(onBug, (request: ProveRequest) => prove(db, request)),
    Begin: unary(onBug, async ({ batch }: BatchRequest) => {
      if (batch === '') {
        const { id, root } = await batches.begin();
        return { batch: id, expiresAfter, root: word(root) };
      }
      await batches.beginPart(batch);
      return { batch, expiresAfter };
    }),
    Set: unary(onBug, async ({ batch, entries }: SetRequest) => {
      await batches.set(
        batch,
        entries.map((entry, i) => readEntry(entry, `entries[${i}]`)),
      );
      return {};
    }),
    Flush: unary(onBug, async ({ batch }: BatchRequest) => {
      const record = await batches.flush(batch);
      return record === null ? {} : { root: word(record.root), number: record.number };
    }),
    Cancel: unary(onBug, async ({ batch }: BatchRequest) => {
      await batches.cancel(batch);
      return {};
    }),
  };
}

async function status(db: HashDb, batches: Batches) {
  const [{ root, number, entries }, nodes, bytesOnDisk] = await Promise.all([
    db.current(),
    db.nodeCount(),
    db.sizeOnDisk(),
  ]);
  return {
    root: word(root),
    number,
    entries,
    nodes,
    bytesOnDisk,
    bitsPerLevel: db.scheme.bitsPerLevel,
    batches: batches.open,
  };
}

async function listRoots(
  db: HashDb,
  { from, limit }: ListRootsRequest,
): Promise<{ roots: RootMessage[]; more: boolean }> {
  const most = Math.min(limit === 0 ? LARGEST_PAGE : limit, LARGEST_PAGE);
  const names = await db.roots.names();
  const roots: RootMessage[] = [];
  // Larger numbers are not exact here, and no history is that long.
  for await (const { root, parent, ...record } of db.roots.since(Math.min(from, Number.MAX_SAFE_INTEGER))) {
    if (roots.length === most) return { roots, more: true };
    const own = [...names].filter(([, named]) => named === root).map(([name]) => name);
    roots.push({ ...record, root: word(root), parent: word(parent), names: own });
  }
  return { roots, more: false };
}

async function get(db: HashDb, batches: Batches, request: GetRequest) {
  const { length } = request.keys;
  if (length > KEYS_READ) invalid('keys', `at most ${KEYS_READ} keys`, String(length));
  const entries = readKeys(request.keys);
  if (request.batch !== undefined) {
    const values = await batches.getMany(request.batch, entries);
    return { values: values.map(word) };
  }
  const root = await rootOf(db, request.root);
  const values = await db.entryValues(root, await treeKeys(entries));
  return { values: values.map(word), root: word(root) };
}

async function prove(db: HashDb, request: ProveRequest) {
  const { length } = request.keys;
  if (length < 1 || length > KEYS_PROVEN) invalid('keys', `1 to ${KEYS_PROVEN} keys`, String(length));
  const keys = await treeKeys(readKeys(request.keys));
  const root = await rootOf(db, request.root);
  const ascending = [...new Set<bigint>(keys)].sort((a, b) => (a < b ? -1 : 1));
  const { shape, siblings, otherLeaves } = await db.reading(root, () => proveMany(db, db.scheme, root, ascending));
  const values: Uint256[] = await db.entryValues(root, keys);
  return {
    root: word(root),
    values: values.map(word),
    proof: {
      shape,
      siblings: siblings.map(word),
      otherLeaves: otherLeaves.map(({ key, value }) => ({ treeKey: word(key), leafValue: word(value) })),
      bitsPerLevel: db.scheme.bitsPerLevel,
    },
  };
}

const readKeys = (keys: readonly EntryKeyMessage[]): EntryKey[] =>
  keys.map((key, i) => readEntryKey(key, `keys[${i}]`));

/** The root that is asked for, if the database has it; the current one if none is. */
async function rootOf(db: HashDb, wanted: Uint8Array | undefined): Promise<Digest> {
  const current = (await db.current()).root;
  const root = wanted === undefined ? current : readWord(wanted, 'root');
  return root === current ? current : (await db.roots.find(root)).root;
}
