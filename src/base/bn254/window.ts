/**
 * The work of a thread on sums of points times scalars. These functions run from their source text, in workers: they
 * use nothing from outside themselves but types and each other.
 */
export type GroupName = 'g1' | 'g2';

/** The kernel's functions, in the instance of one thread. */
export type KernelExports = Readonly<Record<string, (...args: number[]) => number>>;

/** Memory for one thread's windows. */
export interface WorkArea {
  readonly kernel: KernelExports;
  readonly buffer: ArrayBufferLike;
  /** Where it begins, a multiple of 16; how large it must be, `windowBytes` tells. */
  readonly address: number;
}

/** One window of a sum: digit `index` of each scalar, times its point. */
export interface WindowJob {
  readonly kind: 'window';
  readonly group: GroupName;
  /** Addresses of points and of scalars, with the bias by which their digits become signed. */
  readonly table: number;
  readonly scalars: number;
  readonly count: number;
  /** Bits of a digit; d stands for d - 2^(bits - 1), but in the last window for itself. */
  readonly bits: number;
  readonly index: number;
  readonly isLast: boolean;
  /** For `bits` points, the i-th of which counts 2^i times. */
  readonly out: number;
}

/** The bytes that `sumWindow` works in. */
export function windowBytes(group: GroupName, count: number, bits: number): number {
  const buckets = 2 ** (bits - 1);
  const LIST_BYTES = 12 * 2049;
  const PADDING = 6 * 16;
  const points = Math.ceil(count / 2) + 2 * buckets;
  return (
    4 * (3 * (buckets + 1) + Math.max(count, buckets) + count) +
    LIST_BYTES +
    PADDING +
    points * (group === 'g1' ? 80 : 160)
  );
}

/**
 * Points are sorted into buckets by the digit, and each bucket is added up, all pairs of neighbours at a time. Then, as
 * b = (b - 1) + 1 for odd b, bucket b is added to its left neighbour, and counts once besides; the same with even b and
 * 2, and so on: bit i of b counts for the sum of what is in odd multiples of 2^i.
 */
