import type { EntryKey } from '../batch/access.js';
import type { Entry } from '../batch/batch.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Digest } from '../tree/node.js';
import { decodeTreeKey, entriesOfAddress, entryKeyOf, following, keys, ranges } from './codec.js';
import type { KeyRange } from './codec.js';
import type { Records } from './records.js';

/**
 * Which entries are listed.
 * @see {@link HashDb}
 */
export interface ListOptions {
  /** Only entries of this address. */
  readonly address?: bigint;
  /** Only entries that come after this one, which need not be there. */
  readonly after?: EntryKey;
  /** At most so many. */
  readonly limit?: number;
}

/** Entries whose paths are read at once. */
const PAGE = 1_000;

/** The values of entries under a root, by their tree keys; 0 for those that are absent. */
type ValuesUnder = (root: Digest, treeKeys: readonly bigint[]) => Promise<readonly Uint256[]>;

/**
 * The entries under a root by address, kind and slot: what the index names, of which some may be
 * entries of other roots only.
 */
export async function* listEntries(
  records: Records,
  valuesUnder: ValuesUnder,
  root: Digest,
  options: ListOptions,
): AsyncGenerator<Entry, void> {
  let left = options.limit ?? Infinity;
  if (left <= 0) return;
  for await (const page of pages(records, rangeOf(options), left)) {
    const values = await valuesUnder(
      root,
      page.map(({ treeKey }) => treeKey),
    );
    for (const [i, { entry }] of page.entries()) {
      if (values[i] === 0n) continue;
      yield { ...entry, value: values[i]! };
      if (--left === 0) return;
    }
  }
}

function rangeOf({ address, after }: ListOptions): KeyRange {
  const range = address === undefined ? ranges.entries : entriesOfAddress(address);
  if (after === undefined) return range;
  const from = following(keys.entry(after));
  return { ...range, from: Buffer.compare(from, range.from) > 0 ? from : range.from };
}

interface Named {
  readonly entry: EntryKey;
  readonly treeKey: bigint;
}

/** What the index names, page by page; the first page has as many as are wanted, if those are few. */
async function* pages(records: Records, range: KeyRange, wanted: number): AsyncGenerator<readonly Named[], void> {
  let page: Named[] = [];
  let size = Math.min(PAGE, wanted);
  for await (const [key, body] of records.iterate(range)) {
    page.push({ entry: entryKeyOf(key), treeKey: decodeTreeKey(key, body) });
    if (page.length < size) continue;
    yield page;
    page = [];
    size = PAGE;
  }
  if (page.length > 0) yield page;
}
