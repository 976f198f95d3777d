// Times operations on a trie of Linea's state manager in memory, traces included, in operations for each second of CPU
// time: ours, a block at once, and beside it plain JavaScript, an operation, a path and a hash at a time, with MiMC by
// BigInt and with circomlibjs's Poseidon. Then a block of as many operations on the slots of one account, committed to
// a database in memory and to an embedded one, its traces written as JSON.
//   node scripts/run.mjs bench/linea.ts [--entries 100000] [--operations 1000] [--peer-operations 16]
// Half of the operations update, a quarter inserts, an eighth deletes, an eighth reads.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { buildPoseidon } from 'circomlibjs';
import { openDriver } from '#dist/engine/database.js';
import { StateDb } from '#dist/linea/store/state-db.js';
import { accountToHex } from '#dist/linea/suite/account-bytes.js';
import { emptyTrie } from '#dist/linea/suite/empty.js';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '#dist/linea/suite/kind.js';
import { MIMC_BLS12_377 } from '#dist/linea/suite/mimc.js';
import { POSEIDON_BN254 } from '#dist/linea/suite/poseidon.js';
import type { Hex, Opening, Suite } from '#dist/linea/suite/suite.js';
import { formatTraces } from '#dist/linea/trace/range.js';
import { applyAll, applyUntraced } from '#dist/linea/trie/apply.js';
import { MemoryTrie } from '#dist/linea/trie/memory-trie.js';
import type { Operation, Step } from '#dist/linea/trie/sequence.js';
import { sequence } from '#dist/linea/trie/sequence.js';
import type { TrieChange } from '#dist/linea/trie/store.js';
import type { Driver } from '#dist/state/hashdb/driver.js';
import { MemoryDriver } from '#dist/state/hashdb/memory.js';

const { values: args } = parseArgs({
  options: {
    entries: { type: 'string', default: '100000' },
    operations: { type: 'string', default: '1000' },
    'peer-operations': { type: 'string', default: '16' },
  },
});
const ENTRIES = Number(args.entries);
const OPERATIONS = Number(args.operations);
const PEER_OPERATIONS = Number(args['peer-operations']);

/** A hash of field elements, in plain JavaScript. */
type PlainHash = (elements: readonly bigint[]) => bigint;

/** MiMC over BLS12-377 by BigInt. */
function plainMimc(): PlainHash {
  const order = MIMC_BLS12_377.maxKey + 1n;
  const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let digest = keccak_256(new TextEncoder().encode('seed'));
  const constants = Array.from({ length: 62 }, () => {
    digest = keccak_256(digest);
    return numberOf(digest) % order;
  });
  return (elements) =>
    elements.reduce((state, element) => {
      let m = element;
      for (const constant of constants) {
        const sum = (m + state + constant) % order;
        let power = sum;
        for (let i = 0; i < 4; i++) power = (power * power) % order;
        m = (power * sum) % order;
      }
      return (m + 2n * state + element) % order;
    }, 0n);
}

const circomlib = await buildPoseidon();
const plainPoseidon: PlainHash = (elements) => circomlib.F.toObject(circomlib(elements));

/** Siblings, writes and roots of steps, path after path. */
async function plainSteps(suite: Suite, hash: PlainHash, trie: MemoryTrie, steps: readonly Step[]): Promise<bigint> {
  const { nodes: empty } = await emptyTrie(suite);
  const written = new Map<string, bigint>();
  const leafHash = ({ prevLeaf, nextLeaf, hKey, hVal }: Opening): bigint =>
    hash([BigInt(prevLeaf), BigInt(nextLeaf), hKey, hVal]);
  let root = 0n;
  for (const step of steps) {
    for (const { index, after } of step.touches) {
      let node = after === undefined || after === null ? 0n : leafHash(after.opening);
      for (let level = 0, at = index; level < 40; level++, at = Math.floor(at / 2)) {
        const beside = at % 2 === 0 ? at + 1 : at - 1;
        const sibling = written.get(`${level}/${beside}`) ?? (await trie.nodes(level, [beside]))[0] ?? empty[level]!;
        if (after === undefined) continue;
        written.set(`${level}/${at}`, node);
        node = at % 2 === 0 ? hash([node, sibling]) : hash([sibling, node]);
      }
      if (after !== undefined) root = node;
    }
  }
  return root;
}

const word = (x: number): Hex => `0x${x.toString(16).padStart(64, '0')}`;

