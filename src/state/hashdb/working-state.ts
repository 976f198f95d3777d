import type { EntryKey } from '../batch/access.js';
import type { Entry } from '../batch/batch.js';
import { entryId, rawKey, treeKeys } from '../batch/encoding.js';
import { toUint256 } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Digest } from '../tree/node.js';
import { changeOf } from './change.js';
import type { StateChange } from './change.js';
import { RootConflictError } from './hashdb.js';
import type { HashDb } from './hashdb.js';
import type { RootRecord } from './root-record.js';

/** Entries with new values, by what names them. */
type Writes = Map<string, Entry>;

/**
 * A state that is being worked on, over a root of a database. Sub-states nest: what is set after `begin`
 * is kept by `keep` or dropped by `rollBack`. Nothing reaches the database before `commit`, which writes
 * everything at once.
 *
 * @example
 * const state = new WorkingState(db, (await db.current()).root);
 * state.set({ address: 0n, kind: 'storage', slot: 1n }, 100n);
 * const { root } = await state.commit();
 */
export class WorkingState {
  /** The outermost state's writes, then those of each sub-state inside it. */
  private levels: [Writes, ...Writes[]] = [new Map()];
  /** What the writes come to; null where it was not asked for since the last of them. */
  private change: Promise<StateChange> | null = null;

  /** Begins at `base`, a root of the database; what is made of it can be committed if that is the current one. */
  constructor(
    private readonly db: HashDb,
    private base: Digest,
  ) {}

  /** How many sub-states are open. */
  get depth(): number {
    return this.levels.length - 1;
  }

  /** Entries' values; 0 for those that are absent. @throws {HashDbError | MissingNodeError} see `HashDb.entryValues` */
  async getMany(entries: readonly EntryKey[]): Promise<Uint256[]> {
    const written = entries.map((entry) => {
      const id = entryId(entry);
      return this.levels.findLast((writes) => writes.has(id))?.get(id)?.value;
    });
    const unwritten = entries.filter((_, i) => written[i] === undefined);
    const read = await this.db.entryValues(this.base, await treeKeys(unwritten));
    let next = 0;
    return written.map((value) => value ?? read[next++]!);
  }

  /** `getMany` of one. */
  async get(entry: EntryKey): Promise<Uint256> {
    return (await this.getMany([entry]))[0]!;
  }

  /** Gives an entry a value; 0 deletes it. @throws {RangeError} the entry or the value is out of range */
  set({ address, kind, slot }: EntryKey, value: Uint256): void {
    const entry = { address, kind, slot };
    rawKey(entry);
    this.levels.at(-1)!.set(entryId(entry), { ...entry, value: toUint256(value) });
    this.change = null;
  }

  /** Opens a sub-state. */
  begin(): void {
    this.levels.push(new Map());
  }

  /** Drops what was set in the innermost sub-state, and closes it; in the outermost state, drops all. */
  rollBack(): void {
    if (this.depth === 0) this.levels = [new Map()];
    else this.levels.pop();
    this.change = null;
  }

  /**
   * Closes the innermost sub-state and passes its changes to the one around it. Does nothing in the outermost state.
   */
  keep(): void {
    const [outermost, ...inner] = this.levels;
    const innermost = inner.pop();
    if (innermost === undefined) return;
    this.levels = [outermost, ...inner];
    for (const [id, entry] of innermost) this.levels.at(-1)!.set(id, entry);
  }

  /**
   * Makes all that was set the database's next root, and goes on from there. Open sub-states are kept first;
   * what is set meanwhile is for the next commit.
   * @returns the new root's record; if nothing changed, the current one's, and nothing is written
   * @throws {RootConflictError} the database moved on: the writes stay here, and can be rolled back
   */
  async commit(): Promise<RootRecord> {
    while (this.depth > 0) this.keep();
    const [outermost] = this.levels;
    const committed = [...outermost];
    const change = await this.made();
    const record =
      change.root === change.parent ? await this.standing() : await this.db.commit({ ...change, origin: 'write' });
    this.base = record.root;
    for (const [id, entry] of committed) if (outermost.get(id) === entry) outermost.delete(id);
    this.change = null;
    return record;
  }

  /** The root that the state has as it is, sub-states included. */
  async root(): Promise<Digest> {
    return (await this.made()).root;
  }

  /** The current root's record. @throws {RootConflictError} it is not the one that this state began at */
  private async standing(): Promise<RootRecord> {
    const current = await this.db.current();
    if (current.root !== this.base) throw new RootConflictError(this.base, current.root);
    return current;
  }

  private made(): Promise<StateChange> {
    if (this.change !== null) return this.change;
    const writes = new Map(this.levels.flatMap((level) => [...level]));
    const change = changeOf(this.db, this.base, [...writes.values()]);
    this.change = change;
    // What could not be read now may be there the next time.
    change.catch(() => (this.change = this.change === change ? null : this.change));
    return change;
  }
}
