import { ContentError } from '../../base/files/content-error.js';
import {
  atRoot,
  checkFormat,
  expected,
  readBytes,
  readingFile,
  readInteger,
  readObject,
} from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { Driver } from '../../state/hashdb/driver.js';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '../suite/kind.js';
import { accountFromHex } from '../suite/account-bytes.js';
import { emptyTrie, HEAD, TAIL } from '../suite/empty.js';
import type { TrieKind } from '../suite/kind.js';
import type { Digest, Suite } from '../suite/suite.js';
import { proveEntries, verifyEntries } from '../proof/entries-proof.js';
import type { EntriesProof, ListedEntry } from '../proof/entries-proof.js';
import { entriesToJson, readEntries } from '../proof/list-file.js';
import { digestToHex } from '../trace/json.js';
import { foldOnce } from '../trie/fold.js';
import { MemoryTrie } from '../trie/memory-trie.js';
import type { Leaf, TrieChange, TrieReader } from '../trie/store.js';
import { ACCOUNT_TRIE_ID } from '../world/world.js';
import type { TrieId } from '../world/world.js';
import { StateDb } from './state-db.js';

/*
 * A snapshot is JSON Lines: a head, then pages of the account trie in order, each followed by the pages of the storage
 * of its accounts. A page is a proof of entries: it is verified against the root alone, before anything is done with
 * it. The last hash of a page and the first of the next leave no gap, so that together they are the whole state.
 */
const SNAPSHOT_FORMAT = 'rootshift-linea-snapshot';
const SNAPSHOT_VERSION = 1;
const PAGE_ENTRIES = 1000;

/** A snapshot is not the state with the root that is wanted. The message says what is wrong, and in which line. */
export class StateSnapshotError extends ContentError {
  override readonly name = 'StateSnapshotError';
}

/**
 * Writes the state after a block as lines of a snapshot.
 * @param number the block
 * @throws {NoSuchBlockError}
 *
 * @example
 * for await (const line of exportState(state, 7)) console.log(line);
 */
export async function* exportState(
  db: StateDb,
  number: number,
  { pageEntries = PAGE_ENTRIES }: { readonly pageEntries?: number } = {},
): AsyncGenerator<string, void> {
  const { suite } = db;
  const view = await db.at(number);
  const root = digestToHex(await db.root(number));
  yield JSON.stringify({ format: SNAPSHOT_FORMAT, version: SNAPSHOT_VERSION, suite: suite.name, number, root });
  const { topRoot: empty } = await emptyTrie(suite);
  for await (const page of pagesOf(suite, await view.trie(ACCOUNT_TRIE_ID), pageEntries)) {
    yield JSON.stringify({ page: entriesToJson(page) });
    for (const { leafIndex, value } of page.entries) {
      if (accountFromHex(suite, value).storageRoot === empty) continue;
      for await (const slots of pagesOf(suite, await view.trie(leafIndex), pageEntries)) {
        yield JSON.stringify({ page: entriesToJson(slots) });
      }
    }
  }
}

async function* pagesOf(suite: Suite, trie: TrieReader, limit: number): AsyncGenerator<EntriesProof, void> {
  for (let from: Digest | undefined = 1n; from !== undefined && from < suite.maxKey;) {
    const page: EntriesProof = await proveEntries(suite, trie, { from, limit });
    yield page;
    from = page.to === suite.maxKey - 1n ? undefined : page.to + 1n;
  }
}

/** Pages of one trie, put together. */
interface Gathered {
  readonly kind: TrieKind;
  readonly topRoot: Digest;
  /** The first hash that no page has had. */
  next: Digest;
  nextFreeNode: number;
  readonly entries: ListedEntry[];
}

/**
 * A state that a snapshot was found to be.
 * @see {@link readSnapshot}
 */
export interface ReadSnapshot {
  readonly suite: Suite;
  readonly number: number;
  readonly root: Digest;
  /** Accounts and slots. */
  readonly entries: number;
  readonly tries: ReadonlyMap<TrieId, TrieChange>;
}

/**
 * Reads a snapshot and verifies every page of it against the state root alone, and that together they are the whole
 * state. Whoever made it need not be trusted. The state is held in memory.
 * @throws {StateSnapshotError}
 *
 * @example
 * const { entries } = await readSnapshot(SUITES, stateRoot, lines);
 */
export async function readSnapshot(
  suites: Readonly<Record<string, Suite>>,
  stateRoot: Digest,
  lines: AsyncIterable<string>,
): Promise<ReadSnapshot> {
  const reading = new Reading(suites, stateRoot);
  let line = 0;
  for await (const text of lines) {
    line++;
    const refuse = (message: string, cause: Error): Error =>
      new StateSnapshotError(`line ${line}: ${message}`, { cause });
    try {
      await readingLine(reading, line, text, refuse);
    } catch (error) {
      if (error instanceof Refused) throw refuse(error.message, error);
      throw error;
    }
  }
  return reading.end();
}

async function readingLine(
  reading: Reading,
  line: number,
  text: string,
  refuse: (message: string, cause: Error) => Error,
): Promise<void> {
  if (line === 1) return readingFile(() => reading.head(text), refuse);
  const page = readingFile(() => {
    const { page: at } = readObject(atRoot(parseJson(text)), ['page']);
    return readEntries(at);
  }, refuse);
  return reading.page(page);
}

class Refused extends Error {}

