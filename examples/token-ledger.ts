// A token whose balances live off the chain: transfers are gathered into batches; each batch's writes are posted on a
// chain, and a proof then moves the root that the contract there keeps. Anyone can rebuild the balances from the chain
// alone.
//   npx anvil &                                    # a local chain; its accounts own test ether
//   npx tsx examples/token-ledger.ts [RPC]         # http://127.0.0.1:8545 by default; a minute the first time
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ArtifactStore,
  compileCircuit,
  frToHex,
  LocalQueue,
  openDatabase,
  provingKeys,
  ROOTSHIFT,
  WorkingState,
} from 'rootshift';
import type { EntryKey, HashDb, RequestedAccess } from 'rootshift';
import { deploySettlement, Journal, readBatches, Sender, settle, syncState } from 'rootshift/settlement';

const [url = 'http://127.0.0.1:8545'] = process.argv.slice(2);
/** The first account of every anvil, which owns nothing on any other chain. */
const privateKey = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-example-'));
const openState = (name: string): Promise<HashDb> => openDatabase(path.join(folder, name), { createIfMissing: true });

// --- the token's rules ---
// A proof says that these writes were made, in this order. The ledger decides which writes are allowed.

const balanceOf = (address: bigint): EntryKey => ({ address, kind: 'balance', slot: 0n });

/** Gathers writes on top of the state as it is. */
class Ledger {
  readonly writes: RequestedAccess[] = [];
  readonly #state: WorkingState;

  constructor(state: WorkingState) {
    this.#state = state;
  }

  async #add(address: bigint, amount: bigint): Promise<void> {
    const entry = balanceOf(address);
    const value = (await this.#state.get(entry)) + amount;
    if (value < 0n) throw new Error(`0x${address.toString(16)} has too little`);
    this.#state.set(entry, value);
    this.writes.push({ op: 'write', ...entry, value });
  }

  mint(to: bigint, amount: bigint): Promise<void> {
    return this.#add(to, amount);
  }

  async transfer(from: bigint, to: bigint, amount: bigint): Promise<void> {
    await this.#add(from, -amount);
    await this.#add(to, amount);
  }
}

const alice = 0xa11cen;
const bob = 0xb0bn;
const carol = 0xca401n;
const batches = [
  async (ledger: Ledger): Promise<void> => {
    await ledger.mint(alice, 1000n);
    await ledger.mint(bob, 50n);
  },
  async (ledger: Ledger): Promise<void> => {
    await ledger.transfer(alice, bob, 300n);
    await ledger.transfer(bob, carol, 120n);
  },
];

// --- the chain ---

try {
  await using db = await openState('operator');
  await using queue = new LocalQueue({ programs: [ROOTSHIFT] });
  const sender = new Sender({
    url,
    privateKey,
    journal: await Journal.open(path.join(folder, 'journal.json')),
    pollingInterval: 100,
  });
  const store = new ArtifactStore(path.join('.rootshift', 'artifacts'));
  // Development keys: good for a local chain alone. A settlement has two circuits, the second for paths that are too
  // deep for the first: `deep`, where there are many entries. Three accounts need no other than the first.
  const keys = await provingKeys(store, await compileCircuit(store, 's16'));
  const roles = { admin: sender.address, sequencer: sender.address, prover: sender.address, guardian: sender.address };
  const contract = await deploySettlement(sender, [keys, keys], {
    roles,
    proverTimeout: 3600,
    forceDelay: 7200,
    changeDelay: 86_400,
  });
  console.log('Deployed a settlement.');

  for (const transfers of batches) {
    const ledger = new Ledger(new WorkingState(db, (await db.current()).root));
    await transfers(ledger);
    // Posts the writes, proves them, has the contract verify the proof, and only then moves the state.
    const { posted, root } = await settle({ sender, contract, db, store, queue }, ledger.writes);
    console.log(
      `Settled batch ${posted.join(', ')}, ${ledger.writes.length} writes: the contract's root is ${frToHex(root)}.`,
    );
  }

  const overdraft = new Ledger(new WorkingState(db, (await db.current()).root));
  await overdraft.transfer(carol, alice, 121n).catch((error: Error) => console.log(`Refused: ${error.message}.`));

  // Somebody else, who has nothing but the chain.
  await using node = await openState('node');
  const { root } = await syncState(
    node,
    { chainId: await sender.chainId(), contract },
    await readBatches(sender.provider, contract),
  );
  const balances = await new WorkingState(node, root).getMany([alice, bob, carol].map(balanceOf));
  console.log(`From the chain alone: Alice has ${balances[0]}, Bob ${balances[1]}, Carol ${balances[2]}.`);
} finally {
  await rm(folder, { recursive: true });
}
