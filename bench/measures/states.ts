// States in the embedded driver: entries whose keys and values are hashed, kept with what they stand for.
import { changeOf, execute, loadState, openDatabase, readPaths, treeKeys } from 'rootshift';
import type { Batch, Entry } from 'rootshift';
import { readBlock } from '../harness/block.js';
import { drawer, rawWord } from '../harness/draw.js';
import { median, rates, watched } from '../harness/timing.js';

const BATCH = 1000;

export interface StateOptions {
  /** The project's directory. */
  readonly home: string;
  /** The database's. */
  readonly folder: string;
  /** Entries. */
  readonly size: number;
  readonly rounds: number;
  readonly blockRuns: number;
}

/** Milliseconds of executing the whole block. */
export interface BlockTimes {
  readonly accesses: number;
  readonly firstMilliseconds: number;
  readonly medianMilliseconds: number;
  readonly runs: number;
}

export interface StateResult {
  readonly size: number;
  readonly load: {
    readonly seconds: number;
    readonly processorSeconds: number;
    readonly peakMiB: number;
    readonly bytesPerEntry: number;
  };
  /** Null if the state is too small to hold what the block found. */
  readonly block: BlockTimes | null;
  readonly updatesPerSecond: number;
  readonly readsPerSecond: number;
  readonly hashedEntriesPerSecond: number;
  readonly bytesPerUpdate: number;
}

/** Like the storage of contracts: half of the slots are small, half are hashes; so are values. */
function entryOf(i: number): Entry {
  const name = rawWord(`entry ${i}`);
  return {
    address: name >> 93n,
    kind: 'storage',
    slot: i % 2 === 0 ? BigInt(i % 100) : rawWord(`slot ${i}`),
    value: i % 4 < 2 ? (name & 0xffffffffffffn) + 1n : name,
  };
}

/** Loads `size` entries, those that the block found among them, and works on them. */
export async function stateRates({ home, folder, size, rounds, blockRuns }: StateOptions): Promise<StateResult> {
  const block = readBlock(home);
  const held = size > 2 * block.prestate.length ? block.prestate : [];
  const own = size - held.length;
  function* pieces(): Generator<readonly Entry[]> {
    yield held;
    for (let at = 0; at < own; at += 1000)
      yield Array.from({ length: Math.min(1000, own - at) }, (_, i) => entryOf(at + i));
  }
  const { result: _loaded, ...cost } = await watched(() =>
    loadState((options = {}) => openDatabase(folder, options), pieces()),
  );
  let db = await openDatabase(folder);
  const load = { ...cost, bytesPerEntry: (await db.sizeOnDisk()) / size };
  await db.close();
  const blockFigures = held.length > 0 ? await blockTimes(folder, block, blockRuns) : null;

  db = await openDatabase(folder);
  const draw = drawer('uniform', own, 2);
  const updates: number[] = [];
  const reads: number[] = [];
  const hashing: number[] = [];
  const before = await db.sizeOnDisk();
  const rate = async (work: () => unknown): Promise<number> => (await rates(BATCH, work)).clock;
  for (let round = 0; round < rounds; round++) {
    const { root } = await db.current();
    const changes = Array.from({ length: BATCH }, () => ({ ...entryOf(draw()), value: rawWord(`${round} ${draw()}`) }));
    updates.push(await rate(async () => db.commit({ ...(await changeOf(db, root, changes)), origin: 'write' })));
    const asked = Array.from({ length: BATCH }, () => entryOf(draw()));
    const { root: current } = await db.current();
    reads.push(await rate(async () => readPaths(db, db.scheme, current, await treeKeys(asked))));
    hashing.push(
      await rate(async () => {
        await treeKeys(asked);
        await db.scheme.leafValues(asked.map(({ value }) => value));
      }),
    );
  }
  const after = await db.sizeOnDisk();
  await db.close();
  return {
    size,
    load,
    block: blockFigures,
    updatesPerSecond: median(updates),
    readsPerSecond: median(reads),
    hashedEntriesPerSecond: median(hashing),
    bytesPerUpdate: (after - before) / (rounds * BATCH),
  };
}

/** Each time with the database just opened. */
async function blockTimes(folder: string, block: Batch, runs: number): Promise<BlockTimes> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const db = await openDatabase(folder);
    const { root } = await db.current();
    const start = performance.now();
    await execute(db, root, block);
    times.push(performance.now() - start);
    await db.close();
  }
  return {
    accesses: block.accesses.length,
    firstMilliseconds: times[0] ?? NaN,
    medianMilliseconds: median(times),
    runs,
  };
}
