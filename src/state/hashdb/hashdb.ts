import type { Entry } from '../batch/batch.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { EMPTY } from '../tree/node.js';
import type { Digest, Node } from '../tree/node.js';
import { readPaths } from '../tree/read.js';
import type { TreeScheme } from '../tree/scheme.js';
import { MissingNodeError, nodesUnder } from '../tree/store.js';
import { Cache } from './cache.js';
import { keys } from './codec.js';
import { ContentWriter } from './content.js';
import type { Content } from './content.js';
import { HashDbError } from './driver.js';
import type { Driver } from './driver.js';
import { check } from './check.js';
import type { CheckOptions, CheckReport, RepairSource } from './check-report.js';
import { checkFormat } from './format.js';
import { checkIndexed } from './indexed.js';
import { listEntries } from './listing.js';
import type { ListOptions } from './listing.js';
import type { StoredNode } from './node-record.js';
import { valuesAt } from './reader.js';
import type { StateReader } from './reader.js';
import { Parts } from './state-parts.js';
import { prune } from './prune.js';
import type { Pruned, PruneOptions } from './prune.js';
import { DamagedRecordError } from './record.js';
import { put } from './seal.js';
import { Records } from './records.js';
import { encodeRoot } from './root-record.js';
import type { Origin, RootRecord } from './root-record.js';
import { Roots } from './roots.js';
import { Staging } from './staging.js';
import { Closing } from '../../base/tasks/closing.js';

/**
 * A new state: what it adds to the one before.
 * @see {@link HashDb}
 */
export interface Commit extends Content {
  /** The root that the new one was made from: the current one, or the commit is refused. */
  readonly parent: Digest;
  readonly root: Digest;
  /**
   * The nodes under `root` that are not under `parent`. Others among them are not kept. A leaf without
   * preimages is kept without the entry that it stands for, which then can be neither read nor listed.
   */
  readonly nodes: ReadonlyMap<Digest, Node>;
  /** Present leaves under `root`, less those under `parent`. */
  readonly entriesDelta: number;
  readonly origin: Exclude<Origin, 'empty' | 'rebuilt'>;
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

/** Bytes of decoded nodes that are kept in memory: those of a tree's top 17 levels, if it is binary. */
const CACHED_BYTES = 1 << 26;

/** What a node takes in memory, about: objects, 48 bytes a number, and a place in the map. */
const memoryOf = ({ node, entry }: StoredNode): number =>
  200 + 48 * (node.kind === 'inner' ? node.children.length : 2) + (entry === null ? 0 : 200);

/**
 * A tree's nodes by their hash, what its leaves stand for, and the history of its roots. Nodes never
 * change: a root stays readable, whatever is committed after it, until it is pruned; readers need not
 * know about writers.
 *
 * @example
 * await using opened = await openDatabase('state');
 * const { number, entries } = await opened.current();
 */
export class HashDb extends Closing implements StateReader {
  private readonly cache = new Cache<Digest, StoredNode>(CACHED_BYTES, memoryOf);
  private readonly records: Records;
  /** The history, and names of roots. */
  readonly roots: Roots;

  private constructor(
    private readonly driver: Driver,
    readonly scheme: TreeScheme,
  ) {
    super();
    this.records = new Records(driver, scheme);
    this.roots = new Roots(this.records);
  }

  /**
   * Opens the database that `driver` holds. From here on the driver is the database's: it closes it,
   * also when it refuses to open.
   * @throws {NoDatabaseError} the store is empty, and nothing was to be created
   * @throws {NotADatabaseError} the store holds something else
   * @throws {DatabaseVersionError} a database of another version
   * @throws {DatabaseSchemeError} a database of another scheme's tree
   */
  static async open(
    driver: Driver,
    scheme: TreeScheme,
    {
      createIfMissing = false,
    }: {
      /** Makes an empty database of an empty store. */
      readonly createIfMissing?: boolean;
    } = {},
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
    return (await this.read(digests)).map(({ node }) => node);
  }

