import { HashDbError, NoDatabaseError, NotADatabaseError } from '../../state/hashdb/driver.js';
import type { Change, Driver } from '../../state/hashdb/driver.js';
import { joinBytes } from '../../state/hashdb/record.js';
import { put, seal, unseal } from '../../state/hashdb/seal.js';
import { Closing } from '../../base/tasks/closing.js';
import { HEAD, TAIL } from '../suite/empty.js';
import type { Digest, Suite } from '../suite/suite.js';
import { applyBlock, emptyStateRoot } from '../world/apply-block.js';
import type { AppliedBlock } from '../world/apply-block.js';
import type { BlockAccesses } from '../world/block.js';
import { formatBlock, parseBlock } from '../world/block-file.js';
import type { TrieId, WorldChange } from '../world/world.js';
import {
  changedKey,
  decodeDigest,
  decodeHead,
  decodeLeaf,
  encodeDigest,
  encodeHead,
  encodeIndex,
  encodeLeaf,
  encodeState,
  FORMAT,
  keys,
  ranges,
  VERSION,
} from './records.js';
import type { Head } from './records.js';
import { decodeOld, StateView } from './view.js';

/** A block is asked for that the database does not have. The message says which it has. */
export class NoSuchBlockError extends HashDbError {
  override readonly name = 'NoSuchBlockError';
}

/** Another process wrote to the database at the same time. Nothing was changed by this one. */
export class ConcurrentBlockError extends HashDbError {
  override readonly name = 'ConcurrentBlockError';
}

/** The database was made with another suite, or by another version of the program. */
export class StateFormatError extends HashDbError {
  override readonly name = 'StateFormatError';
}

/** What a database begins with. */
interface FirstState {
  readonly number: number;
  readonly root: Digest;
  readonly change: WorldChange;
}

/**
 * Linea's state on a driver, with its history: each block is one atomic commit, every kept block's state can be read,
 * and blocks can be taken back.
 *
 * @example
 * await using db = await StateDb.open(new MemoryDriver(), POSEIDON_BN254, { createIfMissing: true });
 * const { traces } = await db.apply(accesses);
 */
export class StateDb extends Closing {
  private constructor(
    readonly driver: Driver,
    readonly suite: Suite,
  ) {
    super();
  }

  /**
   * Opens a database; block 0 of a new one is the empty state.
   * @throws {NoDatabaseError} there is none, and none was to be made
   * @throws {NotADatabaseError} something else is there
   * @throws {StateFormatError} it has another suite, or another version
   */
  static async open(
    driver: Driver,
    suite: Suite,
    { createIfMissing = false }: { readonly createIfMissing?: boolean } = {},
  ): Promise<StateDb> {
    const [found] = await driver.getMany([keys.format]);
    if (found === undefined) {
      for await (const _record of driver.iterate(Uint8Array.of(), Uint8Array.of(0xff))) {
        throw new NotADatabaseError(driver.location, 'records without a format');
      }
      if (!createIfMissing) throw new NoDatabaseError(driver.location);
      const change = { tries: new Map(), dropped: [] };
      // If another process made one meanwhile, it is opened.
      await StateDb.#make(driver, suite, { number: 0, root: await emptyStateRoot(suite), change });
      return StateDb.open(driver, suite);
    }
    const suiteName = await storedSuite(driver);
    if (suiteName === null) throw new NotADatabaseError(driver.location, "a database of Rootshift's own tree");
    if (suiteName !== suite.name) {
      throw new StateFormatError(`the database at ${driver.location} has suite ${suiteName}, expected ${suite.name}`);
    }
    return new StateDb(driver, suite);
  }

  /**
   * Makes a database with one state, in one commit.
   * @param state what makes the state of an empty one, the block after which it was, and its root
   * @throws {NotADatabaseError} there is a database, or something else
   */
  static async restore(driver: Driver, suite: Suite, state: FirstState): Promise<StateDb> {
    for await (const _record of driver.iterate(Uint8Array.of(), Uint8Array.of(0xff))) {
      throw new NotADatabaseError(driver.location, 'records; expected nothing');
    }
    if (await StateDb.#make(driver, suite, state)) return StateDb.open(driver, suite);
    throw new NotADatabaseError(driver.location, 'a database that another process made meanwhile');
  }

  /** @returns false: there is one */
  static async #make(driver: Driver, suite: Suite, { number, root, change }: FirstState): Promise<boolean> {
    const format = Buffer.from(JSON.stringify({ format: FORMAT, version: VERSION, suite: suite.name }));
    const records = await new StateDb(driver, suite).#currentChanges(change);
    return driver.writeIf({ key: keys.format, value: undefined }, [
      { key: keys.format, value: format },
      ...records.map(({ key, after }) => put(key, after!)),
      put(keys.block(number), encodeDigest(root)),
      put(keys.head, encodeHead({ number, first: number })),
    ]);
  }

