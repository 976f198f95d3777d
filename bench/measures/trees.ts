// Trees on raw keys, in the memory driver, as the peers' are; and the same peers beside them.
import { buildTree, HashDb, LeafTable, MemoryDriver, poseidonScheme, readPaths, writeMany } from 'rootshift';
import type { Digest, Node } from 'rootshift';
import { drawer, rawWord } from '../harness/draw.js';
import type { Distribution } from '../harness/draw.js';
import { circomlibTree, iden3Tree } from '../harness/peers.js';
import type { PeerTree } from '../harness/peers.js';
import { median, medianRates, rates, watched } from '../harness/timing.js';
import type { Rates } from '../harness/timing.js';

const BATCH = 1000;

/** Bits a level, by the name of the tree. */
const TREES = { quad: 2, binary: 1 } as const;
type TreeName = keyof typeof TREES;
const TREE_NAMES = Object.keys(TREES) as TreeName[];
const keyOf = (i: number): bigint => rawWord(`key ${i}`);

export interface TreeOptions {
  /** Entries. */
  readonly size: number;
  readonly withPeers: boolean;
  readonly rounds: number;
  readonly peerUpdates: number;
  readonly peerReads: number;
}

/** Updates and reads a second, by the clock and by the processor's time. */
export interface TreeRates {
  readonly updatesPerSecond: number;
  readonly readsPerSecond: number;
  readonly updatesPerProcessorSecond: number;
  readonly readsPerProcessorSecond: number;
}

/** To the better peer; where peers took part. */
export interface TreeRatios {
  readonly updatesRatio?: number;
  readonly readsRatio?: number;
  readonly updatesProcessorRatio?: number;
  readonly readsProcessorRatio?: number;
}

export interface TreeFigures {
  /** Of a batch of 1,000. */
  readonly distinctKeys: number;
  readonly trees: Readonly<Record<TreeName, TreeRates & TreeRatios>>;
  /** By the peer's name. */
  readonly peers: Readonly<Record<string, TreeRates>>;
}

export interface TreeResult {
  readonly size: number;
  readonly buildSeconds: Readonly<Record<TreeName, number>>;
  readonly distributions: Readonly<Record<Distribution, TreeFigures>>;
}

/** A database in memory with `size` raw entries; `keep` is told every node. */
async function rawDatabase(name: TreeName, size: number, keep: (nodes: ReadonlyMap<Digest, Node>) => void) {
  const scheme = poseidonScheme(TREES[name]);
  const table = new LeafTable(scheme);
  for (let i = 0; i < size; i++) table.push(keyOf(i), rawWord(`value ${i}`));
  const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  const { result, seconds } = await watched(async () => {
    const staging = await db.stage();
    const built = await buildTree(table, ({ nodes }) => {
      keep(nodes);
      return staging.add({ nodes, keyPreimages: new Map(), valuePreimages: new Map() });
    });
    return staging.commit({ ...built, origin: 'load' });
  });
  return { db, root: result.root, seconds };
}

/** Writes a batch at once, and makes it current. */
async function update(db: HashDb, changes: ReadonlyMap<bigint, bigint>): Promise<void> {
  const { root: parent } = await db.current();
  const made = await writeMany(db, db.scheme, parent, changes);
  await db.commit({ parent, ...made, keyPreimages: new Map(), valuePreimages: new Map(), origin: 'write' });
}

/** What one tree did in each round. */
interface Taken {
  readonly updates: Rates[];
  readonly reads: Rates[];
}

/** Rates of trees of `size` entries and of their peers, one after another in each round, of which medians are taken. */
export async function treeRates(options: TreeOptions): Promise<TreeResult> {
  const { size, withPeers } = options;
  const nodes = new Map<Digest, Node>();
  const quad = await rawDatabase('quad', size, () => {});
  const binary = await rawDatabase('binary', size, (part) => {
    if (withPeers) for (const [digest, node] of part) nodes.set(digest, node);
  });
  const peers = withPeers ? [await circomlibTree(binary.root, nodes), await iden3Tree(binary.root, nodes)] : [];
  nodes.clear();
  await checkPeers(binary.db, peers, keyOf(0));
  const ours = { quad: quad.db, binary: binary.db };
  let stamp = 0;
  const fresh = (): bigint => rawWord(`new ${stamp++}`);
  const distributions = {
    uniform: await figuresOf('uniform', { ...options, ours, peers, fresh }),
    zipfian: await figuresOf('zipfian', { ...options, ours, peers, fresh }),
  };
  for (const db of Object.values(ours)) await db.close();
  return { size, buildSeconds: { quad: quad.seconds, binary: binary.seconds }, distributions };
}

