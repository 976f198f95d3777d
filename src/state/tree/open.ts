import { keep } from './draft.js';
import type { Draft, DraftLeaf } from './draft.js';
import { EMPTY } from './node.js';
import type { Digest, Leaf } from './node.js';
import { childrenOf, entryOf, isSole } from './read.js';
import { partition } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import { readNodes } from './store.js';
import type { NodePlace, NodeReader } from './store.js';

/** A place that keys lead to. */
interface Place {
  readonly digest: Digest;
  /** At least one. */
  readonly keys: readonly bigint[];
  /** Is the node there the only child of its parent? */
  readonly alone: boolean;
  /** Where the opened node belongs: the children of the one above, and which of them. */
  readonly siblings: Draft[];
  readonly digit: number;
}

/**
 * The tree under `root` as a draft of which nothing is changed yet: open as far as the keys lead, elsewhere kept. Reads
 * the nodes of a level together.
 * @throws {MissingNodeError} the store lacks a node on a path
 * @throws {MalformedTreeError} the store's nodes do not make a canonical tree of the scheme
 */
export async function openPaths(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  keys: readonly bigint[],
): Promise<Draft> {
  const top = [keep(root)];
  let places: Place[] = keys.length === 0 ? [] : [{ digest: root, keys, alone: false, siblings: top, digit: 0 }];
  for (let level = 0; places.length > 0; level++) {
    const taken = places.filter(({ digest }) => digest !== EMPTY);
    const nodes = await readNodes(
      reader,
      taken.map(({ digest }) => digest),
      (i) => ({ key: taken[i]!.keys[0]!, level }),
    );
    places = [];
    for (const [i, place] of taken.entries()) {
      const node = nodes[i]!;
      const at = { key: place.keys[0]!, level };
      if (node.kind === 'leaf') {
        place.siblings[place.digit] = openLeaf(scheme, place.digest, node, at, place.alone);
        continue;
      }
      const digests = childrenOf(scheme, node, at);
      const children = digests.map(keep);
      place.siblings[place.digit] = { kind: 'inner', children, height: 0, digest: place.digest };
      const alone = isSole(digests);
      for (const [digit, part] of partition(scheme, place.keys, (key) => key, level).entries()) {
        if (part.length > 0) places.push({ digest: digests[digit]!, keys: part, alone, siblings: children, digit });
      }
    }
  }
  return top[0]!;
}

/**
 * A stored leaf as a draft.
 * @param alone is the leaf the only child of the node above?
 * @throws {MalformedTreeError} there is no such leaf at `place` in a canonical tree of the scheme
 */
export const openLeaf = (
  scheme: TreeScheme,
  digest: Digest,
  node: Leaf,
  place: NodePlace,
  alone: boolean,
): DraftLeaf => ({ kind: 'leaf', entry: entryOf(scheme, node, place, alone), node, digest });