class Reading {
  #suite: Suite | undefined;
  #number = 0;
  #accounts: Gathered | undefined;
  readonly #storages = new Map<TrieId, Gathered>();
  /** Storage tries of accounts that were shown, the pages of which are still to come. */
  #waiting: Gathered[] = [];

  constructor(
    private readonly suites: Readonly<Record<string, Suite>>,
    private readonly stateRoot: Digest,
  ) {}

  /** @throws {FieldError} */
  head(text: string): void {
    const file = atRoot(parseJson(text));
    checkFormat(file, SNAPSHOT_FORMAT, SNAPSHOT_VERSION, 'required');
    const { suite, number, root } = readObject(file, ['format', 'version', 'suite', 'number', 'root']);
    const found = typeof suite.value === 'string' ? this.suites[suite.value] : undefined;
    this.#suite = found ?? expected(`one of ${Object.keys(this.suites).join(', ')}`, suite);
    this.#number = readInteger(number, 0, Number.MAX_SAFE_INTEGER);
    if (readBytes(root, 32) !== this.stateRoot) throw new Refused('the snapshot is of another root');
    this.#accounts = gathered(ACCOUNT_TRIE, this.stateRoot);
  }

  async page(page: EntriesProof): Promise<void> {
    const suite = this.#suite!;
    const accounts = this.#accounts!;
    const trie = this.#waiting.at(-1) ?? accounts;
    if (trie.next === suite.maxKey) throw new Refused('there are pages after the last one');
    const verdict = await verifyEntries(suite, trie.kind, trie.topRoot, page);
    if (!verdict.isAccepted) throw new Refused(verdict.reason);
    if (page.from !== trie.next) throw new Refused('the page does not begin where the one before it ended');
    trie.next = page.to + 1n;
    trie.nextFreeNode = page.state.nextFreeNode;
    for (const entry of page.entries) trie.entries.push(entry);
    if (trie !== accounts) {
      if (trie.next === suite.maxKey) this.#waiting.pop();
      return;
    }
    const { topRoot } = await emptyTrie(suite);
    for (const { leafIndex, value } of page.entries) {
      const { storageRoot } = accountFromHex(suite, value);
      if (storageRoot === topRoot) continue;
      const storage = gathered(STORAGE_TRIE, storageRoot);
      this.#storages.set(leafIndex, storage);
      this.#waiting.push(storage);
    }
    this.#waiting.reverse();
  }

  async end(): Promise<ReadSnapshot> {
    const suite = this.#suite;
    if (suite === undefined) throw new StateSnapshotError('the snapshot is empty');
    const all = new Map([[ACCOUNT_TRIE_ID, this.#accounts!], ...this.#storages]);
    const tries = new Map<TrieId, TrieChange>();
    let entries = 0;
    for (const [id, one] of all) {
      if (one.next !== suite.maxKey) throw new StateSnapshotError('the snapshot ends before the state does');
      entries += one.entries.length;
      if (one.nextFreeNode > TAIL + 1) tries.set(id, await changeOf(suite, one));
    }
    return { suite, number: this.#number, root: this.stateRoot, entries, tries };
  }
}

const gathered = (kind: TrieKind, topRoot: Digest): Gathered => ({
  kind,
  topRoot,
  next: 1n,
  nextFreeNode: TAIL + 1,
  entries: [],
});

/** A trie of these entries, as what makes it of an empty one. */
async function changeOf(suite: Suite, { kind, nextFreeNode, entries }: Gathered): Promise<TrieChange> {
  const { head, tail } = await emptyTrie(suite);
  const hKeys = await kind.hashKeys(
    suite,
    entries.map(({ key }) => key),
  );
  const hVals = await kind.hashValues(
    suite,
    entries.map(({ value }) => value),
  );
  const at = (i: number): number => entries[i]?.leafIndex ?? (i < 0 ? HEAD : TAIL);
  const leaves = new Map<number, Leaf>([
    [HEAD, { opening: { ...head, nextLeaf: at(0) }, key: '0x', value: '0x' }],
    [TAIL, { opening: { ...tail, prevLeaf: entries.at(-1)?.leafIndex ?? HEAD }, key: '0x', value: '0x' }],
    ...entries.map(({ leafIndex, key, value }, i): [number, Leaf] => [
      leafIndex,
      { opening: { prevLeaf: at(i - 1), nextLeaf: at(i + 1), hKey: hKeys[i]!, hVal: hVals[i]! }, key, value },
    ]),
  ]);
  const hashes = await suite.leaves(Array.from(leaves.values(), ({ opening }) => opening));
  const written = new Map(Array.from(leaves.keys(), (index, i) => [index, hashes[i]!]));
  const nodes = await foldOnce(suite, await MemoryTrie.empty(suite), written);
  return { state: { nextFreeNode, subRoot: nodes.at(-1)!.get(0)! }, nodes, leaves };
}

/**
 * Makes a database of a snapshot that was read, in one commit. Its only kept block is the snapshot's.
 * @throws {NotADatabaseError} there is a database already
 *
 * @example
 * await using restored = await importState(new MemoryDriver(), await readSnapshot(SUITES, stateRoot, lines));
 */
export const importState = (driver: Driver, { suite, number, root, tries }: ReadSnapshot): Promise<StateDb> =>
  StateDb.restore(driver, suite, { number, root, change: { tries, dropped: [] } });
