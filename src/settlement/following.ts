import { setTimeout as sleep } from 'node:timers/promises';
import {
  BaseError,
  getContractAddress,
  HttpRequestError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from 'viem';
import type { PrivateKeyAccount, PublicClient, TransactionReceipt } from 'viem';
import { AnswerError } from './answers.js';
import { refusalOf } from './asking.js';
import { ChainError, RevertedError } from './chain-error.js';
import type { Journal, PendingCall } from './journal.js';
import { findNonceTaker } from './nonce-taker.js';
import type { NonceTaker } from './nonce-taker.js';
import { contradictionOf } from './reverted.js';
import { above, nextFees, sign } from './signing.js';

/** How calls are followed; `SenderOptions` says what each is. */
export interface FollowOptions {
  readonly journal: Journal;
  readonly confirmations: number;
  readonly maxFee: bigint;
  readonly patience: number;
  readonly limit: number;
  readonly pollingInterval: number;
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds until the first look at the chain; each further one takes twice as long, up to the polling interval. */
const SOON = 50;

/** How many failures or refusals of the endpoint in a row are borne: endpoints are many machines. */
const RETRIES = 10;

/** A transaction is not replaced by one that pays more than so many times what the chain takes now. */
const MOST_RAISED = 10n;

/** Follows calls that are in the journal, signed, until they are settled. */
export class Follower {
  constructor(
    private readonly client: PublicClient,
    private readonly account: PrivateKeyAccount,
    private readonly options: FollowOptions,
  ) {}

  /**
   * Sends the last transaction of a call, again and again if it is lost, raises its fee if it is not mined, and
   * waits for confirmations. If a reorganisation takes it off the chain, it is sent again.
   * @throws {RevertedError} it was mined and reverted; it stays in the journal if that is said for the first time
   * @throws {ChainError} the endpoint does not answer or does not take it, or it takes too long: it stays in the
   * journal; or another transaction has its nonce
   */
  async follow(call: PendingCall): Promise<TransactionReceipt> {
    const { confirmations, patience, pollingInterval, limit, signal } = this.options;
    let failures = 0;
    let refusals = 0;
    let overtaken = 0;
    let sent = Date.now();
    let progressed = Date.now();
    let highest = 0n;
    let standing = 'is not mined';
    // Some chains mine at once.
    let pause = Math.min(SOON, pollingInterval);
    for (;;) {
      try {
        const receipt = await this.receiptOf(call);
        const head = await this.client.getBlockNumber({ cacheTime: 0 });
        if (receipt !== null && head - receipt.blockNumber + 1n >= BigInt(confirmations))
          return await this.settled(call, receipt);
        if (receipt !== null) {
          sent = Date.now();
          if (head > highest) progressed = Date.now();
          standing = `is mined in block ${receipt.blockNumber}, but there are no ${confirmations} blocks yet`;
        }
        highest = head > highest ? head : highest;
        overtaken = receipt === null && (await this.isOvertaken(call)) ? overtaken + 1 : 0;
        if (overtaken > RETRIES) {
          const taker = await findNonceTaker(this.client, call);
          if (taker !== null && !taker.isOwn && head - taker.blockNumber + 1n >= BigInt(confirmations))
            await this.giveUp(call, taker);
          standing = standingOf(call, taker);
        }
        if (receipt === null && overtaken === 0) {
          const refusal = await this.broadcast(call);
          refusals = refusal === null ? 0 : refusals + 1;
          if (refusals > RETRIES)
            throw this.left(
              call,
              `the endpoint refuses transaction ${call.nonce} of ${this.account.address}: ${refusal}`,
            );
          standing = 'is not mined';
          if (refusal !== null) call = await this.raise(call, false);
          else if (Date.now() - sent > patience) {
            call = await this.raise(call, true);
            sent = Date.now();
          }
        }
        failures = 0;
      } catch (error) {
        if (!(error instanceof BaseError)) throw error;
        if (++failures > RETRIES) throw this.left(call, refusalOf(error), error);
      }
      // While the nonce seems to be used, a few looks are left until it is known by what.
      const isKnown = overtaken === 0 || overtaken > RETRIES;
      if (isKnown && Date.now() - progressed > limit)
        throw this.left(call, `transaction ${call.transactions.at(-1)!.hash} ${standing} after ${limit / 1000} s`);
      await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
      pause = Math.min(2 * pause, pollingInterval);
    }
  }

  /**
   * Has the next transaction of a call pay more, if it may. One that is not mined in time is outbid; one that the
   * endpoint does not take only if the chain takes more by now.
   */
  private async raise(call: PendingCall, isTaken: boolean): Promise<PendingCall> {
    const now = await this.client.estimateFeesPerGas();
    const { maxFeePerGas } = call.transactions.at(-1)!;
    if (isTaken ? above(maxFeePerGas) > MOST_RAISED * now.maxFeePerGas : now.maxFeePerGas <= BigInt(maxFeePerGas))
      return call;
    const fees = nextFees(call, now);
    if (BigInt(call.gas) * fees.maxFeePerGas > this.options.maxFee) return call;
    const raised = await sign(this.account, call, fees, this.options.maxFee);
    await this.options.journal.setPending(raised);
    return raised;
  }

  /** A call stays in the journal. */
  private left({ what }: PendingCall, why: string, cause?: Error): ChainError {
    return new ChainError(
      `${what}: ${why}; it stays in ${this.options.journal.file}, and the next command continues with it`,
      { cause },
    );
  }

  /** Of whichever of the call's transactions was mined. */
  private async receiptOf({ transactions }: PendingCall): Promise<TransactionReceipt | null> {
    for (const { hash } of transactions.toReversed()) {
      const receipt = await foundOrNull(this.client.getTransactionReceipt({ hash }), TransactionReceiptNotFoundError);
      if (receipt === null) continue;
      if (receipt.transactionHash === hash) return receipt;
      throw new AnswerError('eth_getTransactionReceipt', `the receipt of ${hash}`, receipt.transactionHash);
    }
    return null;
  }

  private async settled(call: PendingCall, receipt: TransactionReceipt): Promise<TransactionReceipt> {
    const { journal } = this.options;
    if (receipt.status === 'reverted') {
      // A receipt is the endpoint's word. If it is a lie, a call that is forgotten would be sent a second time.
      const reverted = `${call.what}: transaction ${receipt.transactionHash} was mined and reverted, by the endpoint's word`;
      if (call.isReverted) {
        const contradiction = await contradictionOf(this.client, call, receipt);
        if (contradiction !== null)
          throw new ChainError(
            `${reverted}, but ${contradiction}; it stays in ${journal.file}: use another endpoint, or wait`,
          );
      }
      await journal.setPending(call.isReverted ? null : { ...call, isReverted: true });
      throw new RevertedError(`${reverted}; the next command looks once more before it sends anything`);
    }
    // Where a contract is follows from who made it; what the receipt says does not count.
    if (call.to === null) {
      const address = getContractAddress({ from: call.from, nonce: BigInt(call.nonce) });
      await journal.setDeployed(call.what, `0x${address.slice(2).toLowerCase()}`);
    } else await journal.setPending(null);
    return receipt;
  }

  /** Whether a transaction of the account, perhaps another one, seems to have the call's nonce. */
  private async isOvertaken(call: PendingCall): Promise<boolean> {
    const used = await this.client.getTransactionCount({ address: this.account.address, blockTag: 'latest' });
    return used > call.nonce && (await this.receiptOf(call)) === null;
  }

  private async giveUp(call: PendingCall, { hash }: NonceTaker): Promise<never> {
    await this.options.journal.setPending(null);
    throw new ChainError(
      `${call.what}: another transaction of ${this.account.address}, ${hash}, took nonce ${call.nonce}; run the command again`,
    );
  }

  /**
   * Why the endpoint does not take the last transaction of a call; null if it does, or has one of the call's already.
   */
  private async broadcast({ transactions }: PendingCall): Promise<string | null> {
    try {
      await this.client.sendRawTransaction({ serializedTransaction: transactions.at(-1)!.raw });
      return null;
    } catch (error) {
      if (!(error instanceof BaseError) || error.walk((cause) => cause instanceof HttpRequestError) !== null)
        throw error;
      for (const { hash } of transactions.toReversed()) {
        if ((await foundOrNull(this.client.getTransaction({ hash }), TransactionNotFoundError)) !== null) return null;
      }
      return refusalOf(error);
    }
  }
}

/** What is known of a call whose nonce is used, and of which there is no receipt. */
function standingOf({ nonce }: PendingCall, taker: NonceTaker | null): string {
  if (taker === null)
    return `has nonce ${nonce}, which is used by the endpoint's word, but the endpoint shows no transaction that has it`;
  if (!taker.isOwn) return `may be overtaken by ${taker.hash}, which does not have enough blocks yet`;
  return `is in block ${taker.blockNumber} as ${taker.hash}, but the endpoint has no receipt`;
}

const foundOrNull = <T>(found: Promise<T>, NotFound: abstract new (...args: never[]) => BaseError): Promise<T | null> =>
  found.catch((error: unknown) => {
    if (error instanceof NotFound) return null;
    throw error;
  });
