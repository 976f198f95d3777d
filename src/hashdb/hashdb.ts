import { type EntryKey } from '../batch/access.js';
import { toUint256, type Uint256 } from '../field/limbs.js';
import { type Digest, EMPTY, type Node } from '../tree/node.js';
import { readPath, valueAt } from '../tree/read.js';
import { arityOf, type TreeScheme } from '../tree/scheme.js';
import { MissingNodeError, type NodeReader, nodesUnder } from '../tree/store.js';
import { Cache } from './cache.js';
import {
  DamagedRecordError,
  decodeEntryKey,
  decodeHead,
  decodeNode,
  decodeRoot,
  decodeValue,
  encodeEntryKey,
  encodeHead,
  encodeNode,
  encodeRoot,
  encodeValue,
  keys,
  type RootRecord,
  ROOTS,
  seal,
  unseal,
} from './codec.js';
import { type Driver, HashDbError } from './driver.js';
import { checkFormat } from './format.js';

/** A new state: what it adds to the one before. */
export interface Commit {
  /** The root that the new one was made from: the current one, or the commit is refused. */
  readonly parent: Digest;
  readonly root: Digest;
  /** The nodes under `root` that the database may not have yet. Others among them are not kept. */
  readonly nodes: ReadonlyMap<Digest, Node>;
  /** Tree key to the entry it names, for the entries that were created. */
  readonly keyPreimages: ReadonlyMap<bigint, EntryKey>;
  /** What a leaf holds to the value it stands for, for the values that were written. */
  readonly valuePreimages: ReadonlyMap<bigint, Uint256>;
  /** Present leaves under `root`, less those under `parent`. */
  readonly entriesDelta: number;
  readonly origin: 'load' | 'prove';
}

/** The state moved on: what was to be committed was made from a root that is no longer current. */
export class RootConflictError extends HashDbError {
  override readonly name = 'RootConflictError';
  constructor(
    readonly expected: Digest,
    readonly current: Digest,
  ) {
    super(`expected to commit onto root ${expected}, but the current root is ${current}`);
  }
}

/** A leaf's value is known only by its hash: it was committed without its preimage. */
export class MissingPreimageError extends HashDbError {
  override readonly name = 'MissingPreimageError';
  constructor(treeKey: bigint, leafValue: bigint) {
    super(`the database has no value for leaf value ${leafValue} of tree key ${treeKey}`);
  }
}

/** About 10 MB of binary nodes: the top 14 levels of a tree, and some. */
const CACHED_NODES = 1 << 15;

/**
 * A tree's nodes by their hash, the preimages of its keys and values, and the history of its roots.
 * Nodes are never changed or deleted: every root in the history stays readable, and readers need not
 * know about writers.
 */
export class HashDb implements NodeReader {
  private readonly cache = new Cache<Digest, Node>(CACHED_NODES);

  private constructor(
    private readonly driver: Driver,
    readonly scheme: TreeScheme,
  ) {}

  /**
   * Opens the database that `driver` holds. From here on the driver is the database's: it closes it,
   * also when it refuses to open.
   * @param options.createIfMissing makes an empty database of an empty store
   * @throws {NoDatabaseError} the store is empty, and nothing was to be created
   * @throws {NotADatabaseError} the store holds something else
   * @throws {DatabaseVersionError} a database of another version
   * @throws {DatabaseSchemeError} a database of another scheme's tree
   */
  static async open(
    driver: Driver,
    scheme: TreeScheme,
    { createIfMissing = false }: { readonly createIfMissing?: boolean } = {},
  ): Promise<HashDb> {
    try {
      await checkFormat(driver, scheme.id, createIfMissing);
    } catch (error) {
      await driver.close();
      throw error;
    }
    return new HashDb(driver, scheme);
  }

  /** @throws {MissingNodeError} a node is not in the database  @throws {DamagedRecordError} */
  async getNodes(digests: readonly Digest[]): Promise<readonly Node[]> {
    const nodes = digests.map((digest) => this.cache.get(digest));
    const absent = digests.filter((_, i) => nodes[i] === undefined);
    const fetched = absent.length > 0 ? await this.readBodies(absent.map(keys.node)) : [];
    let next = 0;
    return nodes.map((cached, i) => cached ?? this.decode(digests[i] as Digest, fetched[next++]));
  }

  private decode(digest: Digest, body: Uint8Array | undefined): Node {
    if (body === undefined) throw new MissingNodeError(digest);
    const node = decodeNode(keys.node(digest), body, arityOf(this.scheme));
    this.cache.set(digest, node);
    return node;
  }

