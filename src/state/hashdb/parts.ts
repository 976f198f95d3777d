/** What one message, or one statement, has room for. */
export interface Room {
  readonly bytes: number;
  readonly items?: number;
}

/**
 * Cuts a list, in order, into parts for which there is room; an item that is too large by itself is a part of its own.
 */
export function partsOf<T>(
  list: readonly T[],
  bytesOf: (item: T) => number,
  { bytes: room, items = Infinity }: Room,
): T[][] {
  const parts: T[][] = [];
  let bytes = Infinity;
  for (const item of list) {
    const taken = bytesOf(item);
    bytes += taken;
    if (bytes > room || parts.at(-1)!.length === items) {
      parts.push([]);
      bytes = taken;
    }
    parts.at(-1)!.push(item);
  }
  return parts;
}

/** Records of one page; the first is small, because often no more is wanted. */
const FIRST_PAGE = 16;
const LARGEST_PAGE = 4096;

export interface Page {
  readonly records: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
  /** Whether there is more after the last of them. */
  readonly more: boolean;
}

/** Goes through the records from a key on, page by page, as far as `pageFrom` finds any. */
export async function* byPages(
  from: Uint8Array,
  pageFrom: (start: Uint8Array, limit: number) => Promise<Page>,
): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
  let start = from;
  let limit = FIRST_PAGE;
  for (;;) {
    const { records, more } = await pageFrom(start, limit);
    for (const { key, value } of records) yield [key, value];
    const last = records.at(-1);
    if (last === undefined || !more) return;
    // No key is between this and the last.
    start = Buffer.concat([last.key, Uint8Array.of(0)]);
    limit = Math.min(4 * limit, LARGEST_PAGE);
  }
}
