import type { Entry } from './node.js';
import { checkKey, checkValue } from './scheme.js';
import type { TreeScheme } from './scheme.js';

const WORDS = 8;
const LONG_WORDS = WORDS / 2;
const ROW_WORDS = 2 * WORDS;
const CHUNK_ROWS = 1 << 14;

/** Rows of a key and a value, 8 words of 32 bits each, the least significant first; the same as words of 64 bits. */
interface Chunk {
  readonly words: Uint32Array;
  readonly longWords: BigUint64Array;
}

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
  private readonly chunks: Chunk[] = [];
  private rows = 0;

  constructor(readonly scheme: TreeScheme) {}

  get size(): number {
    return this.rows;
  }

  /** @throws {EntryRangeError} key or value are not the scheme's */
  push(key: bigint, value: bigint): void {
    checkKey(this.scheme, key);
    checkValue(this.scheme, value);
    if (this.rows % CHUNK_ROWS === 0) {
      const words = new Uint32Array(CHUNK_ROWS * ROW_WORDS);
      this.chunks.push({ words, longWords: new BigUint64Array(words.buffer) });
    }
    const { longWords } = this.chunks.at(-1)!;
    const at = (this.rows++ % CHUNK_ROWS) * 2 * LONG_WORDS;
    writeWords(longWords, at, key);
    writeWords(longWords, at + LONG_WORDS, value);
  }

  /** What was pushed as the row, from 0. */
  entry(row: number): Entry {
    const { longWords } = this.chunkOf(row);
    const at = (row % CHUNK_ROWS) * 2 * LONG_WORDS;
    return { key: readWords(longWords, at), value: readWords(longWords, at + LONG_WORDS) };
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
      .words.subarray(at, at + WORDS)
      .some((word) => word !== 0);
  }

  private keyWord(row: number, word: number): number {
    return this.chunkOf(row).words[(row % CHUNK_ROWS) * ROW_WORDS + word]!;
  }

  private chunkOf(row: number): Chunk {
    return this.chunks[Math.floor(row / CHUNK_ROWS)]!;
  }
}

function writeWords(words: BigUint64Array, at: number, x: bigint): void {
  // Each keeps the low 64 bits.
  words[at] = x;
  words[at + 1] = x >> 64n;
  words[at + 2] = x >> 128n;
  words[at + 3] = x >> 192n;
}

function readWords(words: BigUint64Array, at: number): bigint {
  const high = (words[at + 3]! << 64n) | words[at + 2]!;
  return (high << 128n) | (words[at + 1]! << 64n) | words[at]!;
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
