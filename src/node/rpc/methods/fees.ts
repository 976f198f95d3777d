import * as z from 'zod';
import { RPC, RpcError } from '../../../base/json-rpc/answer.js';
import type { StateDb, StoredBlock } from '../../store/state-db.js';
import { blockNamed } from '../blocks.js';
import type { RpcContext } from '../context.js';
import { quantity } from '../hex.js';
import type { Hex } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { BLOCK_NUMBER, QUANTITY } from '../params.js';

/** As in geth: the most blocks of a fee history, and the most percentiles of their rewards. */
const MOST_BLOCKS = 1024;
const MOST_PERCENTILES = 100;

const PERCENTILES = z
  .array(z.number('expected a percentile: a number from 0 to 100').min(0).max(100))
  .max(MOST_PERCENTILES, `expected at most ${MOST_PERCENTILES} percentiles`)
  .refine((all) => all.every((one, i) => i === 0 || all[i - 1]! <= one), 'expected percentiles that ascend');

/** Some send the number as JSON's, against the specification. */
const COUNT = z.union([QUANTITY, z.int().transform(BigInt)], 'expected a number of blocks');

/** The base fee of the next block. */
async function baseFee({ store, nextBaseFee }: RpcContext): Promise<bigint> {
  return nextBaseFee(await blockNamed(store, 'latest'));
}

/** What the transactions of a block paid to its fee recipient for a unit of gas: at percentiles of the gas used. */
async function rewardsOf(store: StateDb, block: StoredBlock, percentiles: readonly number[]): Promise<bigint[]> {
  const receipts = await store.receiptsOf(block.number);
  const paid = receipts
    .map(({ effectiveGasPrice, gasUsed }) => ({ tip: effectiveGasPrice - block.baseFeePerGas, gasUsed }))
    .sort((a, b) => (a.tip < b.tip ? -1 : 1));
  let next = 0;
  let sum = paid[0]?.gasUsed ?? 0n;
  return percentiles.map((percentile) => {
    const wanted = (Number(block.gasUsed) * percentile) / 100;
    while (next < paid.length - 1 && Number(sum) < wanted) sum += paid[++next]!.gasUsed;
    return paid[next]?.tip ?? 0n;
  });
}

/** What gas costs. */
export const FEE_METHODS: Methods = {
  eth_gasPrice: method(z.tuple([]), async (context) => quantity((await baseFee(context)) + context.pool.priceFloor())),
  eth_maxPriorityFeePerGas: method(z.tuple([]), async ({ pool }) => quantity(pool.priceFloor())),
  eth_blobBaseFee: method(z.tuple([]), async () => '0x1'),

  eth_feeHistory: method(
    z.tuple([COUNT, BLOCK_NUMBER, PERCENTILES.nullish()]),
    async (context, count, name, percentiles) => {
      const { store, nextBaseFee } = context;
      if (count < 1n) throw new RpcError(RPC.invalidParams, 'invalid params: parameter 1: expected at least one block');
      const newest = await blockNamed(store, name);
      const asked = count < BigInt(MOST_BLOCKS) ? count : BigInt(MOST_BLOCKS);
      const first = newest.number >= asked ? newest.number - asked + 1n : 0n;
      const blocks = await store.blocks(first, newest.number);
      const reward: Hex[][] = [];
      for (const block of percentiles == null ? [] : blocks) {
        reward.push((await rewardsOf(store, block, percentiles!)).map(quantity));
      }
      return {
        oldestBlock: quantity(first),
        baseFeePerGas: [...blocks.map((block) => block.baseFeePerGas), nextBaseFee(newest)].map(quantity),
        gasUsedRatio: blocks.map(({ gasUsed, gasLimit }) => Number(gasUsed) / Number(gasLimit)),
        // No blobs: a blob's gas costs 1 wei, the least there is.
        baseFeePerBlobGas: Array.from({ length: blocks.length + 1 }, () => '0x1'),
        blobGasUsedRatio: blocks.map(() => 0),
        ...(percentiles == null ? {} : { reward }),
      };
    },
  ),
};
