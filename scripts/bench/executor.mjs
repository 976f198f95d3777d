// The executor on a state in the embedded driver, and the peers' trees, in memory, on the same content: each has its
// turn in every round. And how many circuits the planner takes for each workload, which is exact.
import { circomlibTree, iden3Tree } from './peers.mjs';
import { asBatch, BLOCK, drawAccesses, firstValue, readBlock, record, WORKLOADS } from './workloads.mjs';
import { median, rates, watched } from './world.mjs';

/** Records that are made and hashed together. */
const PIECE = 1000;

/**
 * Loads `size` records, the block's prestate among them, and performs the workloads: batches of `batch` accesses,
 * executed and committed, of the block `planned`; the peers, if they take part, a batch's first `peerAccesses`.
 * @param circuits to plan `planned` accesses of each workload for, one circuit at a time; none to plan nothing
 */
export async function executorRates(
  rootshift,
  { home, folder, size, withPeers, rounds, batch, peerAccesses, planned, circuits },
) {
  const block = readBlock(rootshift, home);
  const own = size - block.prestate.length;
  function* pieces() {
    yield block.prestate;
    for (let at = 0; at < own; at += PIECE) {
      yield Array.from({ length: Math.min(PIECE, own - at) }, (_, i) => ({
        ...record(at + i),
        value: firstValue(at + i),
      }));
    }
  }
  const open = (options = {}) => rootshift.openDatabase(folder, options);
  const { result: loaded, ...load } = await watched(() => rootshift.loadState(open, pieces()));
  const db = await open();
  load.bytesOnDisk = await db.sizeOnDisk();
  const rivals = withPeers ? await peersOf(rootshift, [...pieces()].flat()) : null;
  const workloads = {};
  const { peakMiB } = await watched(async () => {
    for (const name of WORKLOADS) {
      const draw = name === BLOCK ? (length) => block.accesses.slice(0, length) : drawAccesses(name, own);
      workloads[name] = {
        ...(await timed({ rootshift, db, rivals, rounds, peerAccesses, undo: name === BLOCK }, () =>
          draw(name === BLOCK ? planned : batch),
        )),
        plans: await plans(rootshift, db, draw(planned), circuits),
      };
    }
  });
  await db.close();
  const held = rivals && Object.fromEntries(rivals.peers.map(({ name, heldMiB }) => [name, heldMiB]));
  return { size: loaded.entries, load, peakMiB, peersHeldMiB: held, workloads };
}

/** Rates of ours and of the peers, medians over rounds. */
async function timed({ rootshift, db, rivals, rounds, peerAccesses, undo }, draw) {
  const ours = { executed: [], committed: [] };
  const peers = new Map((rivals?.peers ?? []).map((peer) => [peer, []]));
  const distinct = [];
  for (let round = 0; round < rounds; round++) {
    const accesses = draw();
    distinct.push(new Set(accesses.map(({ address, kind, slot }) => `${address} ${kind} ${slot}`)).size);
    const perform = async () => {
      const { root } = await db.current();
      let change;
      ours.executed.push(
        await rates(accesses.length, async () => {
          ({ change } = await rootshift.execute(db, root, asBatch(accesses)));
        }),
      );
      ours.committed.push(
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
    };
    // In one round of two ours comes after the peers, so that neither has the better moment.
    if (round % 2 === 0) await perform();
    const first = (round * peerAccesses) % Math.max(1, accesses.length - peerAccesses);
    const hashed = rivals && (await hashedAccesses(rootshift, accesses.slice(first, first + peerAccesses)));
    for (const [peer, taken] of peers) {
      taken.push(
        await rates(hashed.length, async () => {
          for (const access of hashed) await peer.perform(access);
        }),
      );
    }
    if (round % 2 === 1) await perform();
  }
  const both = ours.executed.map((executed, i) => ({
    clock: sum(executed.clock, ours.committed[i].clock),
    processor: sum(executed.processor, ours.committed[i].processor),
  }));
  const figures = {
    distinctKeys: median(distinct),
    executed: figure(ours.executed),
    executedAndCommitted: figure(both),
  };
  if (rivals === null) return figures;
  const rated = Object.fromEntries([...peers].map(([{ name }, taken]) => [name, figure(taken)]));
  const best = (what) => Math.max(...Object.values(rated).map((one) => one[what]));
  const { clock, processor } = figures.executedAndCommitted;
  return {
    ...figures,
    peers: rated,
    ratio: { clock: clock / best('clock'), processor: processor / best('processor') },
  };
}

/** The rate of two kinds of work, one after the other. */
const sum = (a, b) => 1 / (1 / a + 1 / b);
const figure = (taken) => ({
  clock: median(taken.map(({ clock }) => clock)),
  processor: median(taken.map(({ processor }) => processor)),
});

/** The peers' trees with the same entries, told by their hashes, which they are not asked to compute. */
async function peersOf(rootshift, entries) {
  const scheme = rootshift.poseidonScheme(1);
  const table = new rootshift.LeafTable(scheme);
  const [keys, values] = [
    await rootshift.treeKeys(entries),
    await rootshift.leafValues(entries.map(({ value }) => value)),
  ];
  keys.forEach((key, i) => table.push(key, values[i]));
  const store = new rootshift.NodeOverlay();
  const { root } = await rootshift.buildTree(table, async ({ nodes }) => store.add(nodes));
  const { root: other } = await rootshift.writeMany(store, scheme, root, new Map([[keys[0], values[1]]]));
  const peers = [];
  for (const make of [circomlibTree, iden3Tree]) {
    const before = heldMiB();
    const tree = await make(root, store.nodes);
    const peer = { ...tree, heldMiB: heldMiB() - before };
    // The same write gives it the root that it gives us: then it took the nodes for its own.
    await peer.update(keys[0], values[1]);
    if ((await peer.root()) !== other) throw new Error(`${peer.name} has another root for the same content`);
    await peer.update(keys[0], values[0]);
    const present = new Set(keys);
    peer.perform = async ({ op, key, value }) => {
      if (op === 'read') return peer.read(key);
      if (value === 0n) return present.delete(key) && peer.remove(key);
      if (present.has(key)) return peer.update(key, value);
      present.add(key);
      return peer.insert(key, value);
    };
    peers.push(peer);
  }
  return { peers };
}

function heldMiB() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

async function hashedAccesses(rootshift, accesses) {
  const keys = await rootshift.treeKeys(accesses);
  const values = await rootshift.leafValues(accesses.map(({ value = 0n }) => value));
  return accesses.map(({ op, value }, i) => ({ op, key: keys[i], value: value === 0n ? 0n : values[i] }));
}

/** Which circuits, and how many of each, take the accesses on the state as it is. */
async function plans(rootshift, db, accesses, circuits) {
  const { root } = await db.current();
  const reads = accesses.filter(({ op }) => op === 'read').length;
  const start = { reader: db, root, load: null };
  const pins = await rootshift.circuitPins();
  const made = {};
  for (const circuit of circuits) {
    const { chunks } = await rootshift.planBatch({
      start,
      batch: asBatch(accesses),
      circuits: rootshift.circuitsWith(circuit),
    });
    const proofs = {};
    for (const chunk of chunks) proofs[chunk.circuit] = (proofs[chunk.circuit] ?? 0) + 1;
    made[circuit] = {
      proofs,
      constraints: chunks.reduce((total, chunk) => total + pins[chunk.circuit].constraints, 0),
    };
  }
  return { accesses: accesses.length, reads, circuits: made };
}
