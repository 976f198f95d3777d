// One proof of many keys beside one proof of each: their size, without what is proven, and the time to verify them.
import {
  buildTree,
  LeafTable,
  NodeOverlay,
  poseidonScheme,
  proveMany,
  readPaths,
  verifyCombined,
  verifyPath,
} from 'rootshift';
import { drawer, rawWord } from '../harness/draw.js';
import { median } from '../harness/timing.js';

const RUNS = 5;
const DIGEST_BYTES = 32;

export interface ProofsOptions {
  /** Entries of the tree. */
  readonly size: number;
  /** How many keys are proven. */
  readonly counts: readonly number[];
}

export interface ProofSizes {
  readonly size: number;
  readonly keys: number;
  readonly combinedBytes: number;
  readonly separateBytes: number;
  readonly combinedMilliseconds: number;
  readonly separateMilliseconds: number;
}

/** Proves random keys of a quad tree, together and one by one. */
export async function proofSizes({ size, counts }: ProofsOptions): Promise<ProofSizes[]> {
  const scheme = poseidonScheme(2);
  const table = new LeafTable(scheme);
  for (let i = 0; i < size; i++) table.push(rawWord(`key ${i}`), rawWord(`value ${i}`));
  const store = new NodeOverlay();
  const { root } = await buildTree(table, async ({ nodes }) => store.add(nodes));
  const results: ProofSizes[] = [];
  for (const count of counts) {
    const claims = drawClaims(size, count);
    const keys = claims.map(({ key }) => key);
    const combined = await proveMany(store, scheme, root, keys);
    const paths = await readPaths(store, scheme, root, keys);
    const together = () => verifyCombined(scheme, root, claims, combined).valid;
    const oneByOne = () => claims.every(({ key, value }, i) => verifyPath(scheme, root, key, value, paths[i]!).valid);
    const combinedTimes: number[] = [];
    const separateTimes: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      combinedTimes.push(milliseconds(together));
      separateTimes.push(milliseconds(oneByOne));
    }
    results.push({
      size,
      keys: count,
      combinedBytes:
        DIGEST_BYTES * (combined.siblings.length + 2 * combined.otherLeaves.length) + combined.shape.length,
      separateBytes: paths.reduce((sum, { siblings }) => sum + DIGEST_BYTES * siblings.flat().length, 0),
      combinedMilliseconds: median(combinedTimes),
      separateMilliseconds: median(separateTimes),
    });
  }
  return results;
}

/** `count` of the tree's entries, in the order of their keys. */
function drawClaims(size: number, count: number): { readonly key: bigint; readonly value: bigint }[] {
  const draw = drawer('uniform', size, 3);
  const drawn = new Map<bigint, bigint>();
  while (drawn.size < count) {
    const i = draw();
    drawn.set(rawWord(`key ${i}`), rawWord(`value ${i}`));
  }
  return [...drawn].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value }));
}

function milliseconds(verify: () => boolean): number {
  const start = performance.now();
  if (!verify()) throw new Error('a proof does not hold');
  return performance.now() - start;
}
