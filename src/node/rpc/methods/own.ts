import * as z from 'zod';
import { proveEntry } from '../../../engine/prove-entry.js';
import { formatMerkleProof } from '../../../proof/verifier/merkle-proof.js';
import { KINDS } from '../../../state/batch/access.js';
import type { Access, Kind } from '../../../state/batch/access.js';
import type { StateDb, StoredBatch } from '../../store/state-db.js';
import { blockNamed, findBlock } from '../blocks.js';
import { address, data, quantity, word } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { ADDRESS, BLOCK, BLOCK_NUMBER, HASH, QUANTITY, SLOT } from '../params.js';

const BATCH = z.union([z.literal('latest'), QUANTITY], 'expected a batch: its number, or latest');
const ENTRY = z.object({
  address: ADDRESS,
  kind: z.enum(Object.keys(KINDS) as [Kind, ...Kind[]], `expected one of ${Object.keys(KINDS).join(', ')}`),
  slot: SLOT.nullish(),
});

const batchNamed = (store: StateDb, name: bigint | 'latest'): Promise<StoredBatch | null> =>
  name === 'latest' ? store.newestBatch() : store.batch(name);

const showBatch = (batch: StoredBatch): object => ({
  number: quantity(batch.number),
  stage: batch.stage,
  closingReason: batch.closingReason,
  firstBlock: quantity(batch.firstBlock),
  lastBlock: quantity(batch.lastBlock),
  oldRoot: word(batch.oldRoot),
  newRoot: word(batch.newRoot),
  timestamp: quantity(batch.timestamp),
  transactions: quantity(batch.transactions),
  writes: quantity(batch.writes),
  size: quantity(batch.size),
  proof: batch.proof,
});

const showAccess = ({ address: at, kind, slot, value }: Access): object => ({
  address: address(at),
  kind,
  ...(kind === 'storage' ? { slot: word(slot) } : {}),
  value: word(value),
});

/** Roots, batches, proofs and access logs: what other nodes do not have. */
export const OWN_METHODS: Methods = {
  rootshift_getRoot: method(z.tuple([BLOCK.nullish()]), async ({ store }, name) => {
    const { number, stateRoot, batch } = await blockNamed(store, name ?? 'latest');
    return { block: quantity(number), batch: quantity(batch), root: word(stateRoot) };
  }),
  rootshift_getEntryProof: method(z.tuple([ENTRY, BLOCK.nullish()]), async ({ store, state }, entry, name) => {
    const { stateRoot: root } = await blockNamed(store, name ?? 'latest');
    const proof = await proveEntry(state, { ...entry, slot: entry.slot ?? 0n }, { root });
    return JSON.parse(formatMerkleProof(proof)) as object;
  }),
  rootshift_getAccessLog: method(z.tuple([HASH]), async ({ store }, hash) => {
    const log = await store.accessLog(hash);
    return log === null ? null : { reads: log.reads.map(showAccess), writes: log.writes.map(showAccess) };
  }),
  rootshift_getBatch: method(z.tuple([BATCH]), async ({ store }, name) => {
    const batch = await batchNamed(store, name);
    return batch === null ? null : showBatch(batch);
  }),
  rootshift_getBatchData: method(z.tuple([QUANTITY]), async ({ store }, number) => {
    const bytes = await store.batchBytes(number);
    return bytes === null ? null : data(bytes);
  }),
  // A batch file: `rootshift prove` takes it, on a database with the state before the batch.
  rootshift_getBatchWrites: method(z.tuple([QUANTITY]), async ({ store }, number) => {
    const writes = await store.netWrites(number);
    return writes === null ? null : { accesses: writes.map((access) => ({ op: access.op, ...showAccess(access) })) };
  }),
  // A proof file: `rootshift verify` takes it.
  rootshift_getBatchProof: method(z.tuple([QUANTITY]), async ({ store }, number) => {
    const proof = await store.batchProof(number);
    return proof === null ? null : (JSON.parse(proof) as object);
  }),

  // As of Polygon's zkEVM, where there is an answer. Nothing here is on another chain yet: nothing is virtual, nothing
  // consolidated.
  zkevm_batchNumber: method(z.tuple([]), async ({ store }) => quantity((await store.newestBatch())?.number ?? 0n)),
  zkevm_batchNumberByBlockNumber: method(z.tuple([BLOCK_NUMBER]), async ({ store }, name) => {
    const block = await findBlock(store, name);
    return block === null ? null : quantity(block.batch);
  }),
  zkevm_virtualBatchNumber: method(z.tuple([]), async () => '0x0'),
  zkevm_verifiedBatchNumber: method(z.tuple([]), async () => '0x0'),
  zkevm_consolidatedBlockNumber: method(z.tuple([]), async () => '0x0'),
  zkevm_isBlockVirtualized: method(z.tuple([BLOCK_NUMBER]), async () => false),
  zkevm_isBlockConsolidated: method(z.tuple([BLOCK_NUMBER]), async () => false),
};