export function sumWindow({ kernel, buffer, address }: WorkArea, job: WindowJob): void {
  const BATCH = 2048;
  const { group, table, scalars, count, bits, index, isLast, out } = job;
  const pointBytes = group === 'g1' ? 80 : 160;
  const addAll = kernel[`${group}_addAll`]!;
  const copy = kernel[`${group}_copy`]!;
  const words = new Uint32Array(buffer);
  const buckets = 2 ** (bits - 1);
  let end = address;
  const take = (bytes: number): number => {
    const start = end;
    end += bytes + 15 - ((bytes + 15) % 16);
    return start;
  };
  const numbers = (length: number): Uint32Array => words.subarray(take(4 * length) / 4).subarray(0, length);
  const starts = numbers(buckets + 1);
  const lengths = numbers(buckets + 1);
  /** The address of each bucket's sum; 0 if it is empty. */
  const sums = numbers(buckets + 1);
  const entries = numbers(Math.max(count, buckets));
  const digits = new Int32Array(buffer, take(4 * count), count);
  const listAt = take(12 * (BATCH + 1));
  const area = end;
  const areaEnd = area + (Math.ceil(count / 2) + 2 * buckets) * pointBytes;

  // Digits: the lengths of buckets, then their entries, an address each, with bit 0 for a negative digit.
  const bit = bits * index;
  const word = bit >>> 5;
  const shift = bit & 31;
  const mask = 2 ** bits - 1;
  const spans = shift + bits > 32 && word < 7;
  const zero = isLast ? 0 : buckets;
  const biased = words.subarray(scalars / 4 + word);
  lengths.fill(0);
  for (let i = 0, at = 0; i < count; i++, at += 8) {
    let digit = biased[at]! >>> shift;
    if (spans) digit |= biased[at + 1]! << (32 - shift);
    digit = (digit & mask) - zero;
    digits[i] = digit;
    lengths[digit < 0 ? -digit : digit]!++;
  }
  lengths[0] = 0;
  for (let bucket = 1, start = 0; bucket <= buckets; bucket++) {
    starts[bucket] = start;
    start += lengths[bucket]!;
  }
  for (let i = 0, point = table; i < count; i++, point += pointBytes) {
    const digit = digits[i]!;
    if (digit < 0) entries[starts[-digit]!++] = point + 1;
    else if (digit > 0) entries[starts[digit]!++] = point;
  }
  for (let bucket = 1; bucket <= buckets; bucket++) starts[bucket]! -= lengths[bucket]!;

  let careful = 0;
  const list = listAt / 4;
  const listEnd = list + 3 * BATCH;
  /** Does the additions that are listed before a place; returns where the next ones go. */
  const flush = (before: number): number => {
    if (before > list) careful = addAll(listAt, (before - list) / 3, careful);
    return list;
  };
  /** Adds up the entries of each bucket; one is left. Where their number is odd, the last waits for the next round. */
  const addUp = (from: number, to: number, free: number): number => {
    let next = free;
    for (let more = true; more;) {
      more = false;
      let at = list;
      for (let bucket = from; bucket <= to; bucket++) {
        const length = lengths[bucket]!;
        if (length < 2) continue;
        const start = starts[bucket]!;
        const pairs = length >>> 1;
        for (let i = 0; i < pairs; i++) {
          const a = entries[start + 2 * i]!;
          const b = entries[start + 2 * i + 1]!;
          // The sum takes the place of one that is not of the table.
          let sum = a;
          if (a < area || a >= areaEnd) {
            sum = b;
            if (b < area || b >= areaEnd) {
              sum = next;
              next += pointBytes;
            }
          }
          entries[start + i] = sum;
          words[at] = a;
          words[at + 1] = b;
          words[at + 2] = sum;
          at += 3;
          if (at === listEnd) at = flush(at);
        }
        if (length % 2 === 1) entries[start + pairs] = entries[start + length - 1]!;
        lengths[bucket] = length - pairs;
        if (length - pairs > 1) more = true;
      }
      flush(at);
    }
    return next;
  };
  let free = addUp(1, buckets, area);

  /** A copy outside the table, whose place a sum may take. */
  const copied = (point: number): number => {
    const to = free;
    free += pointBytes;
    copy(point, to);
    return to;
  };
  sums.fill(0);
  for (let bucket = 1; bucket <= buckets; bucket++) {
    if (lengths[bucket] === 0) continue;
    const sum = entries[starts[bucket]!]!;
    sums[bucket] = sum >= area && sum < areaEnd ? sum : copied(sum);
  }
  for (let step = 1; step < buckets; step *= 2) {
    let at = list;
    for (let bucket = 3 * step; bucket < buckets; bucket += 2 * step) {
      const point = sums[bucket]!;
      const neighbour = sums[bucket - step]!;
      if (point === 0) continue;
      if (neighbour === 0) {
        sums[bucket - step] = copied(point);
        continue;
      }
      words[at] = neighbour;
      words[at + 1] = point;
      words[at + 2] = neighbour;
      at += 3;
      if (at === listEnd) at = flush(at);
    }
    flush(at);
  }
  let next = 0;
  for (let i = 0; i < bits; i++) {
    starts[i] = next;
    for (let bucket = 2 ** i; bucket <= buckets; bucket += 2 * 2 ** i)
      if (sums[bucket] !== 0) entries[next++] = sums[bucket]!;
    lengths[i] = next - starts[i]!;
  }
  addUp(0, bits - 1, free);
  for (let i = 0; i < bits; i++) {
    const to = out + i * pointBytes;
    if (lengths[i] === 0) words.fill(0, to / 4, (to + pointBytes) / 4);
    else copy(entries[starts[i]!]!, to);
  }
}

/** The sum of rows of points, the i-th of a row counting 2^i times. */
export interface CombineJob {
  readonly kind: 'combine';
  readonly group: GroupName;
  readonly rows: readonly { readonly address: number; readonly length: number }[];
  readonly out: number;
}

export function combine({ kernel, buffer, address }: WorkArea, { group, rows, out }: CombineJob): void {
  const pointBytes = group === 'g1' ? 80 : 160;
  const words = new Uint32Array(buffer);
  const list = address / 4;
  const add = (a: number, b: number): void => {
    words[list] = a;
    words[list + 1] = b;
    words[list + 2] = out;
    kernel[`${group}_addAll`]!(address, 1, 1);
  };
  words.fill(0, out / 4, (out + pointBytes) / 4);
  for (let i = Math.max(...rows.map(({ length }) => length)) - 1; i >= 0; i--) {
    add(out, out);
    for (const row of rows) if (i < row.length) add(out, row.address + i * pointBytes);
  }
}
