// One proof of many keys beside one proof of each: their size, without what is proven, and the time to verify them.
import { performance } from 'node:perf_hooks';
import { drawer, median, word } from './world.mjs';

const RUNS = 5;
const DIGEST_BYTES = 32;

export async function proofSizes(rootshift, { size, counts }) {
  const scheme = rootshift.poseidonScheme(2);
  const table = new rootshift.LeafTable(scheme);
  for (let i = 0; i < size; i++) table.push(word(`key ${i}`), word(`value ${i}`));
  const store = new rootshift.NodeOverlay();
  const { root } = await rootshift.buildTree(table, async ({ nodes }) => store.add(nodes));
  const results = [];
  for (const count of counts) {
    const draw = drawer('uniform', size, 3);
    const drawn = new Map();
    while (drawn.size < count) {
      const i = draw();
      drawn.set(word(`key ${i}`), word(`value ${i}`));
    }
    const claims = [...drawn].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value }));
    const keys = claims.map(({ key }) => key);
    const combined = await rootshift.proveMany(store, scheme, root, keys);
    const paths = await rootshift.readPaths(store, scheme, root, keys);
    const times = { combined: [], separate: [] };
    const timed = (list, work) => {
      const start = performance.now();
      if (!work()) throw new Error('a proof does not hold');
      list.push(performance.now() - start);
    };
    for (let run = 0; run < RUNS; run++) {
      timed(times.combined, () => rootshift.verifyCombined(scheme, root, claims, combined).valid);
      timed(times.separate, () =>
        claims.every(({ key, value }, i) => rootshift.verifyPath(scheme, root, key, value, paths[i]).valid),
      );
    }
    results.push({
      size,
      keys: count,
      combinedBytes:
        DIGEST_BYTES * (combined.siblings.length + 2 * combined.otherLeaves.length) + combined.shape.length,
      separateBytes: paths.reduce((sum, { siblings }) => sum + DIGEST_BYTES * siblings.flat().length, 0),
      combinedMilliseconds: median(times.combined),
      separateMilliseconds: median(times.separate),
    });
  }
  return results;
}
