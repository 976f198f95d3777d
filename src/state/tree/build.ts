import { digestOf, draftInner, draftLeaf, hashDrafts, keep } from './draft.js';
import type { Draft } from './draft.js';
import type { LeafTable } from './leaf-table.js';
import { EMPTY } from './node.js';
import type { Digest, Node } from './node.js';
import { arityOf, innerOf } from './scheme.js';

/**
 * A part of a tree during building; parts share no nodes.
 * @see {@link buildTree}
 */
export interface BuiltPart {
  readonly nodes: ReadonlyMap<Digest, Node>;
  /** Rows of the table whose leaves are among `nodes`. */
  readonly rows: Uint32Array;
}

/** Leaves that are hashed together: enough to fill many threads, and some megabytes. */
const PART_LEAVES = 1 << 13;

/**
 * Builds the tree of a table's leaves from the bottom and hashes each node once. Passes it to `put` part by part, lower
 * parts first. At most one part is built while `put` works on another.
 * @param options `sorted`: the table's rows, where they were sorted already
 * @returns the root and the number of its leaves
 *
 * @example
 * const table = new LeafTable(poseidonScheme(2));
 * table.push(5n, 7n);
 * const nodes = new NodeOverlay();
 * const built = await buildTree(table, async (part) => nodes.add(part.nodes));
 */
export async function buildTree(
  table: LeafTable,
  put: (part: BuiltPart) => Promise<void>,
  { sorted = table.byPath() }: { readonly sorted?: Uint32Array | undefined } = {},
): Promise<{ readonly root: Digest; readonly entries: number }> {
  const { scheme } = table;
  let putting = Promise.resolve();
  const root = await subtree(sorted, 0);
  await putting;
  return { root, entries: sorted.length };

  async function give(part: BuiltPart): Promise<void> {
    await putting;
    putting = put(part);
    // Whether it failed is asked later; meanwhile that it may is no mistake.
    putting.catch(() => {});
  }

  function draftOf(rows: Uint32Array, level: number): Draft {
    if (rows.length === 0) return keep(EMPTY);
    if (rows.length === 1) return draftLeaf(scheme, table.entry(rows[0]!), level);
    const children = Array.from({ length: arityOf(scheme) }, () => keep(EMPTY));
    for (const part of runs(rows, (row) => table.digit(row, level))) {
      children[part.digit] = draftOf(part.rows, level + 1);
    }
    return draftInner(children);
  }

  async function subtree(rows: Uint32Array, level: number): Promise<Digest> {
    if (rows.length <= PART_LEAVES) {
      const top = draftOf(rows, level);
      const nodes = await hashDrafts(scheme, [top]);
      if (rows.length > 0) await give({ nodes, rows });
      return digestOf(top);
    }
    const children = Array.from({ length: arityOf(scheme) }, () => EMPTY);
    for (const part of runs(rows, (row) => table.digit(row, level))) {
      children[part.digit] = await subtree(part.rows, level + 1);
    }
    const node = innerOf(children);
    const [digest] = await scheme.hashNodes([node]);
    await give({ nodes: new Map([[digest!, node]]), rows: new Uint32Array() });
    return digest!;
  }
}

/** Cuts rows where their digits change. */
function runs(rows: Uint32Array, digitOf: (row: number) => number) {
  const found: { digit: number; rows: Uint32Array }[] = [];
  let start = 0;
  let digit = digitOf(rows[0]!);
  for (let i = 1; i <= rows.length; i++) {
    const next = i < rows.length ? digitOf(rows[i]!) : -1;
    if (next === digit) continue;
    found.push({ digit, rows: rows.subarray(start, i) });
    start = i;
    digit = next;
  }
  return found;
}