interface Sides extends TreeOptions {
  readonly ours: Readonly<Record<TreeName, HashDb>>;
  readonly peers: readonly PeerTree[];
  /** A value that no entry had before. */
  fresh(): bigint;
}

async function figuresOf(distribution: Distribution, sides: Sides): Promise<TreeFigures> {
  const { size, rounds, ours, peers, fresh } = sides;
  const draw = drawer(distribution, size, 1);
  const drawn = (count: number): bigint[] => Array.from({ length: count }, () => keyOf(draw()));
  const none = (): Taken => ({ updates: [], reads: [] });
  const takenByOurs: Record<TreeName, Taken> = { quad: none(), binary: none() };
  const takenByPeers = new Map(peers.map((peer): [PeerTree, Taken] => [peer, none()]));
  const distinct: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const changes = drawn(BATCH).map((key): [bigint, bigint] => [key, fresh()]);
    distinct.push(new Map(changes).size);
    // One batch in two runs after the peers, so that neither has the better moment.
    if (round % 2 === 0) await measureOurs(changes);
    await measurePeers(changes);
    if (round % 2 === 1) await measureOurs(changes);
  }
  const rivals = Object.fromEntries([...takenByPeers].map(([{ name }, taken]) => [name, ratesOf(taken)]));
  const treeOf = (name: TreeName): TreeRates & TreeRatios => {
    const figures = ratesOf(takenByOurs[name]);
    return { ...figures, ...ratios(figures, Object.values(rivals)) };
  };
  return { distinctKeys: median(distinct), trees: { quad: treeOf('quad'), binary: treeOf('binary') }, peers: rivals };

  async function measureOurs(changes: readonly [bigint, bigint][]): Promise<void> {
    for (const name of TREE_NAMES) {
      const db = ours[name];
      takenByOurs[name].updates.push(await rates(BATCH, () => update(db, new Map(changes))));
      const { root } = await db.current();
      const asked = drawn(BATCH);
      takenByOurs[name].reads.push(await rates(BATCH, () => readPaths(db, db.scheme, root, asked)));
    }
  }

  async function measurePeers(changes: readonly [bigint, bigint][]): Promise<void> {
    for (const [peer, taken] of takenByPeers) {
      const some = changes.slice(0, sides.peerUpdates);
      const asked = drawn(sides.peerReads);
      taken.updates.push(
        await rates(some.length, async () => {
          for (const [key, value] of some) await peer.update(key, value);
        }),
      );
      taken.reads.push(
        await rates(asked.length, async () => {
          for (const key of asked) await peer.read(key);
        }),
      );
    }
  }
}

function ratesOf({ updates, reads }: Taken): TreeRates {
  const update = medianRates(updates);
  const read = medianRates(reads);
  return {
    updatesPerSecond: update.clock,
    readsPerSecond: read.clock,
    updatesPerProcessorSecond: update.processor,
    readsPerProcessorSecond: read.processor,
  };
}

function ratios(ours: TreeRates, rivals: readonly TreeRates[]): TreeRatios {
  if (rivals.length === 0) return {};
  const ratio = (what: keyof TreeRates): number => ours[what] / Math.max(...rivals.map((rival) => rival[what]));
  return {
    updatesRatio: ratio('updatesPerSecond'),
    readsRatio: ratio('readsPerSecond'),
    updatesProcessorRatio: ratio('updatesPerProcessorSecond'),
    readsProcessorRatio: ratio('readsPerProcessorSecond'),
  };
}

/** The same write must give all trees one root: then each took the nodes for its own. */
async function checkPeers(db: HashDb, peers: readonly PeerTree[], key: bigint): Promise<void> {
  const value = rawWord('first');
  await update(db, new Map([[key, value]]));
  const { root } = await db.current();
  for (const peer of peers) {
    await peer.update(key, value);
    if ((await peer.root()) !== root) throw new Error(`${peer.name} has another root for the same content`);
  }
}
