import { toUint256 } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Access, EntryKey } from '../../state/batch/access.js';
import type { Entry } from '../../state/batch/batch.js';
import { entryId } from '../../state/batch/encoding.js';
import type { StateSource } from '../common/view.js';

/** An entry that a transaction changed: the write of its new value, and its value before the transaction. */
export interface Change {
  readonly write: Access;
  readonly before: Uint256;
}

/** What a transaction read and changed, each entry once. */
export interface Effects {
  /** In the order in which they were read, with their values before the transaction. */
  readonly reads: readonly Access[];
  readonly changes: readonly Change[];
}

/**
 * The state during a transaction: what the transaction wrote, over the state as it was before. Writes can be undone
 * back to a mark; marks nest.
 */
export class Overlay {
  /** Entries with their values before the transaction, by what names them: all that were asked for so far. */
  readonly #before = new Map<string, Entry>();
  /** What names the slots among them, by their account. */
  readonly #slots = new Map<bigint, Set<string>>();
  /** What the transaction wrote, and what it read first. */
  readonly #written = new Map<string, Uint256>();
  readonly #reads = new Set<string>();
  /** The values before each write, in order, and how many there were at each mark. */
  #undo: (readonly [id: string, before: Uint256 | undefined])[] = [];
  #marks: number[] = [];

  constructor(private readonly source: StateSource) {}

  /** The entries' values as they are now, without a note that they were read. */
  async peek(keys: readonly EntryKey[]): Promise<Uint256[]> {
    const ids = keys.map(entryId);
    const missing = keys.filter((_, i) => !this.#before.has(ids[i]!));
    if (missing.length > 0) {
      const values = await this.source.getMany(missing);
      missing.forEach((key, i) => this.#learn(key, values[i]!));
    }
    return ids.map((id) => this.#written.get(id) ?? this.#before.get(id)!.value);
  }

  #learn({ address, kind, slot }: EntryKey, value: Uint256): void {
    const id = entryId({ address, kind, slot });
    this.#before.set(id, { address, kind, slot, value });
    if (kind !== 'storage') return;
    const slots = this.#slots.get(address) ?? new Set();
    this.#slots.set(address, slots.add(id));
  }

  /** The entry's value as it is now. */
  async read(key: EntryKey): Promise<Uint256> {
    const [value] = await this.peek([key]);
    if (!this.isWritten(key)) this.noteRead(key);
    return value!;
  }

  /** The entry's value before the transaction. */
  async readOriginal(key: EntryKey): Promise<Uint256> {
    await this.peek([key]);
    this.noteRead(key);
    return this.#before.get(entryId(key))!.value;
  }

  /** Whether the entry has a value that the transaction gave it. */
  isWritten(key: EntryKey): boolean {
    return this.#written.has(entryId(key));
  }

  /** Says that the execution depends on what the entry was before the transaction. It must have been asked for. */
  noteRead(key: EntryKey): void {
    this.#reads.add(entryId(key));
  }

  /** @throws {Uint256RangeError} the value is out of range */
  async write(key: EntryKey, value: Uint256): Promise<void> {
    toUint256(value);
    await this.peek([key]);
    const id = entryId(key);
    this.#undo.push([id, this.#written.get(id)]);
    this.#written.set(id, value);
  }

  /** The slots of an account that were asked for or written, with their values before the transaction. */
  knownSlots(address: bigint): Entry[] {
    return [...(this.#slots.get(address) ?? [])].map((id) => this.#before.get(id)!);
  }

  mark(): void {
    this.#marks.push(this.#undo.length);
  }

  /** Forgets the last mark; what was written since stays. */
  keep(): void {
    this.#marks.pop();
  }

  /** Undoes what was written since the last mark, and forgets it. */
  undo(): void {
    const from = this.#marks.pop() ?? 0;
    for (const [id, before] of this.#undo.splice(from).toReversed()) {
      if (before === undefined) this.#written.delete(id);
      else this.#written.set(id, before);
    }
  }

  /** Ends the transaction: what it wrote is the state before the next one. */
  end(): Effects {
    const effects = this.effects();
    for (const { write } of effects.changes) this.#learn(write, write.value);
    this.drop();
    return effects;
  }

  /** What the transaction read and changed so far. */
  effects(): Effects {
    const reads = [...this.#reads].map((id): Access => ({ op: 'read', ...this.#before.get(id)! }));
    const written = [...this.#written].map(([id, value]) => ({ entry: this.#before.get(id)!, value }));
    const changes = written
      .filter(({ entry, value }) => entry.value !== value)
      .map(({ entry, value }): Change => ({ write: { op: 'write', ...entry, value }, before: entry.value }));
    return { reads, changes };
  }

  /** Drops the transaction: the state is as before it. */
  drop(): void {
    this.#written.clear();
    this.#reads.clear();
    this.#undo = [];
    this.#marks = [];
  }
}
