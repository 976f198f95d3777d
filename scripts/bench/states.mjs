// States in the embedded driver: entries whose keys and values are hashed, kept with what they stand for.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { drawer, median, rate, watched, word } from './world.mjs';

const BATCH = 1000;

/** Like the storage of contracts: half of the slots are small, half are hashes; so are values. */
function entryOf(i) {
  const name = word(`entry ${i}`);
  return {
    address: name >> 93n,
    kind: 'storage',
    slot: i % 2 === 0 ? BigInt(i % 100) : word(`slot ${i}`),
    value: i % 4 < 2 ? (name & 0xffffffffffffn) + 1n : name,
  };
}

/** Loads `size` entries, those that the block found among them, and works on them. */
export async function stateRates(rootshift, { root: home, folder, size, rounds, blockRuns }) {
  const block = rootshift.parseBatch(readFileSync(path.join(home, 'examples', 'mainnet-block-20472570.json'), 'utf8'));
  const held = size > 2 * block.prestate.length ? block.prestate : [];
  const own = size - held.length;
  function* pieces() {
    yield held;
    for (let at = 0; at < own; at += 1000)
      yield Array.from({ length: Math.min(1000, own - at) }, (_, i) => entryOf(at + i));
  }
  const open = (options = {}) => rootshift.openDatabase(folder, options);
  const { seconds, processorSeconds, peakMiB } = await watched(() => rootshift.loadState(open, pieces()));
  const load = { seconds, processorSeconds, peakMiB };
  let db = await open();
  load.bytesPerEntry = (await db.sizeOnDisk()) / size;
  await db.close();
  const results = { size, load, block: held.length > 0 ? await blockTimes(rootshift, open, block, blockRuns) : null };

  db = await open();
  const draw = drawer('uniform', own, 2);
  const taken = { updates: [], reads: [], hashing: [] };
  const before = await db.sizeOnDisk();
  for (let round = 0; round < rounds; round++) {
    const { root } = await db.current();
    const changes = Array.from({ length: BATCH }, () => ({ ...entryOf(draw()), value: word(`${round} ${draw()}`) }));
    taken.updates.push(
      await rate(BATCH, async () => {
        await db.commit({ ...(await rootshift.changeOf(db, root, changes)), origin: 'write' });
      }),
    );
    const asked = Array.from({ length: BATCH }, () => entryOf(draw()));
    const { root: current } = await db.current();
    taken.reads.push(
      await rate(BATCH, async () => {
        await rootshift.readPaths(db, db.scheme, current, await rootshift.treeKeys(asked));
      }),
    );
    taken.hashing.push(
      await rate(BATCH, async () => {
        await rootshift.treeKeys(asked);
        await rootshift.leafValues(asked.map(({ value }) => value));
      }),
    );
  }
  results.updatesPerSecond = median(taken.updates);
  results.readsPerSecond = median(taken.reads);
  results.hashedEntriesPerSecond = median(taken.hashing);
  results.bytesPerUpdate = ((await db.sizeOnDisk()) - before) / (rounds * BATCH);
  await db.close();
  return results;
}

/** Milliseconds of executing the whole block, each time with the database just opened. */
async function blockTimes(rootshift, open, block, runs) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    const db = await open();
    const { root } = await db.current();
    const start = performance.now();
    await rootshift.execute(db, root, block);
    times.push(performance.now() - start);
    await db.close();
  }
  return { accesses: block.accesses.length, firstMilliseconds: times[0], medianMilliseconds: median(times), runs };
}