  /** The newest root. */
  async current(): Promise<RootRecord> {
    const [head] = await this.readBodies([keys.head]);
    if (head === undefined) throw new DamagedRecordError(keys.head, 'is missing');
    const key = keys.root(decodeHead(head));
    const [root] = await this.readBodies([key]);
    if (root === undefined) throw new DamagedRecordError(key, 'is missing');
    return decodeRoot(key, root);
  }

  /** Every root there has been, oldest first; the first is the empty tree's. */
  async history(): Promise<RootRecord[]> {
    const roots: RootRecord[] = [];
    for await (const [key, record] of this.driver.iterate(ROOTS.from, ROOTS.before)) {
      roots.push(decodeRoot(key, unseal(key, record)));
    }
    return roots;
  }

  /**
   * Makes a new root current, with its nodes and preimages: all of it or, if it fails, nothing.
   * @returns the new root's record
   * @throws {RootConflictError} `parent` is not the current root, or ceased to be it meanwhile
   * @throws {MissingNodeError} `root` is neither among `nodes` nor in the database
   */
  async commit(commit: Commit): Promise<RootRecord> {
    const before = await this.current();
    if (before.root !== commit.parent) throw new RootConflictError(commit.parent, before.root);
    if (commit.root !== EMPTY && !commit.nodes.has(commit.root)) await this.getNodes([commit.root]);
    const nodes = await this.withoutThoseHeld(nodesUnder(commit.root, commit.nodes), keys.node, encodeNode);
    const number = before.number + 1;
    const record: RootRecord = {
      number,
      root: commit.root,
      parent: commit.parent,
      entries: before.entries + commit.entriesDelta,
      nodes: before.nodes + nodes.length,
      origin: commit.origin,
    };
    const made = await this.driver.writeIf(
      { key: keys.head, value: seal(keys.head, encodeHead(before.number)) },
      [
        ...nodes,
        ...(await this.withoutThoseHeld(commit.keyPreimages, keys.keyPreimage, encodeEntryKey)),
        ...(await this.withoutThoseHeld(commit.valuePreimages, keys.valuePreimage, encodeValue)),
        put(keys.root(number), encodeRoot(record)),
        put(keys.head, encodeHead(number)),
      ],
    );
    if (!made) throw new RootConflictError(commit.parent, (await this.current()).root);
    return record;
  }

  /** The entry that a tree key names, if an entry with that key was ever committed. */
  async keyPreimage(treeKey: bigint): Promise<EntryKey | undefined> {
    const key = keys.keyPreimage(treeKey);
    const [body] = await this.readBodies([key]);
    return body && decodeEntryKey(key, body);
  }

  /** The value that each of many leaves' values stands for, if it was ever committed; in their order. */
  async valuePreimages(leafValues: readonly bigint[]): Promise<(Uint256 | undefined)[]> {
    const names = leafValues.map(keys.valuePreimage);
    const bodies = await this.readBodies(names);
    return bodies.map((body, i) => body && decodeValue(names[i] as Uint8Array, body));
  }

  /**
   * An entry's value under any root of the history; 0 if it is absent.
   * @throws {MissingNodeError} `root` is not one of the database's
   * @throws {MissingPreimageError} the value's preimage was never committed
   */
  async entryValue(root: Digest, treeKey: bigint): Promise<Uint256> {
    const leafValue = valueAt(await readPath(this, this.scheme, root, treeKey), treeKey);
    if (leafValue === 0n) return toUint256(0n);
    const [value] = await this.valuePreimages([leafValue]);
    if (value === undefined) throw new MissingPreimageError(treeKey, leafValue);
    return value;
  }

  /** Bytes taken. */
  sizeOnDisk(): Promise<number> {
    return this.driver.sizeOnDisk();
  }

  close(): Promise<void> {
    return this.driver.close();
  }

  private async readBodies(wanted: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const records = await this.driver.getMany(wanted);
    return records.map((record, i) => record && unseal(wanted[i] as Uint8Array, record));
  }

  /** The records of `content` that the database lacks: what is named by its hash is written once. */
  private async withoutThoseHeld<V>(
    content: ReadonlyMap<bigint, V>,
    keyOf: (name: bigint) => Uint8Array,
    encode: (value: V) => Uint8Array,
  ) {
    const records = [...content].map(([name, value]) => put(keyOf(name), encode(value)));
    const held = await this.driver.getMany(records.map(({ key }) => key));
    return records.filter((_, i) => held[i] === undefined);
  }
}

const put = (key: Uint8Array, body: Uint8Array) => ({ key, value: seal(key, body) });
