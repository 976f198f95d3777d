// The executor on a state in the embedded driver, and the peers' trees, in memory, on the same content: each has its
// turn in every round. And how many circuits the planner takes for each workload, which is exact.
import {
  buildTree,
  circuitPins,
  circuitsWith,
  execute,
  LeafTable,
  loadState,
  NodeOverlay,
  openDatabase,
  planBatch,
  poseidonScheme,
  treeKeys,
  writeMany,
} from 'rootshift';
import type { CircuitName, Entry, HashDb, RequestedAccess } from 'rootshift';
import { readBlock } from '../harness/block.js';
import { circomlibTree, iden3Tree } from '../harness/peers.js';
import type { PeerTree } from '../harness/peers.js';
import { median, medianRates, rated, rates, ratesOfBoth, watched } from '../harness/timing.js';
import type { Rates } from '../harness/timing.js';
import { asBatch, BLOCK, drawAccesses, firstValue, record, WORKLOADS } from '../harness/workloads.js';
import type { Workload } from '../harness/workloads.js';

/** Records that are made and hashed together. */
const PIECE = 1000;

export interface ExecutorOptions {
  /** The project's directory. */
  readonly home: string;
  /** The database's. */
  readonly folder: string;
  /** Entries of the state. */
  readonly size: number;
  readonly withPeers: boolean;
  readonly rounds: number;
  /** Accesses of a round; of the block, `planned`. */
  readonly batch: number;
  /** Of a round's accesses, those that the peers do. */
  readonly peerAccesses: number;
  /** Accesses of each workload that are planned. */
  readonly planned: number;
  /** To plan for, one circuit at a time; none to plan nothing. */
  readonly circuits: readonly CircuitName[];
}

/** How the planner cuts accesses for each circuit that it may take. */
export interface Plans {
  readonly accesses: number;
  readonly reads: number;
  readonly circuits: Readonly<Record<string, CircuitPlan>>;
}
export interface CircuitPlan {
  /** How many proofs of each circuit. */
  readonly proofs: Readonly<Record<string, number>>;
  readonly constraints: number;
}

export interface WorkloadRates {
  readonly distinctKeys: number;
  readonly executed: Rates;
  readonly executedAndCommitted: Rates;
  /** By the peer's name; where peers took part. */
  readonly peers?: Readonly<Record<string, Rates>>;
  /** To the faster peer. */
  readonly ratio?: Rates;
}

export interface ExecutorResult {
  readonly size: number;
  readonly load: {
    readonly seconds: number;
    readonly processorSeconds: number;
    readonly peakMiB: number;
    readonly bytesOnDisk: number;
  };
  readonly peakMiB: number;
  /** The heap that each peer's tree holds, by its name. */
  readonly peersHeldMiB: Readonly<Record<string, number>> | null;
  readonly workloads: Readonly<Record<Workload, WorkloadRates & { readonly plans: Plans }>>;
}

/** Loads records, the block's prestate among them, and performs the workloads. */
export async function executorRates(options: ExecutorOptions): Promise<ExecutorResult> {
  const { folder, size, batch, planned, circuits } = options;
  const block = readBlock(options.home);
  const own = size - block.prestate.length;
  function* pieces(): Generator<readonly Entry[]> {
    yield block.prestate;
    for (let at = 0; at < own; at += PIECE) {
      yield Array.from({ length: Math.min(PIECE, own - at) }, (_, i) => ({
        ...record(at + i),
        value: firstValue(at + i),
      }));
    }
  }
  const { result: loaded, ...cost } = await watched(() =>
    loadState((given = {}) => openDatabase(folder, given), pieces()),
  );
  const db = await openDatabase(folder);
  const load = { ...cost, bytesOnDisk: await db.sizeOnDisk() };
  const peers = options.withPeers ? await peersOf([...pieces()].flat()) : null;
  const { result: workloads, peakMiB } = await watched(async () => {
    const found: Partial<Record<Workload, WorkloadRates & { plans: Plans }>> = {};
    for (const name of WORKLOADS) {
      const draw = name === BLOCK ? (length: number) => block.accesses.slice(0, length) : drawAccesses(name, own);
      const round = { db, peers, ...options, undo: name === BLOCK };
      const taken = await timed(round, () => draw(name === BLOCK ? planned : batch));
      found[name] = { ...taken, plans: await plans(db, draw(planned), circuits) };
    }
    return found as ExecutorResult['workloads'];
  });
  await db.close();
  const held = peers && Object.fromEntries(peers.map(({ tree, heldMiB }) => [tree.name, heldMiB]));
  return { size: loaded.entries, load, peakMiB, peersHeldMiB: held, workloads };
}

interface Round {
  readonly db: HashDb;
  readonly peers: readonly Peer[] | null;
  readonly rounds: number;
  readonly peerAccesses: number;
  /** Whether each round finds the state that the first one found. */
  readonly undo: boolean;
}

