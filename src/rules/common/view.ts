import type { Uint256 } from '../../base/field/limbs.js';
import { toUint256 } from '../../base/field/limbs.js';
import type { Access, EntryKey } from '../../state/batch/access.js';
import { entryId, rawKey } from '../../state/batch/encoding.js';

/**
 * A state as rules see it while they execute. Each `read` and `write` is an access of the log, in the order of the
 * calls.
 * @see {@link RecordingView}
 */
export interface StateView {
  /** The entry's value, 0 if it is absent. */
  read(entry: EntryKey): Promise<Uint256>;
  /** @throws {RangeError} the entry or the value is out of range */
  write(entry: EntryKey, value: Uint256): void;
  /** The value that a `read` would give, without an access: for checks that come before the accesses. */
  peek(entry: EntryKey): Promise<Uint256>;
}

/**
 * Where a view's values come from; a `WorkingState` is one. Values of absent entries are 0.
 * @see {@link RecordingView}
 */
export interface StateSource {
  /** The entries' values, in their order. */
  getMany(entries: readonly EntryKey[]): Promise<readonly Uint256[]>;
}

/**
 * A view over a state that does not change meanwhile; what is written stays in the view.
 *
 * @example
 * const view = new RecordingView(new WorkingState(db, root));
 * view.write({ address: 1n, kind: 'balance', slot: 0n }, 100n);
 * view.log.length; // 1
 */
export class RecordingView implements StateView {
  /** Values that were read or written, by what names their entries. */
  readonly #values = new Map<string, Uint256>();
  readonly #log: Access[] = [];
  /** The values before the attempt's writes, in their order; null outside an attempt. */
  #undo: (readonly [id: string, before: Uint256 | undefined])[] | null = null;

  constructor(private readonly source: StateSource) {}

  /** The accesses so far, in order, each with its value. */
  get log(): readonly Access[] {
    return this.#log;
  }

  /** Reads entries from the source together, so that reading them later need not wait. */
  async prefetch(entries: readonly EntryKey[]): Promise<void> {
    const missing = entries.filter((entry) => !this.#values.has(entryId(entry)));
    const values = missing.length === 0 ? [] : await this.source.getMany(missing);
    missing.forEach((entry, i) => this.#values.set(entryId(entry), values[i]!));
  }

  async peek(entry: EntryKey): Promise<Uint256> {
    await this.prefetch([entry]);
    return this.#values.get(entryId(entry))!;
  }

  /** The entry's value, 0 if it is absent; one more access of the log. */
  async read({ address, kind, slot }: EntryKey): Promise<Uint256> {
    const value = await this.peek({ address, kind, slot });
    this.#log.push({ op: 'read', address, kind, slot, value });
    return value;
  }

  write({ address, kind, slot }: EntryKey, value: Uint256): void {
    rawKey({ address, kind, slot });
    const id = entryId({ address, kind, slot });
    this.#undo?.push([id, this.#values.get(id)]);
    this.#values.set(id, toUint256(value));
    this.#log.push({ op: 'write', address, kind, slot, value });
  }

  /**
   * Does all of `work` or nothing: if it throws, the view is as before, its log included. Attempts do not nest, and
   * nothing else may use the view meanwhile.
   * @throws what `work` throws
   */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#undo !== null) throw new Error('an attempt on this view is already under way');
    const length = this.#log.length;
    const undo: (readonly [id: string, before: Uint256 | undefined])[] = [];
    this.#undo = undo;
    try {
      return await work();
    } catch (error) {
      this.#log.length = length;
      for (const [id, before] of undo.toReversed()) {
        if (before === undefined) this.#values.delete(id);
        else this.#values.set(id, before);
      }
      throw error;
    } finally {
      this.#undo = null;
    }
  }
}
