import { setTimeout as sleep } from 'node:timers/promises';
import {
  BaseError,
  HttpRequestError,
  keccak256,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from 'viem';
import type { FeeValuesEIP1559, PublicClient, TransactionReceipt } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { asking, refusalOf } from './asking.js';
import { ChainError } from './chain-error.js';
import { clientOf } from './client.js';
import type { Journal, PendingCall } from './journal.js';
import type { Address, Hash } from './point.js';
import { openEndpoint } from './provider.js';
import type { Provider } from './provider.js';

/** An event that a transaction left. */
export interface Log {
  readonly address: Address;
  readonly topics: [] | [signature: Hash, ...indexed: Hash[]];
  readonly data: Hash;
  readonly blockHash: Hash;
  readonly blockNumber: bigint;
  readonly logIndex: number;
  readonly transactionHash: Hash;
  readonly transactionIndex: number;
  readonly removed: boolean;
}

/** What became of a transaction that was mined. */
export interface Receipt {
  readonly transactionHash: Hash;
  readonly blockNumber: bigint;
  readonly gasUsed: bigint;
  readonly logs: Log[];
}

/** Where and how transactions are sent. */
export interface SenderOptions {
  /** Of a JSON-RPC endpoint, http or https. */
  readonly url: string;
  /** 32 bytes. */
  readonly privateKey: Hash;
  readonly journal: Journal;
  /** Blocks, its own included, after which a transaction counts as settled. By default 1. */
  readonly confirmations?: number;
  /** Milliseconds without being mined after which a transaction is replaced by one that pays more, within bounds. By default a minute. */
  readonly patience?: number;
  /** Milliseconds between two looks at the chain, fewer at first. By default a second. */
  readonly pollingInterval?: number;
  /** Stops the waiting, and what is not signed yet. A transaction that is stays in the journal, and the next process goes on with it. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds until the first look at the chain; each further one takes twice as long, up to the polling interval. */
const SOON = 50;

/** Failures in a row of the endpoint, refusals, or signs that a nonce is gone, that are borne: endpoints are many machines. */
const RETRIES = 10;

/** A transaction is not replaced by one that pays more than so many times what the chain takes now. */
const MOST_RAISED = 10n;

/**
 * One account that sends one call after another, each until it is settled.
 *
 * @example
 * const journal = await Journal.open('journal.json');
 * new Sender({ url: 'http://127.0.0.1:8545', privateKey, journal }).address;
 */
export class Sender {
  /** The endpoint that it sends to. */
  readonly provider: Provider;
  private readonly client: PublicClient;
  private readonly account: ReturnType<typeof privateKeyToAccount>;

  constructor(private readonly options: SenderOptions) {
    this.provider = openEndpoint(options.url, { signal: options.signal });
    this.client = clientOf(this.provider);
    this.account = privateKeyToAccount(options.privateKey);
  }

  get address(): Address {
    return this.account.address;
  }

  get journal(): Journal {
    return this.options.journal;
  }

  /** @throws {ChainError} the endpoint does not say */
  chainId(): Promise<number> {
    return asking('could not read the chain id', () => this.client.getChainId());
  }

  /**
   * Follows the call that an earlier process left, until it is settled; null if it left none.
   * @throws {ChainError} it is another account's, or on another chain
   */
  async resume(): Promise<Receipt | null> {
    const { pending } = this.options.journal;
    if (pending === null) return null;
    if (pending.from !== this.address)
      throw new ChainError(
        `the journal has an unfinished call by ${pending.from}; use the key of that account, not of ${this.address}`,
      );
    const chainId = await this.chainId();
    if (pending.chainId !== chainId)
      throw new ChainError(
        `the journal has an unfinished call on chain ${pending.chainId}; use an endpoint of that chain, not of chain ${chainId}`,
      );
    return this.follow(pending);
  }

  /**
   * Sends a call, and waits until it is settled. What was left on its way is settled first; if that is this very
   * call, it is not sent again.
   * @throws {ChainError} the contract refuses it, or there is no getting at the chain
   * @throws what the signal was aborted with
   */
  async send(what: string, to: Address | null, data: Hash): Promise<Receipt> {
    this.options.signal?.throwIfAborted();
    const left = this.options.journal.pending;
    const resumed = await this.resume();
    if (resumed !== null && left!.to === to && left!.data === data) return resumed;
    const { address: from, client, options } = this;
    const call = to === null ? { account: from, data } : { account: from, to, data };
    const signed = await asking(what, async () => {
      const gas = await client.estimateGas(call);
      const chainId = await client.getChainId();
      const nonce = await client.getTransactionCount({ address: from, blockTag: 'pending' });
      // What a call costs may change a little until it is mined.
      return this.sign(
        { what, chainId, from, to, data, nonce, gas: String((gas * 12n) / 10n), transactions: [] },
        await client.estimateFeesPerGas(),
      );
    });
    options.signal?.throwIfAborted();
    await options.journal.setPending(signed);
    return this.follow(signed);
  }

  /** Deploys a contract, or finds it where the journal says that this very code was deployed, arguments included. */
  async deploy(what: string, code: Hash): Promise<Address> {
    const { journal } = this.options;
    await this.resume();
    const name = `${what}, ${keccak256(code)}`;
    const found = journal.deployed(name);
    if (found !== undefined && (await asking(name, () => this.client.getCode({ address: found }))) !== undefined)
      return found;
    await this.send(name, null, code);
    return journal.deployed(name)!;
  }

  /** Signs the call once more, for more than before. */
  private async sign(call: PendingCall, now: FeeValuesEIP1559): Promise<PendingCall> {
    const last = call.transactions.at(-1);
    const raised = (fee: bigint, before: string | undefined): bigint => {
      const least = before === undefined ? 0n : above(before);
      return fee > least ? fee : least;
    };
    const fees = {
      maxFeePerGas: raised(now.maxFeePerGas, last?.maxFeePerGas),
      maxPriorityFeePerGas: raised(now.maxPriorityFeePerGas, last?.maxPriorityFeePerGas),
    };
    const raw = await this.account.signTransaction({
      type: 'eip1559',
      chainId: call.chainId,
      nonce: call.nonce,
      gas: BigInt(call.gas),
      data: call.data,
      ...(call.to && { to: call.to }),
      ...fees,
    });
    const transaction = {
      hash: keccak256(raw),
      raw,
      maxFeePerGas: String(fees.maxFeePerGas),
      maxPriorityFeePerGas: String(fees.maxPriorityFeePerGas),
    };
    return { ...call, transactions: [...call.transactions, transaction] };
  }

  /**
   * Has the next transaction of a call pay more. One that is not mined in time is outbid, within bounds; one that the
   * endpoint does not take only if the chain takes more by now.
   */
  private async raise(call: PendingCall, isTaken: boolean): Promise<PendingCall> {
    const now = await this.client.estimateFeesPerGas();
    const { maxFeePerGas } = call.transactions.at(-1)!;
    if (isTaken ? above(maxFeePerGas) > MOST_RAISED * now.maxFeePerGas : now.maxFeePerGas <= BigInt(maxFeePerGas))
      return call;
    const raised = await this.sign(call, now);
    await this.options.journal.setPending(raised);
    return raised;
  }

  /**
   * Sends the last transaction of a call, again and again if it is lost, raises its fee if it is not mined, and
   * waits for confirmations. If a reorganisation takes it off the chain, it is sent again.
   * @throws {ChainError} the endpoint does not answer, or does not take it: it stays in the journal; or it can't be mined any more
   */
  private async follow(call: PendingCall): Promise<TransactionReceipt> {
    const { confirmations = 1, patience = 60_000, pollingInterval = 1000, signal } = this.options;
    let failures = 0;
    let refusals = 0;
    let overtaken = 0;
    let since = Date.now();
    // Some chains mine at once.
    let pause = Math.min(SOON, pollingInterval);
    for (;;) {
      try {
        const receipt = await this.receiptOf(call);
        const head = await this.client.getBlockNumber({ cacheTime: 0 });
        if (receipt !== null && head - receipt.blockNumber + 1n >= BigInt(confirmations))
          return await this.settled(call, receipt);
        overtaken = receipt === null && (await this.isOvertaken(call)) ? overtaken + 1 : 0;
        if (overtaken > RETRIES) await this.giveUp(call);
        if (receipt !== null) since = Date.now();
        else if (overtaken === 0) {
          const refusal = await this.broadcast(call);
          refusals = refusal === null ? 0 : refusals + 1;
          if (refusals > RETRIES) {
            throw new ChainError(
              `${call.what}: the endpoint refuses transaction ${call.nonce} of ${this.address}: ${refusal}; the next command continues with it`,
            );
          }
          if (refusal !== null) call = await this.raise(call, false);
          else if (Date.now() - since > patience) {
            call = await this.raise(call, true);
            since = Date.now();
          }
        }
        failures = 0;
      } catch (error) {
        if (!(error instanceof BaseError)) throw error;
        if (++failures > RETRIES)
          throw new ChainError(`${call.what}: ${refusalOf(error)}; the next command continues with it`, {
            cause: error,
          });
      }
      await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
      pause = Math.min(2 * pause, pollingInterval);
    }
  }

  /** Of whichever of the call's transactions was mined. */
  private async receiptOf({ transactions }: PendingCall): Promise<TransactionReceipt | null> {
    for (const { hash } of transactions.toReversed()) {
      const receipt = await foundOrNull(this.client.getTransactionReceipt({ hash }), TransactionReceiptNotFoundError);
      if (receipt !== null) return receipt;
    }
    return null;
  }

  private async settled(call: PendingCall, receipt: TransactionReceipt): Promise<TransactionReceipt> {
    const { journal } = this.options;
    if (receipt.status === 'reverted') {
      await journal.setPending(null);
      throw new ChainError(`${call.what}: transaction ${receipt.transactionHash} was mined and reverted`);
    }
    if (call.to === null) await journal.setDeployed(call.what, receipt.contractAddress as Address);
    else await journal.setPending(null);
    return receipt;
  }

  /** Whether another transaction of the account seems to have its nonce. */
  private async isOvertaken(call: PendingCall): Promise<boolean> {
    const used = await this.client.getTransactionCount({ address: this.address, blockTag: 'latest' });
    return used > call.nonce && (await this.receiptOf(call)) === null;
  }

  private async giveUp(call: PendingCall): Promise<never> {
    await this.options.journal.setPending(null);
    throw new ChainError(
      `${call.what}: another transaction of ${this.address} took nonce ${call.nonce}; run the command again`,
    );
  }

  /** Why the endpoint does not take the last transaction of a call; null if it does, or has one of the call's already. */
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

/** A fee that pools take for a replacement: they want a tenth more. */
const above = (fee: string): bigint => (BigInt(fee) * 5n) / 4n + 1n;

const foundOrNull = <T>(found: Promise<T>, NotFound: abstract new (...args: never[]) => BaseError): Promise<T | null> =>
  found.catch((error: unknown) => {
    if (error instanceof NotFound) return null;
    throw error;
  });
