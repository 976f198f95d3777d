import { toFr } from '../../base/field/fr.js';
import type { LeafPreimage, ReadRow, Siblings, WriteRow } from '../trace/trace.js';
import type { Digest, Entry } from '../../state/tree/node.js';
import type { ReadPath } from '../../state/tree/read.js';
import type { Transition } from '../../state/tree/transition.js';

/** The read row of the key table's row `key`: `path` is the key's, in the old tree. */
export const readRow = (key: number, path: ReadPath, otherLeaf: Entry | null): ReadRow => ({
  key,
  siblings: siblingsOf(path.siblings),
  otherLeaf: leafOf(otherLeaf),
});

/** The write row of the key table's row `key`: what the tree said it did, as the trace says it. */
export function writeRow(key: number, transition: Transition): WriteRow {
  const row = {
    key,
    effect: transition.kind,
    siblings: siblingsOf(transition.siblings),
    extension: 0,
    otherLeaf: null,
    siblingChildren: null,
  };
  switch (transition.kind) {
    case 'update':
    case 'createAtEmpty':
      return row;
    case 'nothing':
      return { ...row, otherLeaf: leafOf(transition.otherLeaf) };
    case 'createBesideLeaf':
    case 'deleteAndLift':
      return { ...row, otherLeaf: leafOf(transition.otherLeaf), extension: transition.extension };
    case 'delete':
      return { ...row, siblingChildren: transition.siblingChildren?.map(toFr) ?? null };
  }
}

const siblingsOf = (siblings: readonly (readonly Digest[])[]): Siblings => siblings.map((level) => level.map(toFr));

const leafOf = (leaf: Entry | null): LeafPreimage | null => leaf && { key: toFr(leaf.key), value: leaf.value };
