import { bytesToHex, encodeFunctionData, keccak256 } from 'viem';
import { KINDS } from '../state/batch/access.js';
import type { EntryKey } from '../state/batch/access.js';
import { treeKeys } from '../state/batch/encoding.js';
import { logHash } from '../state/batch/log.js';
import { toFr } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import { ChangedState } from '../state/hashdb/changed-state.js';
import { SETTLEMENT_ABI } from './abi.js';
import { reading } from './asking.js';
import { readBatches, readCircuits, readFollowed } from './chain.js';
import { clientOf } from './client.js';
import { encodeBatchData } from './data.js';
import type { Write } from './data.js';
import { readsPoint } from './point.js';
import type { Address, Hash } from './point.js';
import type { Provider } from './provider.js';
import { proveLog } from './prove-log.js';
import type { ChunkArgument, LogProver } from './prove-log.js';
import { requireGoing } from './stops.js';
import { syncState } from './sync.js';

/**
 * For whom reads are proven, and what it takes.
 * @see {@link proveReads}
 */
export interface ProveReadsOptions extends LogProver {
  readonly provider: Provider;
  readonly contract: Address;
}

/**
 * What `checkReads` is called with, which any contract can do as long as these verifiers are in use.
 * @see {@link proveReads}
 */
export interface ProvenReads {
  readonly root: Fr;
  /** Of the batch after which the root is. */
  readonly number: number;
  /** Of the verifiers. */
  readonly version: number;
  /** In the order that the contract wants, each once; value 0 means that it is absent. */
  readonly entries: readonly Write[];
  readonly data: Hash;
  readonly chunks: readonly ChunkArgument[];
  /** The whole call. */
  readonly calldata: Hash;
}

/**
 * Proves what values 1 to 512 entries have at the consolidated root, to which the database is brought first, and has
 * the contract check it.
 * @throws {ChainError} the contract refuses it
 * @throws {SyncError | ProverError | BatchDataError}
 * @throws what the signal was aborted with
 *
 * @example
 * const { calldata } = await proveReads({ db, store, queue, provider: sender.provider, contract }, [entry]);
 */
export async function proveReads(options: ProveReadsOptions, keys: readonly EntryKey[]): Promise<ProvenReads> {
  const { db, provider, contract, signal } = options;
  signal?.throwIfAborted();
  await requireGoing(provider, contract, 'reading');
  const followed = await readFollowed(provider, contract);
  const { root, number } = await syncState(db, followed, await readBatches(provider, contract, options));
  const asked = inOrder(keys);
  const values = await db.entryValues(root, await treeKeys(asked));
  const entries = asked.map(({ address, kind, slot }, i): Write => ({
    op: 'write',
    address,
    kind,
    slot,
    value: values[i]!,
  }));
  const data = bytesToHex(encodeBatchData(entries));
  const x = readsPoint(keccak256(data), logHash(entries));
  const version = await reading(contract, () =>
    clientOf(provider).readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'version' }),
  );
  const circuits = await readCircuits(provider, contract, { version });
  const state = new ChangedState(db.under(root), root);
  const chunks = await proveLog(options, state, circuits, 'the reads', entries, x);
  const args = [number, version, data, chunks] as const;
  const calldata = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'checkReads', args });
  await reading(contract, () => clientOf(provider).call({ to: contract, data: calldata }));
  return { root: toFr(root), number, version, entries, data, chunks, calldata };
}

/** By kind, address and slot, each once. */
function inOrder(keys: readonly EntryKey[]): EntryKey[] {
  const rank = ({ kind, address, slot }: EntryKey): bigint =>
    (((BigInt(KINDS[kind]) << 160n) | address) << 256n) | slot;
  const byRank = new Map(keys.map((key) => [rank(key), key]));
  return [...byRank].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}
