import type { Entry } from './node.js';
import { checkKey, checkValue } from './scheme.js';
import type { TreeScheme } from './scheme.js';

const WORDS = 8;
const ROW_WORDS = 2 * WORDS;
const CHUNK_ROWS = 1 << 14;

/**
 * A table for millions of keys and values, 64 bytes each. If a key has several rows, the last one counts; value 0 means
 * absent.
 *
 * @example
 * const table = new LeafTable(poseidonScheme(2));
 * table.push(5n, 7n);
 * table.size; // 1
 */
export class LeafTable {
  /** Rows of a key and a value, 8 words of 32 bits each, the least significant first. */
  private readonly chunks: Uint32Array[] = [];
  private rows = 0;

  constructor(readonly scheme: TreeScheme) {}

  get size(): number {
    return this.rows;
  }

  /** @throws {EntryRangeError} key or value are not the scheme's */
  push(key: bigint, value: bigint): void {
    checkKey(this.scheme, key);
    checkValue(this.scheme, value);
    const at = (this.rows % CHUNK_ROWS) * ROW_WORDS;
    if (at === 0) this.chunks.push(new Uint32Array(CHUNK_ROWS * ROW_WORDS));
    const chunk = this.chunks.at(-1)!;
    writeWords(chunk, at, key);
    writeWords(chunk, at + WORDS, value);
    this.rows++;
  }

  /** What was pushed as the row, from 0. */
  entry(row: number): Entry {
    const chunk = this.chunkOf(row);
    const at = (row % CHUNK_ROWS) * ROW_WORDS;
    return { key: readWords(chunk, at), value: readWords(chunk, at + WORDS) };
  }

  /** The digit of a row's key at `level`. */
  digit(row: number, level: number): number {
    const { bitsPerLevel } = this.scheme;
    const bit = bitsPerLevel * level;
    const word = bit >>> 5;
    const offset = bit & 31;
    // A digit may have bits in two words; the second is shifted in two steps, as a shift by 32 is none.
    const above = word + 1 < WORDS ? (this.keyWord(row, word + 1) << (31 - offset)) << 1 : 0;
    return ((this.keyWord(row, word) >>> offset) | above) & (2 ** bitsPerLevel - 1);
  }

  /** The rows that count, one for each present key, in the order of the keys' bits, the least significant first. */
  byPath(): Uint32Array {
    const heads = Uint32Array.from({ length: this.rows }, (_, row) => reversed(this.keyWord(row, 0)));
    const sorted = Uint32Array.from({ length: this.rows }, (_, row) => row).sort(
      (a, b) => heads[a]! - heads[b]! || this.compareTails(a, b) || a - b,
    );
    return sorted.filter((row, i) => {
      const next = sorted[i + 1];
      const isLast = next === undefined || heads[row] !== heads[next] || this.compareTails(row, next) !== 0;
      return isLast && this.isPresent(row);
    });
  }

  /** Compares all of two keys but their first words. */
  private compareTails(a: number, b: number): number {
    for (let word = 1; word < WORDS; word++) {
      const x = this.keyWord(a, word);
      const y = this.keyWord(b, word);
      if (x !== y) return reversed(x) - reversed(y);
    }
    return 0;
  }

  private isPresent(row: number): boolean {
    const at = (row % CHUNK_ROWS) * ROW_WORDS + WORDS;
    return this.chunkOf(row)
      .subarray(at, at + WORDS)
      .some((word) => word !== 0);
  }

  private keyWord(row: number, word: number): number {
    return this.chunkOf(row)[(row % CHUNK_ROWS) * ROW_WORDS + word]!;
  }

  private chunkOf(row: number): Uint32Array {
    return this.chunks[Math.floor(row / CHUNK_ROWS)]!;
  }
}

function writeWords(words: Uint32Array, at: number, x: bigint): void {
  let rest = x;
  for (let i = 0; i < WORDS; i++, rest >>= 32n) words[at + i] = Number(rest & 0xffffffffn);
}

function readWords(words: Uint32Array, at: number): bigint {
  let x = 0n;
  for (let i = WORDS - 1; i >= 0; i--) x = (x << 32n) | BigInt(words[at + i]!);
  return x;
}

/** A 32-bit word with its bits in the opposite order. */
function reversed(word: number): number {
  let x = word;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}
