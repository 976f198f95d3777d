import * as z from 'zod';
import type { EvmTransaction } from '../../../rules/evm/transaction.js';
import type { RpcContext } from '../context.js';
import { address, quantity, word } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { ADDRESS, DATA } from '../params.js';
import { showTransaction } from '../show-transaction.js';

type Waiting = ReadonlyMap<bigint, readonly EvmTransaction[]>;

/** Each transaction of a sender by its nonce, in decimal as geth has it. */
const byNonce = <T>(transactions: readonly EvmTransaction[], show: (transaction: EvmTransaction) => T) =>
  Object.fromEntries(transactions.map((transaction) => [transaction.nonce.toString(), show(transaction)]));

const bySender = <T>(waiting: Waiting, show: (transaction: EvmTransaction) => T) =>
  Object.fromEntries([...waiting].map(([sender, own]) => [address(sender), byNonce(own, show)]));

const shown =
  ({ chain }: RpcContext) =>
  ({ bytes, sender }: EvmTransaction): object =>
    showTransaction(bytes, sender, chain, null);

/** As geth says it for people. */
const summary = ({ to, value, gasLimit, maxFeePerGas }: EvmTransaction): string =>
  `${to === null ? 'contract creation' : address(to)}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`;

/** Transactions that are sent, and wait. */
export const POOL_METHODS: Methods = {
  eth_sendRawTransaction: method(z.tuple([DATA]), async ({ pool }, bytes) => word(await pool.add(bytes))),

  txpool_status: method(z.tuple([]), async ({ pool }) => {
    const { pending, queued } = pool.status();
    return { pending: quantity(pending), queued: quantity(queued) };
  }),
  txpool_content: method(z.tuple([]), async (context) => {
    const { pending, queued } = context.pool.content();
    return { pending: bySender(pending, shown(context)), queued: bySender(queued, shown(context)) };
  }),
  txpool_contentFrom: method(z.tuple([ADDRESS]), async (context, sender) => {
    const { pending, queued } = context.pool.content(sender);
    return {
      pending: byNonce(pending.get(sender) ?? [], shown(context)),
      queued: byNonce(queued.get(sender) ?? [], shown(context)),
    };
  }),
  txpool_inspect: method(z.tuple([]), async ({ pool }) => {
    const { pending, queued } = pool.content();
    return { pending: bySender(pending, summary), queued: bySender(queued, summary) };
  }),
};
