import * as z from 'zod';
import { findBlock } from '../blocks.js';
import type { RpcContext } from '../context.js';
import { quantity } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { BLOCK, BLOCK_NUMBER, HASH, QUANTITY } from '../params.js';
import type { BlockName } from '../params.js';
import { showBlock } from '../show-block.js';
import { showReceipt, showTransaction } from '../show-transaction.js';

const IS_FULL = z.boolean('expected true for whole transactions, or false for their hashes').nullish();

async function blockOf(context: RpcContext, name: BlockName, isFull: boolean): Promise<object | null> {
  const block = await findBlock(context.store, name);
  return block === null ? null : showBlock(block, context, isFull);
}

async function transactionAt({ store, chain }: RpcContext, name: BlockName, index: bigint): Promise<object | null> {
  const block = await findBlock(store, name);
  const hash = block?.transactions[Number(index)];
  const stored = hash === undefined ? null : await store.transaction(hash);
  if (stored === null) return null;
  return showTransaction(stored.bytes, stored.sender, chain, { place: stored, block: block! });
}

async function countIn({ store }: RpcContext, name: BlockName): Promise<string | null> {
  const block = await findBlock(store, name);
  return block === null ? null : quantity(block.transactions.length);
}

const unclesIn = async ({ store }: RpcContext, name: BlockName): Promise<string | null> =>
  (await findBlock(store, name)) === null ? null : '0x0';

/** Blocks, transactions and receipts. */
export const BLOCK_METHODS: Methods = {
  eth_blockNumber: method(z.tuple([]), async ({ store }) => quantity(await store.height())),

  eth_getBlockByNumber: method(z.tuple([BLOCK_NUMBER, IS_FULL]), (context, name, isFull) =>
    blockOf(context, name, isFull ?? false),
  ),
  eth_getBlockByHash: method(z.tuple([HASH, IS_FULL]), (context, hash, isFull) =>
    blockOf(context, { hash }, isFull ?? false),
  ),
  eth_getBlockTransactionCountByNumber: method(z.tuple([BLOCK_NUMBER]), countIn),
  eth_getBlockTransactionCountByHash: method(z.tuple([HASH]), (context, hash) => countIn(context, { hash })),
  eth_getUncleCountByBlockNumber: method(z.tuple([BLOCK_NUMBER]), unclesIn),
  eth_getUncleCountByBlockHash: method(z.tuple([HASH]), (context, hash) => unclesIn(context, { hash })),

  eth_getTransactionByBlockNumberAndIndex: method(z.tuple([BLOCK_NUMBER, QUANTITY]), transactionAt),
  eth_getTransactionByBlockHashAndIndex: method(z.tuple([HASH, QUANTITY]), (context, hash, index) =>
    transactionAt(context, { hash }, index),
  ),
  eth_getTransactionByHash: method(z.tuple([HASH]), async ({ store, pool, chain }, hash) => {
    const stored = await store.transaction(hash);
    if (stored !== null) {
      const block = await store.block(stored.blockNumber);
      if (block === null) return null; // taken back meanwhile
      return showTransaction(stored.bytes, stored.sender, chain, { place: stored, block });
    }
    const waiting = pool.get(hash);
    return waiting === undefined ? null : showTransaction(waiting.bytes, waiting.sender, chain, null);
  }),
  eth_getTransactionReceipt: method(z.tuple([HASH]), async ({ store }, hash) => {
    const receipt = await store.receipt(hash);
    const block = receipt === null ? null : await store.block(receipt.blockNumber);
    return receipt === null || block === null ? null : showReceipt(receipt, block.timestamp);
  }),
  eth_getBlockReceipts: method(z.tuple([BLOCK]), async ({ store }, name) => {
    const block = await findBlock(store, name);
    if (block === null) return null;
    return (await store.receiptsOf(block.number)).map((receipt) => showReceipt(receipt, block.timestamp));
  }),
};
