import * as z from 'zod';
import { RpcError } from '../../../base/json-rpc/answer.js';
import { EvmBatch } from '../../../rules/evm/batch.js';
import { decodeTransaction } from '../../../rules/evm/decode.js';
import type { StoredTransaction } from '../../store/state-db.js';
import { blockNamed } from '../blocks.js';
import { CallTree } from '../call-tree.js';
import type { RpcContext } from '../context.js';
import { SERVER_ERROR } from '../errors.js';
import { word } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { HASH } from '../params.js';
import { prestateOf } from '../prestate.js';
import { environmentOf } from '../simulate.js';
import { StateBefore } from '../state-before.js';

/** The options of one tracer; the specification allows that `timeout` has no effect. */
const traced = <Name extends string, Config extends z.ZodRawShape>(name: Name, config: Config, expected: string) =>
  z.strictObject(
    {
      tracer: z.literal(name),
      tracerConfig: z.strictObject(config, expected).nullish(),
      timeout: z.string('expected a duration, such as 5s').nullish(),
    },
    'expected no options but tracer, tracerConfig and timeout',
  );
const SWITCH = z.boolean('expected true or false').nullish();

const OPTIONS = z.discriminatedUnion(
  'tracer',
  [
    traced('callTracer', { onlyTopCall: SWITCH }, 'expected no option of callTracer but onlyTopCall'),
    traced('prestateTracer', { diffMode: SWITCH }, 'expected no option of prestateTracer but diffMode'),
  ],
  'expected an object whose tracer is callTracer or prestateTracer: single steps are not traced',
);

/** A transaction, its block, and the state in which it was executed. */
async function placeOf(context: RpcContext, hash: bigint) {
  const stored = await context.store.transaction(hash);
  if (stored === null) {
    throw new RpcError(SERVER_ERROR, `transaction not found: no block has a transaction ${word(hash)}`);
  }
  const block = await blockNamed(context.store, stored.blockNumber);
  const parent = await blockNamed(context.store, stored.blockNumber - 1n);
  return { stored, block, before: new StateBefore(context, parent, block.transactions.slice(0, stored.index)) };
}

/** What a transaction's calls do when it is executed again. */
async function traceCalls(
  context: RpcContext,
  { stored, block, before }: Awaited<ReturnType<typeof placeOf>>,
  onlyTop: boolean,
): Promise<object> {
  const batch = await EvmBatch.begin(context.chain, before, context.store);
  batch.enterBlock(await environmentOf(context, block));
  const transaction = decodeTransaction(stored.bytes, context.chain);
  const tree = new CallTree();
  const { receipt } = await batch.execute(transaction, { observer: tree });
  await checkGas(context, stored, receipt.gasUsed);
  return tree.show(receipt, transaction.gasLimit, onlyTop);
}

/** A transaction that is executed again must use what it used: else the trace would be one of something else. */
async function checkGas({ store }: RpcContext, { hash }: StoredTransaction, gasUsed: bigint): Promise<void> {
  const kept = await store.receipt(hash);
  if (kept === null || kept.gasUsed === gasUsed) return; // null: taken back meanwhile
  throw new Error(`expected transaction ${word(hash)} to use ${kept.gasUsed} gas, as in its receipt, got ${gasUsed}`);
}

/** What transactions did. They cost as much as executing these, and more: an operator allows them. */
export const DEBUG_METHODS: Methods = {
  debug_traceTransaction: method(z.tuple([HASH, OPTIONS]), async (context, hash, options) => {
    const place = await placeOf(context, hash);
    switch (options.tracer) {
      case 'callTracer':
        return traceCalls(context, place, options.tracerConfig?.onlyTopCall ?? false);
      case 'prestateTracer': {
        const log = await context.store.accessLog(hash);
        if (log === null) throw new RpcError(SERVER_ERROR, 'the access log of this transaction is not kept');
        return prestateOf(log, place.before, context.store, options.tracerConfig?.diffMode ?? false);
      }
    }
  }),
};
