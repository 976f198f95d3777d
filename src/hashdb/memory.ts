import { type Change, type Driver, type Guard, sameBytes } from './driver.js';

const toName = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
const toKey = (name: string): Uint8Array => new Uint8Array(Buffer.from(name, 'latin1'));

/** Keeps everything in memory for as long as it lives itself, closed or not: for tests and for trying things out. */
export class MemoryDriver implements Driver {
  readonly location = 'memory';
  // One character a byte, so that strings are ordered as their bytes are.
  private readonly records = new Map<string, Uint8Array>();

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.records.get(toName(key)));
  }

  async writeIf(guard: Guard, changes: readonly Change[]): Promise<boolean> {
    if (!sameBytes(this.records.get(toName(guard.key)), guard.value)) return false;
    for (const { key, value } of changes) {
      if (value === null) this.records.delete(toName(key));
      else this.records.set(toName(key), value);
    }
    return true;
  }

  async *iterate(from: Uint8Array, before: Uint8Array): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const [first, end] = [toName(from), toName(before)];
    for (const [name, value] of [...this.records].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (name >= first && name < end) yield [toKey(name), value];
    }
  }

  async sizeOnDisk(): Promise<number> {
    return [...this.records].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  }

  async compact(): Promise<void> {}

  async close(): Promise<void> {}
}
