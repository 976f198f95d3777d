import { KINDS } from '../state/batch/access.js';
import type { Kind } from '../state/batch/access.js';
import type { Entry } from '../state/batch/batch.js';
import { toUint256 } from '../base/field/limbs.js';
import { toBytes, toNumber, word, WORD_BYTES } from '../state/hashdb/record.js';

const ADDRESS_BYTES = 20;
const SLOT = 1 + ADDRESS_BYTES;
const VALUE = SLOT + WORD_BYTES;
const ROW_BYTES = VALUE + WORD_BYTES;
const CHUNK_ROWS = 1 << 14;
const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** Millions of entries, 85 bytes each. */
export class EntryTable {
  private readonly chunks: Uint8Array[] = [];
  private rows = 0;

  get size(): number {
    return this.rows;
  }

  push({ address, kind, slot, value }: Entry): void {
    if (this.rows % CHUNK_ROWS === 0) this.chunks.push(new Uint8Array(CHUNK_ROWS * ROW_BYTES));
    const bytes = this.row(this.rows++);
    bytes[0] = KIND_NAMES.indexOf(kind);
    bytes.set(toBytes(address, ADDRESS_BYTES), 1);
    bytes.set(word(slot), SLOT);
    bytes.set(word(value), VALUE);
  }

  at(row: number): Entry {
    const bytes = this.row(row);
    return {
      kind: KIND_NAMES[bytes[0]!]!,
      address: toNumber(bytes.subarray(1, SLOT)),
      slot: toUint256(toNumber(bytes.subarray(SLOT, VALUE))),
      value: toUint256(toNumber(bytes.subarray(VALUE))),
    };
  }

  private row(row: number): Uint8Array {
    const at = (row % CHUNK_ROWS) * ROW_BYTES;
    return this.chunks[Math.floor(row / CHUNK_ROWS)]!.subarray(at, at + ROW_BYTES);
  }
}
