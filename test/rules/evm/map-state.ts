import { entryId } from '../../../src/state/batch/encoding.js';
import type { EntryKey } from '../../../src/state/batch/access.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import type { StateSource } from '../../../src/rules/common/view.js';

/** A state without a tree: entries by what names them. */
export class MapState implements StateSource {
  readonly #entries = new Map<string, Entry>();

  constructor(entries: readonly Entry[]) {
    this.write(entries);
  }

  async getMany(keys: readonly EntryKey[]): Promise<bigint[]> {
    return keys.map((key) => this.#entries.get(entryId(key))?.value ?? 0n);
  }

  write(entries: readonly Entry[]): void {
    for (const { address, kind, slot, value } of entries) {
      const entry = { address, kind, slot, value };
      if (value === 0n) this.#entries.delete(entryId(entry));
      else this.#entries.set(entryId(entry), entry);
    }
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }
}
