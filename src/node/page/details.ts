import { toUint256 } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { decodeTransaction } from '../../rules/evm/decode.js';
import type { EntryKey } from '../../state/batch/access.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import type { PoolContent } from '../pool/types.js';
import type * as p from './app/shapes.js';
import type { PageContext } from './context.js';
import * as show from './show.js';

/** The storage slots that are shown unasked: a contract's first variables. */
const FIRST_SLOTS = 8;
/** Rows of the pool that are shown. */
const POOL_ROWS = 200;
/** A code of this length that begins so names the account whose code is run (EIP-7702). */
const DELEGATION = { prefix: '0xef0100', bytes: 23 };

/** Null if nobody knows of such a transaction. */
export async function transactionPage(
  { store, chain, pool }: PageContext,
  hash: Uint256,
): Promise<p.TransactionPage | null> {
  const stored = await store.transaction(hash);
  if (stored !== null) {
    const [receipt, accesses] = await Promise.all([store.receipt(hash), store.accessLog(hash)]);
    if (receipt === null) throw new Error(`expected a receipt of transaction ${show.hexWord(hash)}, found none`);
    return {
      where: 'block',
      transaction: show.signed(decodeTransaction(stored.bytes, chain)),
      block: Number(stored.blockNumber),
      index: stored.index,
      succeeded: receipt.status === 'succeeded',
      gasUsed: Number(receipt.gasUsed),
      gasPrice: String(receipt.effectiveGasPrice),
      contract: receipt.contractAddress === null ? null : show.hexAddress(receipt.contractAddress),
      logs: receipt.logs.map(show.logRow),
      accesses: accesses === null ? null : [...accesses.reads, ...accesses.writes].map(show.accessRow),
    };
  }
  const waiting = pool.get(hash);
  if (waiting !== undefined) {
    const next = pool.nextNonce(waiting.sender);
    return { where: 'pool', transaction: show.signed(waiting), isReady: next !== undefined && waiting.nonce < next };
  }
  const why = pool.whyDropped(hash);
  return why === undefined ? null : { where: 'dropped', hash: show.hexWord(hash), why };
}

/** An account in the newest block. @param slots of its storage that are asked for */
export async function accountPage(
  { store, state, pool }: PageContext,
  address: bigint,
  slots: readonly Uint256[],
): Promise<p.AccountPage> {
  const block = await store.block(await store.height());
  const first = Array.from({ length: FIRST_SLOTS }, (_, slot) => toUint256(BigInt(slot)));
  const field = (kind: EntryKey['kind'], slot = toUint256(0n)): EntryKey => ({ address, kind, slot });
  const asked = [...new Set([...slots, ...first])];
  const [balance, nonce, code, length, ...values] = await new WorkingState(state, block!.stateRoot).getMany([
    ...(['balance', 'nonce', 'code', 'length'] as const).map((kind) => field(kind)),
    ...asked.map((slot) => field('storage', slot)),
  ]);
  const isAsked = new Set(slots);
  const content = pool.content(address);
  const waiting = (part: keyof PoolContent): p.TransactionRow[] =>
    (content[part].get(address) ?? []).map(show.transactionRow);
  const bytes = code === 0n || Number(length) !== DELEGATION.bytes ? undefined : await store.get(code!);
  const shown = bytes === undefined ? '' : show.hexBytes(bytes);
  return {
    address: show.hexAddress(address),
    block: Number(block!.number),
    balance: String(balance),
    nonce: Number(nonce),
    codeHash: code === 0n ? null : show.hexWord(code!),
    codeBytes: Number(length),
    delegate: shown.startsWith(DELEGATION.prefix) ? `0x${shown.slice(DELEGATION.prefix.length)}` : null,
    slots: asked
      .map((slot, i) => ({ slot, value: values[i]! }))
      .filter(({ slot, value }) => isAsked.has(slot) || value !== 0n)
      .map(({ slot, value }) => ({ slot: show.hexNumber(slot), value: show.hexNumber(value) })),
    pending: waiting('pending'),
    queued: waiting('queued'),
  };
}

export function poolPage({ pool }: PageContext): p.PoolPage {
  const content = pool.content();
  const rows = (part: keyof PoolContent): p.PoolRow[] =>
    [...content[part].values()]
      .flat()
      .map((transaction) => ({
        ...show.transactionRow(transaction),
        maxFeePerGas: String(transaction.maxFeePerGas),
        maxPriorityFeePerGas: String(transaction.maxPriorityFeePerGas),
        isReady: part === 'pending',
      }));
  return {
    ...pool.status(),
    priceFloor: String(pool.priceFloor()),
    rows: [...rows('pending'), ...rows('queued')].slice(0, POOL_ROWS),
  };
}

/** What a hash of 32 bytes is of: null if of nothing here. */
export async function find({ store, pool }: PageContext, hash: Uint256): Promise<p.Found | null> {
  const block = await store.blockByHash(hash);
  if (block !== null) return { kind: 'block', number: Number(block.number) };
  const isKnown = pool.get(hash) !== undefined || pool.whyDropped(hash) !== undefined;
  return isKnown || (await store.transaction(hash)) !== null ? { kind: 'transaction' } : null;
}