  /** @throws {MissingNodeError} a node is not in the database  @throws {DamagedRecordError} */
  async entriesOf(leaves: readonly Digest[]): Promise<readonly (Entry | undefined)[]> {
    return (await this.read(leaves)).map(({ entry }) => entry ?? undefined);
  }

  private async read(digests: readonly Digest[]): Promise<readonly StoredNode[]> {
    const held = digests.map((digest) => this.cache.get(digest));
    const absent = digests.filter((_, i) => held[i] === undefined);
    const fetched = absent.length > 0 ? await this.records.nodes(absent) : [];
    let next = 0;
    return held.map((cached, i) => {
      const node = cached ?? fetched[next++];
      if (node === undefined) throw new MissingNodeError(digests[i]!);
      if (cached === undefined) this.cache.set(digests[i]!, node);
      return node;
    });
  }

  /** The newest root. */
  current(): Promise<RootRecord> {
    return this.roots.current();
  }

  /** Every root there has been, oldest first; the first is the empty tree's. */
  history(): Promise<RootRecord[]> {
    return this.roots.history();
  }

  /** Nodes kept, those of older roots included. */
  async nodeCount(): Promise<number> {
    return (await this.records.head()).nodes;
  }

  /**
   * Makes a new root current, with its nodes and preimages: all of it or, if it fails, nothing.
   * @returns the new root's record
   * @throws {RootConflictError} `parent` is not the current root, or ceased to be it meanwhile
   * @throws {MissingNodeError} `root` is neither among `nodes` nor in the database
   * @throws {UnknownRootError | PrunedRootError} it is in the database, and not one that is kept
   */
  async commit({ parent, root, entriesDelta, origin, ...content }: Commit): Promise<RootRecord> {
    const made = nodesUnder(root, content.nodes);
    const writer = new ContentWriter(this.records, { ...content, nodes: made });
    for (;;) {
      const head = await this.records.head();
      const before = await this.roots.at(head);
      if (before.root !== parent) throw new RootConflictError(parent, before.root);
      if (root !== EMPTY && root !== parent && !made.has(root)) await this.checkThere(root);
      const { nodes, changes } = await writer.after(head);
      const number = head.number + 1;
      const record = { number, root, parent, entries: before.entries + entriesDelta, origin, pruned: false };
      const written = [...changes, put(keys.root(number), encodeRoot(record))];
      if ((await this.records.write(head, { number, nodes }, written)) === null) continue;
      // The next write asks for them first: they include the top of the new tree.
      for (const [digest, node] of made) if (node.kind === 'inner') this.cache.set(digest, { node, entry: null });
      return record;
    }
  }

  /**
   * Whether everything under a root that is committed without its node is there. Asked after each look at the head: a
   * prune may be deleting it.
   */
  private async checkThere(root: Digest): Promise<void> {
    const [found] = await this.records.nodes([root]);
    if (found === undefined) throw new MissingNodeError(root);
    // Where one leaf is left of a tree, it is the root, and there is nothing below it.
    if (found.node.kind === 'inner') await this.roots.find(root);
  }

  /** Begins to bring in a state that is too large for one commit. */
  stage(): Promise<Staging> {
    return Staging.begin(this.records, this.roots);
  }

  /**
   * The values of entries under any root that is kept; 0 for those that are absent.
   * @throws {UnknownRootError | PrunedRootError} the root is not in the history, or was pruned
   * @throws {MissingNodeError} the database lacks one of the root's nodes
   * @throws {MissingPreimageError} a value was committed without its preimage
   */
  entryValues(root: Digest, treeKeys: readonly bigint[]): Promise<Uint256[]> {
    return this.reading(root, async () => valuesAt(this, treeKeys, await readPaths(this, this.scheme, root, treeKeys)));
  }