function operationsOf(count: number): Operation[] {
  return Array.from({ length: count }, (_, i): Operation => {
    const key = word((i * 7919) % ENTRIES);
    if (i % 8 < 4) return { kind: 'put', key, value: word(i + 2) };
    if (i % 8 < 6) return { kind: 'put', key: word(ENTRIES + i), value: word(1) };
    return { kind: i % 8 === 6 ? 'delete' : 'read', key };
  });
}

/** What `work` gives, and the CPU time of all threads, in seconds. */
async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return { result, seconds: (user + system) / 1e6 };
}

/** A state of one account with slots, after block 1. */
async function stateOf(suite: Suite, driver: Driver, storage: TrieChange): Promise<StateDb> {
  const [storageRoot] = await suite.tops([storage.state]);
  const codeHash = await suite.code(new Uint8Array());
  const account = { nonce: 1n, balance: 1n, storageRoot: storageRoot!, codeHash, keccakCodeHash: 0n, codeSize: 0n };
  const reader = await MemoryTrie.empty(suite);
  const operations = [{ kind: 'put', key: ADDRESS, value: accountToHex(account) }] as const;
  const accounts = await applyUntraced(suite, { reader, kind: ACCOUNT_TRIE, operations });
  const [root] = await suite.tops([accounts.state]);
  const tries = new Map([
    [0, accounts],
    [2, storage],
  ]);
  return StateDb.restore(driver, suite, { number: 1, root: root!, change: { tries, dropped: [] } });
}

const ADDRESS: Hex = `0x${'0'.repeat(39)}1`;

/** The same operations as a block's net effect, each slot once. */
function blockOf(operations: readonly Operation[]) {
  const slots = new Map(
    operations.map((operation) => [
      operation.key,
      operation.kind === 'read'
        ? { slot: operation.key }
        : { slot: operation.key, after: operation.kind === 'put' ? BigInt(operation.value) : 0n },
    ]),
  );
  return { accounts: [{ address: ADDRESS, isDestroyed: false, slots: [...slots.values()] }] };
}

for (const [suite, peerName, hash] of [
  [MIMC_BLS12_377, 'BigInt', plainMimc()],
  [POSEIDON_BN254, 'circomlibjs', plainPoseidon],
] as const) {
  const trie = await MemoryTrie.empty(suite);
  const entries = Array.from({ length: ENTRIES }, (_, i): Operation => ({ kind: 'put', key: word(i), value: word(1) }));
  const task = { reader: trie, kind: STORAGE_TRIE };
  const load = await timed(() => applyUntraced(suite, { ...task, operations: entries }));
  trie.commit(load.result);
  const operations = operationsOf(OPERATIONS);
  await applyAll(suite, [{ ...task, location: '0x', operations: operations.slice(0, 50) }]); // warm
  const ours = await timed(() => applyAll(suite, [{ ...task, location: '0x', operations }]));
  const { steps } = await sequence(suite, STORAGE_TRIE, trie, operations.slice(0, PEER_OPERATIONS));
  const peer = await timed(() => plainSteps(suite, hash, trie, steps));
  const [same] = await applyAll(suite, [{ ...task, location: '0x', operations: operations.slice(0, PEER_OPERATIONS) }]);
  if (same!.change.state.subRoot !== peer.result) throw new Error(`${suite.name}: the two do not agree`);
  const perSecond = OPERATIONS / ours.seconds;
  const peerPerSecond = PEER_OPERATIONS / peer.seconds;
  console.log(
    `${suite.name}: ${ENTRIES} entries loaded in ${load.seconds.toFixed(1)} s; ${perSecond.toFixed(0)} operations/s, ` +
      `with ${peerName} ${peerPerSecond.toFixed(1)}: ${(perSecond / peerPerSecond).toFixed(1)} times`,
  );

  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-bench-'));
  const places = [
    ['memory', new MemoryDriver()],
    ['embedded', await openDriver(path.join(folder, 'state'), { createIfMissing: true })],
  ] as const;
  for (const [name, driver] of places) {
    const db = await stateOf(suite, driver, load.result);
    const { result, seconds } = await timed(async () => {
      const { oldRoot, newRoot, traces } = await db.apply(blockOf(operations));
      return { traces: traces.length, bytes: formatTraces({ oldRoot, newRoot, blocks: [traces] }).length };
    });
    console.log(
      `  a block, ${name} database: ${result.traces} traces in ${seconds.toFixed(2)} s, ` +
        `${(result.traces / seconds).toFixed(0)} operations/s; ${(result.bytes / 1e6).toFixed(1)} MB of JSON`,
    );
    await db.close();
  }
  await rm(folder, { recursive: true });
}
