import { decodeTransaction } from '../../rules/evm/decode.js';
import type { StoredBlock } from '../store/state-db.js';
import type * as p from './app/shapes.js';
import type { PageContext } from './context.js';
import { batchRow, blockRow, hexAddress, hexWord, placedRow } from './show.js';

/** Rows of one answer. */
export const ROWS = 25;
/** Rows of a part of the overview. */
const FEW = 8;
/** The most blocks of a batch that are shown. */
const BLOCKS_OF_BATCH = 100;

/** The chain's head, and what is newest. */
export async function overview({ chain, store, pool }: PageContext): Promise<p.Overview> {
  const height = await store.height();
  const few = BigInt(FEW);
  const blocks = (await store.blocks(height < few ? 0n : height - few + 1n, height)).toReversed();
  const newest = (await store.newestBatch())?.number ?? 0n;
  const batches = newest === 0n ? [] : await store.batches(newest < few ? 1n : newest - few + 1n, newest);
  const head = blocks[0]!;
  const transactions: p.PlacedRow[] = [];
  for (const block of blocks) {
    if (transactions.length >= FEW) break;
    if (block.transactions.length > 0) transactions.push(...(await placed(store, chain, block)).toReversed());
  }
  const { pending, queued } = pool.status();
  return {
    chainId: String(chain.chainId),
    fork: chain.fork,
    head: blockRow(head),
    baseFee: String(head.baseFeePerGas),
    stateRoot: hexWord(head.stateRoot),
    pending,
    queued,
    blocks: blocks.map(blockRow),
    batches: batches.toReversed().map(batchRow),
    transactions: transactions.slice(0, FEW),
  };
}

/** @param before numbers below it; the newest if it is null */
export async function blocks({ store }: PageContext, before: bigint | null): Promise<p.Listed<p.BlockRow>> {
  return listed(before, await store.height(), 0n, async (first, last) =>
    (await store.blocks(first, last)).map(blockRow),
  );
}

/** @param before numbers below it; the newest if it is null */
export async function batches({ store }: PageContext, before: bigint | null): Promise<p.Listed<p.BatchRow>> {
  const newest = (await store.newestBatch())?.number ?? 0n;
  return listed(before, newest, 1n, async (first, last) => (await store.batches(first, last)).map(batchRow));
}

/** Null if there is no such block. */
export async function blockPage({ store, chain }: PageContext, number: bigint): Promise<p.BlockPage | null> {
  const block = await store.block(number);
  if (block === null) return null;
  return {
    ...blockRow(block),
    parentHash: hexWord(block.parentHash),
    stateRoot: hexWord(block.stateRoot),
    feeRecipient: hexAddress(block.feeRecipient),
    baseFee: String(block.baseFeePerGas),
    prevRandao: hexWord(block.prevRandao),
    size: block.size,
    isHead: block.number === (await store.height()),
    rows: await placed(store, chain, block),
  };
}

/** Null if there is no such batch. */
export async function batchPage({ store }: PageContext, number: bigint): Promise<p.BatchPage | null> {
  const batch = await store.batch(number);
  if (batch === null) return null;
  const last = batch.firstBlock + BigInt(BLOCKS_OF_BATCH) - 1n;
  const found = await store.blocks(batch.firstBlock, last < batch.lastBlock ? last : batch.lastBlock);
  return {
    ...batchRow(batch),
    closingReason: batch.closingReason,
    oldRoot: hexWord(batch.oldRoot),
    newRoot: hexWord(batch.newRoot),
    size: batch.size,
    isNewest: batch.number === (await store.newestBatch())?.number,
    blocks: found.map(blockRow),
  };
}

/** The transactions of a block, in their order. */
async function placed(
  store: PageContext['store'],
  chain: PageContext['chain'],
  { number }: StoredBlock,
): Promise<p.PlacedRow[]> {
  const [transactions, receipts] = await Promise.all([store.transactionsOf(number), store.receiptsOf(number)]);
  return transactions.map(({ bytes }, i) => placedRow(decodeTransaction(bytes, chain), receipts[i]!));
}

async function listed<Row extends { readonly number: number }>(
  before: bigint | null,
  newest: bigint,
  oldest: bigint,
  read: (first: bigint, last: bigint) => Promise<readonly Row[]>,
): Promise<p.Listed<Row>> {
  const last = before === null || before > newest ? newest : before - 1n;
  if (last < oldest) return { rows: [], older: null };
  const start = last - BigInt(ROWS) + 1n;
  const first = start < oldest ? oldest : start;
  const rows = await read(first, last);
  return { rows: rows.toReversed(), older: first > oldest ? Number(first) - 1 : null };
}
