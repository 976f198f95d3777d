// Trees on raw keys, in the memory driver, as the peers' are; and the same peers beside them.
import { circomlibTree, iden3Tree } from './peers.mjs';
import { drawer, median, rates, watched, word } from './world.mjs';

const BATCH = 1000;

/** Bits a level, by the name of the tree. */
const TREES = { quad: 2, binary: 1 };
const keyOf = (i) => word(`key ${i}`);

/** A database in memory with `size` raw entries; `keep` is told every node. */
async function rawDatabase(rootshift, bitsPerLevel, size, keep) {
  const { buildTree, HashDb, LeafTable, MemoryDriver, poseidonScheme } = rootshift;
  const scheme = poseidonScheme(bitsPerLevel);
  const table = new LeafTable(scheme);
  for (let i = 0; i < size; i++) table.push(keyOf(i), word(`value ${i}`));
  const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  const { result, ...cost } = await watched(async () => {
    const staging = await db.stage();
    const built = await buildTree(table, ({ nodes }) => {
      keep(nodes);
      return staging.add({ nodes, keyPreimages: new Map(), valuePreimages: new Map() });
    });
    return staging.commit({ ...built, origin: 'load' });
  });
  return { db, root: result.root, cost };
}

/** Writes a batch at once, and makes it current. */
async function update(rootshift, db, changes) {
  const { root: parent } = await db.current();
  const made = await rootshift.writeMany(db, db.scheme, parent, changes);
  await db.commit({ parent, ...made, keyPreimages: new Map(), valuePreimages: new Map(), origin: 'write' });
}

/** Rates of trees of `size` entries and of their peers, one after another in each round, of which medians are taken. */
export async function treeRates(rootshift, { size, withPeers, rounds, peerUpdates, peerReads }) {
  const nodes = new Map();
  const quad = await rawDatabase(rootshift, TREES.quad, size, () => {});
  const binary = await rawDatabase(rootshift, TREES.binary, size, (part) => {
    if (withPeers) for (const [digest, node] of part) nodes.set(digest, node);
  });
  const peers = withPeers ? [await circomlibTree(binary.root, nodes), await iden3Tree(binary.root, nodes)] : [];
  nodes.clear();
  await checkPeers(rootshift, binary.db, peers, keyOf(0));
  const ours = { quad: quad.db, binary: binary.db };
  const results = { size, buildSeconds: { quad: quad.cost.seconds, binary: binary.cost.seconds }, distributions: {} };
  let stamp = 0;
  for (const distribution of ['uniform', 'zipfian']) {
    const draw = drawer(distribution, size, 1);
    const drawn = (count) => Array.from({ length: count }, () => keyOf(draw()));
    const none = (names) => Object.fromEntries(names.map((name) => [name, { updates: [], reads: [] }]));
    const taken = { ...none(Object.keys(ours)), ...none(peers.map(({ name }) => name)) };
    const distinct = [];
    for (let round = 0; round < rounds; round++) {
      const changes = drawn(BATCH).map((key) => [key, word(`new ${stamp++}`)]);
      distinct.push(new Map(changes).size);
      const measureOurs = async () => {
        for (const [name, db] of Object.entries(ours)) {
          taken[name].updates.push(await rates(BATCH, () => update(rootshift, db, new Map(changes))));
          const { root: current } = await db.current();
          const asked = drawn(BATCH);
          taken[name].reads.push(await rates(BATCH, () => rootshift.readPaths(db, db.scheme, current, asked)));
        }
      };
      // One batch in two runs after the peers, so that neither has the better moment.
      if (round % 2 === 0) await measureOurs();
      for (const peer of peers) {
        const [some, asked] = [changes.slice(0, peerUpdates), drawn(peerReads)];
        taken[peer.name].updates.push(
          await rates(some.length, async () => {
            for (const [key, value] of some) await peer.update(key, value);
          }),
        );
        taken[peer.name].reads.push(
          await rates(asked.length, async () => {
            for (const key of asked) await peer.read(key);
          }),
        );
      }
      if (round % 2 === 1) await measureOurs();
    }
    const figures = Object.fromEntries(Object.entries(taken).map(([name, of]) => [name, figuresOf(of)]));
    const rivals = Object.fromEntries(peers.map(({ name }) => [name, figures[name]]));
    const trees = Object.fromEntries(
      Object.keys(ours).map((name) => [name, { ...figures[name], ...ratios(figures[name], Object.values(rivals)) }]),
    );
    results.distributions[distribution] = { distinctKeys: median(distinct), trees, peers: rivals };
  }
  for (const db of Object.values(ours)) await db.close();
  return results;
}

function figuresOf({ updates, reads }) {
  const by = (list, what) => median(list.map((taken) => taken[what]));
  return {
    updatesPerSecond: by(updates, 'clock'),
    readsPerSecond: by(reads, 'clock'),
    updatesPerProcessorSecond: by(updates, 'processor'),
    readsPerProcessorSecond: by(reads, 'processor'),
  };
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