  /**
   * The entries under a root that is kept, in the order of their addresses, kinds and slots, as the index has
   * them. A list of all is compared with their number, at its end; one of a part is not.
   * @throws {UnknownRootError | PrunedRootError} the root is not in the history, or was pruned
   * @throws {IncompleteIndexError} the index lacks some of all entries
   * @throws {MissingPreimageError} some of all entries were committed without preimages
   */
  async *entries(root: Digest, options: ListOptions = {}): AsyncGenerator<Entry, void> {
    await this.roots.find(root);
    let listed = 0;
    for await (const entry of listEntries(
      this.records,
      (at, treeKeys) => this.entryValues(at, treeKeys),
      root,
      options,
    )) {
      yield entry;
      listed++;
    }
    const { address, after, limit = Infinity } = options;
    if (address !== undefined || after !== undefined || listed >= limit) return;
    // If it was pruned meanwhile, the index has let go of its entries.
    const { number, entries } = await this.roots.find(root);
    if (listed === entries) return;
    const there = await this.checkIndexed(root);
    throw new DamagedRecordError(keys.root(number), `states ${entries} entries, but its tree has ${there}`);
  }

  /**
   * Compares the index with the tree of a root, reading every node: the index must have every entry, or every entry of
   * an address.
   * @returns the number of entries
   * @throws {IncompleteIndexError} the index lacks entries; the error names some
   * @throws {MissingPreimageError} an entry was committed without preimages
   */
  async checkIndexed(root: Digest, { address }: Pick<ListOptions, 'address'> = {}): Promise<number> {
    return this.reading(root, () => checkIndexed(this.records, root, address));
  }

  /** `entryValues` of one. */
  async entryValue(root: Digest, treeKey: bigint): Promise<Uint256> {
    return (await this.entryValues(root, [treeKey]))[0]!;
  }

  /**
   * Reads under a root: where a node is missing, says first whether the root is one that is kept.
   * @throws {UnknownRootError | PrunedRootError}
   */
  async reading<T>(root: Digest, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof MissingNodeError) await this.roots.find(root);
      throw error;
    }
  }

  /** What is read under a root, by `reading`. */
  under(root: Digest): StateReader {
    return {
      scheme: this.scheme,
      getNodes: (digests) => this.reading(root, () => this.getNodes(digests)),
      entriesOf: (leaves) => this.reading(root, () => this.entriesOf(leaves)),
    };
  }

  /** Begins, or goes on, to bring in the state with a root subtree by subtree. */
  parts(root: Digest): Parts {
    return new Parts(this.records, this.roots, root);
  }

  /**
   * Drops what no root needs but the last ones and those that have names, and gives back the space; see
   * `prune` in prune.ts. Commits, here and elsewhere, go on meanwhile.
   * @throws {UnknownRootError | PrunedRootError} `keep` has a root that the database has not
   * @throws {MissingNodeError | DamagedRecordError} a kept root is damaged; nothing more is deleted
   */
  async prune(options: PruneOptions): Promise<Pruned> {
    const pruned = await prune(this.records, this.roots, options);
    this.cache.clear();
    return pruned;
  }

  /**
   * Computes every kept root anew from the nodes on the disk, and finds what is damaged, missing or not
   * needed; repairs what can be, if that is asked for. Others may write meanwhile; see `check` in check.ts.
   */
  async check(options: CheckOptions = {}): Promise<CheckReport> {
    const report = await check(this.records, options);
    this.cache.clear();
    return report;
  }

  /** For `check` of a database that is damaged: what this one has. */
  async asSource(): Promise<RepairSource> {
    const find = async (places: readonly { readonly digest: Digest }[]) => {
      const found = await this.records.tryNodes(places.map(({ digest }) => digest));
      return found.map((node) => (node instanceof DamagedRecordError ? undefined : node));
    };
    return { find, ...(await this.roots.readable()) };
  }

  /** Bytes taken. */
  sizeOnDisk(): Promise<number> {
    return this.driver.sizeOnDisk();
  }

  /** Gives the store free. */
  close(): Promise<void> {
    return this.driver.close();
  }
}