/** Rates of ours and of the peers, medians over rounds. */
async function timed(round: Round, draw: () => readonly RequestedAccess[]): Promise<WorkloadRates> {
  const { db, peers, rounds, peerAccesses, undo } = round;
  const executed: Rates[] = [];
  const committed: Rates[] = [];
  const taken = new Map((peers ?? []).map((peer): [Peer, Rates[]] => [peer, []]));
  const distinct: number[] = [];
  for (let turn = 0; turn < rounds; turn++) {
    const accesses = draw();
    distinct.push(new Set(accesses.map(({ address, kind, slot }) => `${address} ${kind} ${slot}`)).size);
    // In one round of two ours comes after the peers, so that neither has the better moment.
    if (turn % 2 === 0) await perform(accesses);
    const first = (turn * peerAccesses) % Math.max(1, accesses.length - peerAccesses);
    if (peers !== null) {
      const hashed = await hashedAccesses(accesses.slice(first, first + peerAccesses));
      for (const [peer, of] of taken) {
        of.push(
          await rates(hashed.length, async () => {
            for (const access of hashed) await peer.perform(access);
          }),
        );
      }
    }
    if (turn % 2 === 1) await perform(accesses);
  }
  const figures = {
    distinctKeys: median(distinct),
    executed: medianRates(executed),
    executedAndCommitted: medianRates(executed.map((one, i) => ratesOfBoth(one, committed[i]!))),
  };
  if (peers === null) return figures;
  const ofPeers = Object.fromEntries([...taken].map(([{ tree }, of]) => [tree.name, medianRates(of)]));
  const best = (what: keyof Rates): number => Math.max(...Object.values(ofPeers).map((one) => one[what]));
  const { clock, processor } = figures.executedAndCommitted;
  return {
    ...figures,
    peers: ofPeers,
    ratio: { clock: clock / best('clock'), processor: processor / best('processor') },
  };

  async function perform(accesses: readonly RequestedAccess[]): Promise<void> {
    const { root } = await db.current();
    const [{ change }, rate] = await rated(accesses.length, () => execute(db, root, asBatch(accesses)));
    executed.push(rate);
    committed.push(
      await rates(accesses.length, async () => {
        if (change.root !== root) await db.commit({ ...change, origin: 'write' });
      }),
    );
    // The same block again finds the state that it is of.
    if (undo)
      await db.commit({
        parent: change.root,
        root,
        nodes: new Map(),
        keyPreimages: new Map(),
        valuePreimages: new Map(),
        entriesDelta: -change.entriesDelta,
        origin: 'write',
      });
  }
}

/** An access by the hashes of its key and value; value 0 deletes. */
interface HashedAccess {
  readonly op: 'read' | 'write';
  readonly key: bigint;
  readonly value: bigint;
}

interface Peer {
  readonly tree: PeerTree;
  readonly heldMiB: number;
  perform(access: HashedAccess): Promise<unknown>;
}

/** The peers' trees with the same entries, told by their hashes, which they are not asked to compute. */
async function peersOf(entries: readonly Entry[]): Promise<Peer[]> {
  const scheme = poseidonScheme(1);
  const table = new LeafTable(scheme);
  const keys = await treeKeys(entries);
  const values = await scheme.leafValues(entries.map(({ value }) => value));
  keys.forEach((key, i) => table.push(key, values[i]!));
  const store = new NodeOverlay();
  const { root } = await buildTree(table, async ({ nodes }) => store.add(nodes));
  const { root: other } = await writeMany(store, scheme, root, new Map([[keys[0]!, values[1]!]]));
  const peers: Peer[] = [];
  for (const make of [circomlibTree, iden3Tree]) {
    const before = heldMiB();
    const tree = await make(root, store.nodes);
    const held = heldMiB() - before;
    // The same write gives it the root that it gives us: then it took the nodes for its own.
    await tree.update(keys[0]!, values[1]!);
    if ((await tree.root()) !== other) throw new Error(`${tree.name} has another root for the same content`);
    await tree.update(keys[0]!, values[0]!);
    peers.push({ tree, heldMiB: held, perform: performer(tree, new Set(keys)) });
  }
  return peers;
}

/** Performs accesses on a peer's tree, which must be told whether a key is present. */
function performer(tree: PeerTree, present: Set<bigint>): Peer['perform'] {
  return async ({ op, key, value }) => {
    if (op === 'read') return tree.read(key);
    if (value === 0n) return present.delete(key) && tree.remove(key);
    if (present.has(key)) return tree.update(key, value);
    present.add(key);
    return tree.insert(key, value);
  };
}

function heldMiB(): number {
  if (globalThis.gc === undefined) throw new Error('expected node --expose-gc');
  void globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

async function hashedAccesses(accesses: readonly RequestedAccess[]): Promise<HashedAccess[]> {
  const keys = await treeKeys(accesses);
  const values = await poseidonScheme(1).leafValues(accesses.map(({ value = 0n }) => value));
  return accesses.map(({ op, value }, i) => ({ op, key: keys[i]!, value: value === 0n ? 0n : values[i]! }));
}

/** Which circuits, and how many of each, take the accesses on the state as it is. */
async function plans(
  db: HashDb,
  accesses: readonly RequestedAccess[],
  circuits: readonly CircuitName[],
): Promise<Plans> {
  const { root } = await db.current();
  const reads = accesses.filter(({ op }) => op === 'read').length;
  const pins = await circuitPins();
  const made: Record<string, CircuitPlan> = {};
  for (const circuit of circuits) {
    const { chunks } = await planBatch({
      start: { reader: db, root, load: null },
      batch: asBatch(accesses),
      circuits: circuitsWith(circuit),
    });
    const proofs: Record<string, number> = {};
    for (const chunk of chunks) proofs[chunk.circuit] = (proofs[chunk.circuit] ?? 0) + 1;
    const constraints = chunks.reduce((total, chunk) => total + pins[chunk.circuit]!.constraints, 0);
    made[circuit] = { proofs, constraints };
  }
  return { accesses: accesses.length, reads, circuits: made };
}
