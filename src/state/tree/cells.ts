import type { Digest } from './node.js';
import { arityOf } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import type { NodeReader } from './store.js';

/**
 * The nodes `levels` below the root, 2^b to the power of `levels` of them: number i is the one that the
 * digits of i lead to, the root's digit least significant. Null if a node above them is a leaf or
 * empty, so that they are not all there.
 * @throws {MissingNodeError} the store lacks a node
 */
export async function cellsOf(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  levels: number,
): Promise<Digest[] | null> {
  let cells: Digest[] = [root];
  for (let level = 0; level < levels; level++) {
    if (cells.includes(0n)) return null;
    const rows: (readonly Digest[])[] = [];
    for (const node of await reader.getNodes(cells)) {
      if (node.kind === 'leaf') return null;
      rows.push(node.children);
    }
    cells = Array.from({ length: arityOf(scheme) }, (_, digit) => rows.map((children) => children[digit]!)).flat();
  }
  return cells;
}

/** The root of the full tree over the cells. */
export function rootOfCells(scheme: TreeScheme, cells: readonly Digest[]): Digest {
  const arity = arityOf(scheme);
  let nodes = cells;
  while (nodes.length > 1) {
    const parents = nodes.length / arity;
    const below = nodes;
    nodes = Array.from({ length: parents }, (_, i) =>
      scheme.hashInner(Array.from({ length: arity }, (__, digit) => below[i + digit * parents]!)),
    );
  }
  return nodes[0]!;
}
