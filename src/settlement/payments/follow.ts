import { hexToBytes } from 'viem';
import { poseidonScheme } from '../../state/tree/scheme.js';
import type { StateSource } from '../../rules/common/view.js';
import { RecordingView } from '../../rules/common/view.js';
import { isRejection } from '../../rules/common/rules.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import { replayPosted } from '../../rules/payments/posted.js';
import type { Entry } from '../../state/batch/batch.js';
import { changeOf } from '../../state/hashdb/change.js';
import { HashDb } from '../../state/hashdb/hashdb.js';
import { MemoryDriver } from '../../state/hashdb/memory.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import { followSteps, SyncError } from '../sync.js';
import type { Step, Synced } from '../sync.js';
import type { PaymentsLedger, PostedPaymentsBatch } from './ledger.js';

/**
 * Brings a database to the consolidated root of a payments contract, from its events alone: each batch's records on the
 * state before, whose root must be the one that the contract says. A database without a state begins with `GENESIS`.
 * As for `syncState`, a database that left the chain's states goes back first.
 * @throws {SyncError} the data gives another root than the contract has, or the database never followed this contract
 * @throws {HashDbError} somebody else moves the database meanwhile
 *
 * @example
 * await syncPayments(db, await readPayments(sender.provider, contract));
 */
export async function syncPayments(db: HashDb, ledger: PaymentsLedger): Promise<Synced> {
  const current = await db.current();
  if (current.number === 0)
    await db.commit({ ...(await changeOf(db, current.root, PAYMENTS.genesis)), origin: 'chain' });
  const steps = ledger.batches.flatMap((batch): Step[] => {
    const { root } = batch;
    if (root === null) return [];
    return [{ root, writes: (state, at) => consolidatedWrites(new WorkingState(state, at), batch) }];
  });
  return followSteps(db, ledger, { genesis: await genesisRoot(), steps });
}

async function consolidatedWrites(state: StateSource, batch: PostedPaymentsBatch): Promise<readonly Entry[]> {
  try {
    return await writesOf(state, batch);
  } catch (cause) {
    if (!isRejection(cause)) throw cause;
    throw new SyncError(`batch ${batch.number} is consolidated, but the state before it does not permit it`, { cause });
  }
}

/** The root before the first batch. */
export async function genesisRoot(): Promise<bigint> {
  await using empty = await HashDb.open(new MemoryDriver(), poseidonScheme(2), { createIfMissing: true });
  return (await changeOf(empty, 0n, PAYMENTS.genesis)).root;
}

/**
 * The state after all posted batches, over the consolidated one.
 * @see {@link virtualPayments}
 */
export interface VirtualPayments {
  readonly state: WorkingState;
  /** The first batch that nobody can prove, and why: it and all behind it are left out. */
  readonly stuck: { readonly number: number; readonly why: string } | null;
}

/**
 * The state after the posted batches, for a database that `syncPayments` brought to the consolidated root.
 *
 * @example
 * const { state } = await virtualPayments(db, await readPayments(sender.provider, contract));
 * await state.get({ address: 0xa11cen, kind: 'balance', slot: 0n });
 */
export async function virtualPayments(db: HashDb, ledger: PaymentsLedger): Promise<VirtualPayments> {
  const state = new WorkingState(db, (await db.current()).root);
  for (const batch of ledger.batches) {
    if (batch.root !== null) continue;
    try {
      for (const { value, ...entry } of await writesOf(state, batch)) state.set(entry, value);
    } catch (cause) {
      if (!isRejection(cause)) throw cause;
      return { state, stuck: { number: batch.number, why: cause.message } };
    }
  }
  return { state, stuck: null };
}

/** What a batch changes in the state before it. @throws {RejectedError} the state does not permit it */
async function writesOf(state: StateSource, { data, queue, context }: PostedPaymentsBatch): Promise<readonly Entry[]> {
  const view = new RecordingView(state);
  await replayPosted(view, hexToBytes(data), queue, context);
  return view.log.filter(({ op }) => op === 'write');
}
