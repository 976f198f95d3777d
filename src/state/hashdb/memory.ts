import { sameBytes } from './driver.js';
import type { Change, Driver, Guard } from './driver.js';
import { Closing } from '../../base/tasks/closing.js';

const toName = (key: Uint8Array): string =>
  (key instanceof Buffer ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength)).toString('latin1');
const toKey = (name: string): Uint8Array => new Uint8Array(Buffer.from(name, 'latin1'));

/** How many of some names, which are in order, come before `name`. */
function countBelow(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Keeps everything in memory for as long as it lives itself, closed or not: for tests and for trying things out.
 *
 * @example
 * const opened = await HashDb.open(new MemoryDriver(), poseidonScheme(2), { createIfMissing: true });
 */
export class MemoryDriver extends Closing implements Driver {
  readonly location = 'memory';
  // One character a byte, so that strings are ordered as their bytes are.
  private readonly records = new Map<string, Uint8Array>();
  /** The names in order; null where they are not known since one came or went. */
  private order: readonly string[] | null = null;

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.records.get(toName(key)));
  }

  async writeIf(guard: Guard, changes: readonly Change[]): Promise<boolean> {
    if (!sameBytes(this.records.get(toName(guard.key)), guard.value)) return false;
    for (const { key, value } of changes) {
      const name = toName(key);
      if (this.records.has(name) === (value === null)) this.order = null;
      if (value === null) this.records.delete(name);
      else this.records.set(name, value);
    }
    return true;
  }

  async *iterate(from: Uint8Array, before: Uint8Array): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const first = toName(from);
    const end = toName(before);
    const names = (this.order ??= [...this.records.keys()].sort());
    for (let i = countBelow(names, first); i < names.length && names[i]! < end; i++) {
      const value = this.records.get(names[i]!);
      if (value !== undefined) yield [toKey(names[i]!), value];
    }
  }

  async sizeOnDisk(): Promise<number> {
    return [...this.records].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  }

  async compact(): Promise<void> {}

  async close(): Promise<void> {}
}
