import { DEPTH } from '../suite/suite.js';
import type { Digest, Suite } from '../suite/suite.js';
import type { Path } from './trace.js';

/** The roots to which leaves' hashes lead along paths of 40 siblings. All nodes of a level are hashed together. */
export async function climb(
  suite: Suite,
  leaves: readonly { readonly hash: Digest; readonly path: Path }[],
): Promise<Digest[]> {
  let hashes = leaves.map(({ hash }) => hash);
  let indices = leaves.map(({ path }) => path.leafIndex);
  for (let level = 0; level < DEPTH; level++) {
    hashes = await suite.nodes(
      leaves.map(({ path }, i) => {
        const sibling = path.siblings[level]!;
        return indices[i]! % 2 === 0 ? [hashes[i]!, sibling] : [sibling, hashes[i]!];
      }),
    );
    indices = indices.map((index) => Math.floor(index / 2));
  }
  return hashes;
}
