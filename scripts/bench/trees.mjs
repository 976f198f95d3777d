// Trees on raw keys, in the memory driver, as the peers' are; and the same peers beside them.
import { circomlibTree, iden3Tree } from './peers.mjs';
import { drawer, median, rates, watched, word } from './world.mjs';

const BATCH = 1000;

/** A database in memory with `size` raw entries, and the keys; `keep` is told every node. */
export async function rawDatabase(rootshift, poseidon, size, keep = () => {}) {
  const { buildTree, HashDb, LeafTable, MemoryDriver, poseidonScheme } = rootshift;
  const scheme = poseidonScheme(poseidon, 1);
  const table = new LeafTable(scheme);
  for (let i = 0; i < size; i++) table.push(word(`key ${i}`), word(`value ${i}`));
  const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  const { result, ...cost } = await watched(async () => {
    const staging = await db.stage();
    const built = await buildTree(table, ({ nodes }) => {
      keep(nodes);
      return staging.add({ nodes, keyPreimages: new Map(), valuePreimages: new Map() });
    });
    return staging.commit({ ...built, origin: 'load' });
  });
  return { db, keyOf: (i) => word(`key ${i}`), root: result.root, cost };
}

/** Writes a batch at once, and makes it current. */
async function update(rootshift, db, changes) {
  const { root: parent } = await db.current();
  const made = await rootshift.writeMany(db, db.scheme, parent, changes);
  await db.commit({ parent, ...made, keyPreimages: new Map(), valuePreimages: new Map(), origin: 'write' });
}

/** Rates of a tree of `size` entries and of its peers, one after another in each round, of which medians are taken. */
export async function treeRates(rootshift, poseidon, { size, withPeers, rounds, peerUpdates, peerReads }) {
  const nodes = new Map();
  const { db, keyOf, root, cost } = await rawDatabase(rootshift, poseidon, size, (part) => {
    if (withPeers) for (const [digest, node] of part) nodes.set(digest, node);
  });
  const peers = withPeers ? [await circomlibTree(root, nodes), await iden3Tree(root, nodes)] : [];
  nodes.clear();
  await checkPeers(rootshift, db, peers, keyOf(0));
  const results = { size, buildSeconds: cost.seconds, distributions: {} };
  let stamp = 0;
  for (const distribution of ['uniform', 'zipfian']) {
    const draw = drawer(distribution, size, 1);
    const drawn = (count) => Array.from({ length: count }, () => keyOf(draw()));
    const taken = { updates: [], reads: [], distinct: [], peers: Object.fromEntries(peers.map(({ name }) => [name, { updates: [], reads: [] }])) };
    for (let round = 0; round < rounds; round++) {
      const changes = drawn(BATCH).map((key) => [key, word(`new ${stamp++}`)]);
      // One batch in two runs after the peers, so that neither has the better moment.
      const ours = async () => {
        taken.distinct.push(new Map(changes).size);
        taken.updates.push(await rates(BATCH, () => update(rootshift, db, new Map(changes))));
        const { root: current } = await db.current();
        const asked = drawn(BATCH);
        taken.reads.push(await rates(BATCH, () => rootshift.readPaths(db, db.scheme, current, asked)));
      };
      if (round % 2 === 0) await ours();
      for (const peer of peers) {
        const [some, asked] = [changes.slice(0, peerUpdates), drawn(peerReads)];
        const of = taken.peers[peer.name];
        of.updates.push(await rates(some.length, async () => {
          for (const [key, value] of some) await peer.update(key, value);
        }));
        of.reads.push(await rates(asked.length, async () => {
          for (const key of asked) await peer.read(key);
        }));
      }
      if (round % 2 === 1) await ours();
    }
    const by = (list, what) => median(list.map((taken) => taken[what]));
    const figures = ({ updates, reads }) => ({
      updatesPerSecond: by(updates, 'clock'),
      readsPerSecond: by(reads, 'clock'),
      updatesPerProcessorSecond: by(updates, 'processor'),
      readsPerProcessorSecond: by(reads, 'processor'),
    });
    const rivals = Object.fromEntries(Object.entries(taken.peers).map(([name, of]) => [name, figures(of)]));
    results.distributions[distribution] = { ...figures(taken), distinctKeys: median(taken.distinct), peers: rivals, ...ratios(figures(taken), Object.values(rivals)) };
  }
  await db.close();
  return results;
}

function ratios(ours, rivals) {
  if (rivals.length === 0) return {};
  const best = (what) => Math.max(...rivals.map((rival) => rival[what]));
  return {
    updatesRatio: ours.updatesPerSecond / best('updatesPerSecond'),
    readsRatio: ours.readsPerSecond / best('readsPerSecond'),
    updatesProcessorRatio: ours.updatesPerProcessorSecond / best('updatesPerProcessorSecond'),
    readsProcessorRatio: ours.readsPerProcessorSecond / best('readsPerProcessorSecond'),
  };
}

/** The same write must give all trees one root: then each took the nodes for its own. */
async function checkPeers(rootshift, db, peers, key) {
  const value = word('first');
  await update(rootshift, db, new Map([[key, value]]));
  const { root } = await db.current();
  for (const peer of peers) {
    await peer.update(key, value);
    if ((await peer.root()) !== root) throw new Error(`${peer.name} has another root for the same content`);
  }
}
