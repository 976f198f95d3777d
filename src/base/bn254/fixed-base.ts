/**
 * The work of a thread on multiples of one point, by a table of its multiples. These functions run from their source
 * text, in workers: they use nothing from outside themselves but types.
 *
 * A scalar is cut into windows of signed digits, from -2^(bits - 1) to 2^(bits - 1). The table of window w has the
 * multiples 1 to 2^(bits - 1) of 2^(bits * w) times the point, one after another, and the tables follow each other.
 */
import type { GroupName, WorkArea } from './window.js';

/** Fills in the first entry of each window's table but the first one's, which is the point itself. */
export interface PowersJob {
  readonly kind: 'powers';
  readonly group: GroupName;
  readonly table: number;
  readonly bits: number;
  readonly windows: number;
}

/** Fills in the others of one window. */
export interface FillJob {
  readonly kind: 'fill';
  readonly group: GroupName;
  /** That of the window. */
  readonly table: number;
  readonly bits: number;
}

/** Multiplies the point by scalars below 2^254, 32 bytes each. */
export interface MultiplyJob {
  readonly kind: 'multiply';
  readonly group: GroupName;
  readonly table: number;
  readonly bits: number;
  readonly windows: number;
  readonly scalars: number;
  readonly count: number;
  /** For the products as zkeys have them. */
  readonly out: number;
}

/** The bytes that `multiplyBase` works in, and more than the other jobs do. */
export const multiplyBytes = (group: GroupName, count: number): number =>
  12 * 2049 + 8 * count + 4 * 16 + count * (group === 'g1' ? 80 : 160);

export function powersOfBase({ kernel, buffer, address }: WorkArea, { group, table, bits, windows }: PowersJob): void {
  const words = new Uint32Array(buffer);
  const windowBytes = 2 ** (bits - 1) * (group === 'g1' ? 80 : 160);
  for (let window = 1; window < windows; window++) {
    const power = table + window * windowBytes;
    for (let i = 0; i < bits; i++) {
      const from = i === 0 ? power - windowBytes : power;
      words.set([from, from, power], address / 4);
      kernel[`${group}_addAll`]!(address, 1, 1);
    }
  }
}

/**
 * Multiples up to 2^k give those up to 2^(k + 1): each of them plus 2^k, all at once. The last one, a doubling, goes
 * alone: a list with one in it takes longer.
 */
export function fillTable({ kernel, buffer, address }: WorkArea, { group, table, bits }: FillJob): void {
  const BATCH = 2048;
  const pointBytes = group === 'g1' ? 80 : 160;
  const words = new Uint32Array(buffer);
  /** Adds multiple `known` to `count` others, from entry `from` on; entry i has multiple i + 1. */
  const add = (known: number, from: number, count: number): void => {
    for (let i = 0, at = address / 4; i < count; i++, at += 3) {
      words[at] = table + (known - 1) * pointBytes;
      words[at + 1] = table + (from + i) * pointBytes;
      words[at + 2] = table + (known + from + i) * pointBytes;
    }
    kernel[`${group}_addAll`]!(address, count, 0);
  };
  for (let known = 1; known < 2 ** (bits - 1); known *= 2) {
    add(known, known - 1, 1);
    for (let from = 0; from < known - 1; from += BATCH) add(known, from, Math.min(BATCH, known - 1 - from));
  }
}

/** Window by window, one digit of all scalars at a time, so that these additions share inversions. */
export function multiplyBase({ kernel, buffer, address }: WorkArea, job: MultiplyJob): void {
  const BATCH = 2048;
  const { group, table, bits, windows, scalars, count, out } = job;
  const pointBytes = group === 'g1' ? 80 : 160;
  const words = new Uint32Array(buffer);
  let end = address;
  const take = (bytes: number): number => {
    const start = end;
    end += bytes + 15 - ((bytes + 15) % 16);
    return start;
  };
  const list = take(12 * (BATCH + 1));
  /** Where each sum is, which may be an entry of the table or its negative; 0 if it is infinity. */
  const sums = words.subarray(take(4 * count) / 4).subarray(0, count);
  /** By how much the next digit is too small. */
  const carries = words.subarray(take(4 * count) / 4).subarray(0, count);
  const places = take(count * pointBytes);
  sums.fill(0);
  carries.fill(0);

  let careful = 0;
  let at = list / 4;
  const flush = (): void => {
    const length = (at - list / 4) / 3;
    if (length > 0) careful = kernel[`${group}_addAll`]!(list, length, careful);
    at = list / 4;
  };
  const half = 2 ** (bits - 1);
  const mask = 2 ** bits - 1;
  for (let window = 0; window < windows; window++) {
    const zero = table + (window * half - 1) * pointBytes;
    const word = (bits * window) >>> 5;
    const shift = (bits * window) & 31;
    const spans = shift + bits > 32 && word < 7;
    for (let i = 0, from = scalars / 4 + word, place = places; i < count; i++, from += 8, place += pointBytes) {
      let digit = words[from]! >>> shift;
      if (spans) digit |= words[from + 1]! << (32 - shift);
      digit = (digit & mask) + carries[i]!;
      carries[i] = digit > half ? 1 : 0;
      if (digit > half) digit -= 2 * half;
      if (digit === 0) continue;
      const entry = digit > 0 ? zero + digit * pointBytes : zero - digit * pointBytes + 1;
      if (sums[i] === 0) {
        sums[i] = entry;
        continue;
      }
      words[at] = sums[i]!;
      words[at + 1] = entry;
      words[at + 2] = place;
      sums[i] = place;
      at += 3;
      if (at === list / 4 + 3 * BATCH) flush();
    }
    flush();
  }
  for (let i = 0, place = places; i < count; i++, place += pointBytes) {
    if (sums[i] === 0) words.fill(0, place / 4, (place + pointBytes) / 4);
    else if (sums[i] !== place) kernel[`${group}_copy`]!(sums[i]!, place);
  }
  kernel[`${group}_pack`]!(places, out, count);
}
