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
  const LIST_BYTES = 12 * 2050;
  const points = Math.ceil(count / 2) + 2 * buckets + 8;
  return 4 * (3 * (buckets + 1) + Math.max(count, buckets) + 32) + LIST_BYTES + points * (group === 'g1' ? 80 : 160);
}

/**
 * Points are sorted into buckets by the digit, and each bucket is added up, all pairs of neighbours at a time. Then, as
 * b = (b - 1) + 1 for odd b, bucket b is added to its left neighbour, and counts once besides; the same with even b and 2,
 * and so on: bit i of b counts for the sum of what is in odd multiples of 2^i.
 */
export function sumWindow({ kernel, buffer, address }: WorkArea, job: WindowJob): void {
  const BATCH = 2048;
  const { group, table, scalars, count, bits, index, isLast, out } = job;
  const pointBytes = group === 'g1' ? 80 : 160;
  const addAll = kernel[`${group}_addAll`]!;
  const copy = kernel[`${group}_copy`]!;
  const words = new Uint32Array(buffer);
  let end = address;
  const take = (bytes: number): number => {
    const start = end;
    end += (bytes + 15) - ((bytes + 15) % 16);
    return start;
  };
  const buckets = 2 ** (bits - 1);
  const starts = words.subarray(take(4 * (buckets + 1)) / 4).subarray(0, buckets + 1);
  const lengths = words.subarray(take(4 * (buckets + 1)) / 4).subarray(0, buckets + 1);
  /** The address of each bucket's sum; 0 if it is empty. */
  const sums = words.subarray(take(4 * (buckets + 1)) / 4).subarray(0, buckets + 1);
  const entries = words.subarray(take(4 * Math.max(count, buckets)) / 4).subarray(0, Math.max(count, buckets));
  const list = take(12 * (BATCH + 2));
  const area = end;

  // Digits: the lengths of buckets, then their entries, an address each, with bit 0 for a negative digit.
  const bit = bits * index;
  const [word, shift, mask] = [bit >>> 5, bit & 31, 2 ** bits - 1];
  const spans = shift + bits > 32 && word < 7;
  const zero = isLast ? 0 : buckets;
  const digits = words.subarray(scalars / 4 + word);
  lengths.fill(0);
  for (let i = 0, at = 0; i < count; i++, at += 8) {
    let digit = digits[at]! >>> shift;
    if (spans) digit |= digits[at + 1]! << (32 - shift);
    const value = (digit & mask) - zero;
    lengths[value < 0 ? -value : value]!++;
  }
  lengths[0] = 0;
  for (let bucket = 1, start = 0; bucket <= buckets; bucket++) {
    starts[bucket] = start;
    start += lengths[bucket]!;
  }
  for (let i = 0, at = 0, point = table; i < count; i++, at += 8, point += pointBytes) {
    let digit = digits[at]! >>> shift;
    if (spans) digit |= digits[at + 1]! << (32 - shift);
    const value = (digit & mask) - zero;
    if (value < 0) entries[starts[-value]!++] = point + 1;
    else if (value > 0) entries[starts[value]!++] = point;
  }
  for (let bucket = 1; bucket <= buckets; bucket++) starts[bucket]! -= lengths[bucket]!;

  let careful = 0;
  let listed = 0;
  const flush = (): void => {
    if (listed > 0) careful = addAll(list, listed, careful);
    listed = 0;
  };
  const add = (a: number, b: number, sum: number): void => {
    const at = list / 4 + 3 * listed;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = sum;
    if (++listed === BATCH) flush();
  };
  /** A point outside the table, which a sum may take the place of. */
  const isOwn = (point: number): boolean => point >= area && point < end;
  const owned = (point: number): number => {
    const to = take(pointBytes);
    copy(point, to);
    return to;
  };
  /** Adds up the entries of each bucket; one is left. Where their number is odd, the last waits for the next round. */
  const addUp = (from: number, to: number): void => {
    for (let more = true; more; ) {
      more = false;
      for (let bucket = from; bucket <= to; bucket++) {
        const length = lengths[bucket]!;
        if (length < 2) continue;
        const start = starts[bucket]!;
        const pairs = length >>> 1;
        for (let i = 0; i < pairs; i++) {
          const [a, b] = [entries[start + 2 * i]!, entries[start + 2 * i + 1]!];
          const sum = isOwn(a) ? a : isOwn(b) ? b : take(pointBytes);
          entries[start + i] = sum;
          add(a, b, sum);
        }
        if (length % 2 === 1) entries[start + pairs] = entries[start + length - 1]!;
        lengths[bucket] = length - pairs;
        if (lengths[bucket]! > 1) more = true;
      }
      flush();
    }
  };
  addUp(1, buckets);

  sums.fill(0);
  for (let bucket = 1; bucket <= buckets; bucket++) {
    if (lengths[bucket] === 0) continue;
    const sum = entries[starts[bucket]!]!;
    sums[bucket] = isOwn(sum) ? sum : owned(sum);
  }
  for (let step = 1; step < buckets; step *= 2) {
    for (let bucket = 3 * step; bucket < buckets; bucket += 2 * step) {
      const [point, neighbour] = [sums[bucket]!, sums[bucket - step]!];
      if (point === 0) continue;
      if (neighbour === 0) sums[bucket - step] = owned(point);
      else add(neighbour, point, neighbour);
    }
    flush();
  }
  let next = 0;
  for (let i = 0; i < bits; i++) {
    starts[i] = next;
    for (let bucket = 2 ** i; bucket <= buckets; bucket += 2 * 2 ** i) if (sums[bucket] !== 0) entries[next++] = sums[bucket]!;
    lengths[i] = next - starts[i]!;
  }
  addUp(0, bits - 1);
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