  /** The current block, and the first that is kept. */
  async head(): Promise<Head> {
    const [record] = await this.driver.getMany([keys.head]);
    if (record === undefined) throw new NotADatabaseError(this.driver.location, 'a database without a head');
    return decodeHead(keys.head, unseal(keys.head, record));
  }

  /** The state root after a block. @throws {NoSuchBlockError} */
  async root(number: number): Promise<Digest> {
    if (number < 0) throw await this.#noBlock(number);
    const key = keys.block(number);
    const [record] = await this.driver.getMany([key]);
    if (record === undefined) throw await this.#noBlock(number);
    return decodeDigest(key, unseal(key, record));
  }

  /** The state after a block, also while others write. @throws {NoSuchBlockError} */
  async at(number: number): Promise<StateView> {
    await this.root(number);
    return new StateView(this.driver, this.suite, number);
  }

  /**
   * Does the next block, in one commit.
   * @throws {BlockAccessError | TrieInputError | EncodingRangeError} as `applyBlock`; nothing was changed
   * @throws {ConcurrentBlockError}
   */
  async apply(accesses: BlockAccesses): Promise<AppliedBlock & { readonly number: number }> {
    const head = await this.head();
    const block = await applyBlock(this.suite, new StateView(this.driver, this.suite, undefined), accesses);
    const number = head.number + 1;
    const current = await this.#currentChanges(block.change);
    const history = current.flatMap(({ key, before }) => [
      put(keys.changed(number, key), new Uint8Array()),
      put(keys.old(key, number), joinBytes(before === undefined ? [Uint8Array.of(0)] : [Uint8Array.of(1), before])),
    ]);
    await this.#write(head, { ...head, number }, [
      ...current.map(({ key, after }) => (after === undefined ? { key, value: null } : put(key, after))),
      ...history,
      put(keys.block(number), encodeDigest(block.newRoot)),
      put(keys.accesses(number), Buffer.from(formatBlock(accesses))),
    ]);
    return { ...block, number };
  }

  /**
   * Does a kept block again, to the state before it: its roots and traces are as they were.
   * @throws {NoSuchBlockError} the block, or the state before it, is not kept
   */
  async redo(number: number): Promise<AppliedBlock> {
    const { first, number: last } = await this.head();
    if (number <= first || number > last) {
      throw new NoSuchBlockError(
        `the database at ${this.driver.location} has no traces of block ${number}: ` +
          (first === last ? 'it has none' : `it has those of blocks ${first + 1} to ${last}`),
      );
    }
    const key = keys.accesses(number);
    const [record] = await this.driver.getMany([key]);
    const accesses = parseBlock(Buffer.from(unseal(key, record ?? new Uint8Array())).toString('utf8'));
    return applyBlock(this.suite, await this.at(number - 1), accesses);
  }

  /**
   * Takes the current block back, in one commit: the one before is the current one again.
   * @throws {NoSuchBlockError} the one before is not kept
   * @throws {ConcurrentBlockError}
   */
  async rollback(): Promise<Head> {
    const head = await this.head();
    const { number, first } = head;
    if (number === first) throw await this.#noBlock(number - 1);
    const changes: Change[] = [keys.block(number), keys.accesses(number)].map((key) => ({ key, value: null }));
    const changed = await this.#changedBy(number);
    const olds = changed.map((key) => keys.old(key, number));
    const records = await this.driver.getMany(olds);
    changed.forEach((key, i) => {
      const old = olds[i]!;
      const body = decodeOld(old, unseal(old, records[i] ?? new Uint8Array()));
      changes.push(body === undefined ? { key, value: null } : put(key, body));
      changes.push({ key: old, value: null }, { key: keys.changed(number, key), value: null });
    });
    const next = { number: number - 1, first };
    await this.#write(head, next, changes);
    return next;
  }

  /**
   * Forgets the states before a block, a block at a time.
   * @throws {NoSuchBlockError} the block is not kept
   * @throws {ConcurrentBlockError}
   */
  async prune(first: number): Promise<void> {
    await this.root(first);
    for (let head = await this.head(); head.first < first; head = await this.head()) {
      const number = head.first + 1;
      const changed = await this.#changedBy(number);
      await this.#write(head, { ...head, first: number }, [
        { key: keys.block(head.first), value: null },
        { key: keys.accesses(number), value: null },
        ...changed.flatMap((key) => [
          { key: keys.changed(number, key), value: null },
          { key: keys.old(key, number), value: null },
        ]),
      ]);
    }
    await this.driver.compact();
  }

  /** Closes the database. */
  async close(): Promise<void> {
    await this.driver.close();
  }

  async #changedBy(number: number): Promise<Uint8Array[]> {
    const changed: Uint8Array[] = [];
    const { from, before } = ranges.changed(number);
    for await (const [key] of this.driver.iterate(from, before)) changed.push(changedKey(key));
    return changed;
  }

  async #write(head: Head, next: Head, changes: readonly Change[]): Promise<void> {
    const guard = { key: keys.head, value: seal(keys.head, encodeHead(head)) };
    if (await this.driver.writeIf(guard, [...changes, put(keys.head, encodeHead(next))])) return;
    throw new ConcurrentBlockError(`another process wrote to the database at ${this.driver.location}; try again`);
  }

  /** The records that a change makes different, with what stands there now. */
  async #currentChanges(
    change: WorldChange,
  ): Promise<{ readonly key: Uint8Array; readonly before: Uint8Array | undefined; readonly after?: Uint8Array }[]> {
    const after = new Map<string, { readonly key: Uint8Array; readonly after?: Uint8Array }>();
    const set = (key: Uint8Array, body?: Uint8Array): void => {
      after.set(Buffer.from(key).toString('latin1'), body === undefined ? { key } : { key, after: body });
    };
    for (const id of change.dropped) await this.#drop(id, set);
    for (const [id, { state, nodes, leaves }] of change.tries) {
      set(keys.state(id), encodeState(state));
      nodes.forEach((level, depth) => {
        for (const [index, node] of level) set(keys.node(id, depth, index), encodeDigest(node));
      });
      const indices = [...leaves.keys()];
      const olds = await this.driver.getMany(indices.map((index) => keys.leaf(id, index)));
      indices.forEach((index, i) => {
        const key = keys.leaf(id, index);
        const leaf = leaves.get(index)!;
        const old = olds[i];
        if (leaf === null && old !== undefined) {
          set(keys.entry(id, decodeLeaf(key, unseal(key, old)).opening.hKey));
        }
        if (leaf !== null && index !== HEAD && index !== TAIL) {
          set(keys.entry(id, leaf.opening.hKey), encodeIndex(index));
        }
        if (leaf === null) set(key);
        else set(key, encodeLeaf(leaf));
      });
    }
    const all = [...after.values()];
    const before = await this.driver.getMany(all.map(({ key }) => key));
    return all.flatMap((one, i) => {
      const record = before[i];
      const body = record && unseal(one.key, record);
      const isSame = body === undefined ? one.after === undefined : one.after && Buffer.compare(body, one.after) === 0;
      return isSame === true ? [] : [{ ...one, before: body }];
    });
  }

  async #drop(id: TrieId, set: (key: Uint8Array) => void): Promise<void> {
    const [state] = await this.driver.getMany([keys.state(id)]);
    if (state === undefined) return;
    set(keys.state(id));
    for (const letter of ['n', 'l', 'k'] as const) {
      const { from, before } = ranges.trie(letter, id);
      for await (const [key] of this.driver.iterate(from, before)) set(key);
    }
  }

  async #noBlock(number: number): Promise<NoSuchBlockError> {
    const { first, number: last } = await this.head();
    return new NoSuchBlockError(
      `the database at ${this.driver.location} has no block ${number}: it keeps blocks ${first} to ${last}`,
    );
  }
}

/** The suite of a driver's database; null if it has none of this format. @throws {StateFormatError} */
export async function storedSuite(driver: Driver): Promise<string | null> {
  const [record] = await driver.getMany([keys.format]);
  if (record === undefined) return null;
  let found: { format?: unknown; version?: unknown; suite?: unknown };
  try {
    found = JSON.parse(Buffer.from(record).toString('utf8'));
  } catch {
    return null;
  }
  if (found.format !== FORMAT || typeof found.suite !== 'string') return null;
  if (found.version === VERSION) return found.suite;
  throw new StateFormatError(
    `the database at ${driver.location} has version ${String(found.version)}, expected version ${VERSION}`,
  );
}
