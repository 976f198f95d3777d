import { setTimeout as sleep } from 'node:timers/promises';
import {
  BaseError, ContractFunctionRevertedError, createPublicClient, decodeErrorResult, http, keccak256, type PublicClient, type TransactionReceipt,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { CHAIN_VERIFIER_ABI, SETTLEMENT_ABI } from './abi.js';
import { type Journal, type PendingCall } from './journal.js';
import { type Address, type Hash } from './point.js';

/** The endpoint does not answer, or the chain refuses a call; the message says which, and why. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
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
  /** Milliseconds without being mined after which a transaction is replaced by one that pays more. By default a minute. */
  readonly patience?: number;
  /** Milliseconds between two looks at the chain, fewer at first. By default a second. */
  readonly pollingInterval?: number;
}

/** Milliseconds until the first look at the chain; each further one takes twice as long, up to the polling interval. */
const SOON = 50;

/** Failures in a row of the endpoint that are borne. */
const RETRIES = 10;

/** One account that sends one call after another, each until it is settled. */
export class Sender {
  readonly client: PublicClient;
  private readonly account: ReturnType<typeof privateKeyToAccount>;

  constructor(private readonly options: SenderOptions) {
    this.client = createPublicClient({ transport: http(options.url) });
    this.account = privateKeyToAccount(options.privateKey);
  }

  get address(): Address {
    return this.account.address;
  }

  get journal(): Journal {
    return this.options.journal;
  }

  /**
   * Follows the call that an earlier process left, until it is settled; null if it left none.
   * @throws {ChainError} it is another account's, or on another chain
   */
  async resume(): Promise<TransactionReceipt | null> {
    const { pending } = this.options.journal;
    if (pending === null) return null;
    if (pending.from !== this.address) throw new ChainError(`the journal has a call by ${pending.from}; its key is needed to go on, not that of ${this.address}`);
    const chainId = await this.client.getChainId();
    if (pending.chainId !== chainId) throw new ChainError(`the journal has a call on chain ${pending.chainId}; its endpoint is needed to go on, not one of chain ${chainId}`);
    return this.follow(pending);
  }

  /**
   * Sends a call, and waits until it is settled. What was left on its way is settled first; if that is this very
   * call, it is not sent again.
   * @throws {ChainError} the contract refuses it, or there is no getting at the chain
   */
  async send(what: string, to: Address | null, data: Hash): Promise<TransactionReceipt> {
    const left = this.options.journal.pending;
    const resumed = await this.resume();
    if (resumed !== null && left!.to === to && left!.data === data) return resumed;
    const { address: from, client, options } = this;
    const call = to === null ? { account: from, data } : { account: from, to, data };
    const gas = await client.estimateGas(call).catch((error: unknown) => {
      throw new ChainError(`${what}: ${refusalOf(error)}`, { cause: error });
    });
    const [chainId, nonce] = [await client.getChainId(), await client.getTransactionCount({ address: from, blockTag: 'pending' })];
    // What a call costs may change a little until it is mined.
    const pending = { what, chainId, from, to, data, nonce, gas: String((gas * 12n) / 10n), transactions: [] };
    const signed = await this.sign(pending);
    await options.journal.setPending(signed);
    return this.follow(signed);
  }

  /** Deploys a contract, or finds it where the journal says that this very code was deployed, arguments included. */
  async deploy(what: string, code: Hash): Promise<Address> {
    const { journal } = this.options;
    await this.resume();
    const name = `${what}, ${keccak256(code)}`;
    const found = journal.deployed(name);
    if (found !== undefined && (await this.client.getCode({ address: found })) !== undefined) return found;
    await this.send(name, null, code);
    return journal.deployed(name)!;
  }

  /** Signs the call once more, for more than before. */
  private async sign(call: PendingCall): Promise<PendingCall> {
    const last = call.transactions.at(-1);
    const now = await this.client.estimateFeesPerGas();
    // Pools want a tenth more from a replacement.
    const raised = (fee: bigint, before: string | undefined): bigint => {
      const least = before === undefined ? 0n : (BigInt(before) * 5n) / 4n + 1n;
      return fee > least ? fee : least;
    };
    const fees = {
      maxFeePerGas: raised(now.maxFeePerGas, last?.maxFeePerGas),
      maxPriorityFeePerGas: raised(now.maxPriorityFeePerGas, last?.maxPriorityFeePerGas),
    };
    const raw = await this.account.signTransaction({
      type: 'eip1559', chainId: call.chainId, nonce: call.nonce, gas: BigInt(call.gas), data: call.data, ...(call.to && { to: call.to }), ...fees,
    });
    const transaction = { hash: keccak256(raw), raw, maxFeePerGas: String(fees.maxFeePerGas), maxPriorityFeePerGas: String(fees.maxPriorityFeePerGas) };
    return { ...call, transactions: [...call.transactions, transaction] };
  }

  /**
   * Sends the last transaction of a call, again and again if it is lost, raises its fee if it is not mined, and
   * waits for confirmations. If a reorganisation takes it off the chain, it is sent again.
   */
  private async follow(call: PendingCall): Promise<TransactionReceipt> {
    const { confirmations = 1, patience = 60_000, pollingInterval = 1000, journal } = this.options;
    let failures = 0;
    let since = Date.now();
    // Some chains mine at once.
    let pause = Math.min(SOON, pollingInterval);
    for (;;) {
      try {
        const receipt = await this.receiptOf(call);
        const head = await this.client.getBlockNumber({ cacheTime: 0 });
        if (receipt !== null && head - receipt.blockNumber + 1n >= BigInt(confirmations)) return await this.settled(call, receipt);
        if (receipt !== null) since = Date.now();
        else {
          await this.checkNonce(call);
          if (Date.now() - since > patience) {
            call = await this.sign(call);
            await journal.setPending(call);
            since = Date.now();
          }
          await this.broadcast(call);
        }
        failures = 0;
      } catch (error) {
        if (error instanceof ChainError || ++failures > RETRIES) throw error;
      }
      await sleep(pause);
      pause = Math.min(2 * pause, pollingInterval);
    }
  }

  /** Of whichever of the call's transactions was mined. */
  private async receiptOf({ transactions }: PendingCall): Promise<TransactionReceipt | null> {
    for (const { hash } of transactions.toReversed()) {
      const receipt = await this.client.getTransactionReceipt({ hash }).catch((error: BaseError) => {
        if (error.name === 'TransactionReceiptNotFoundError') return null;
        throw error;
      });
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

  /** @throws {ChainError} another transaction of the account took the nonce, so that this call never comes */
  private async checkNonce(call: PendingCall): Promise<void> {
    const used = await this.client.getTransactionCount({ address: this.address, blockTag: 'latest' });
    if (used <= call.nonce || (await this.receiptOf(call)) !== null) return;
    await this.options.journal.setPending(null);
    throw new ChainError(`${call.what}: another transaction of ${this.address} took nonce ${call.nonce}; run it again`);
  }

  /** Whether the pool has it already, or why it does not take it, shows in what comes of it. */
  private async broadcast({ transactions }: PendingCall): Promise<void> {
    await this.client.sendRawTransaction({ serializedTransaction: transactions.at(-1)!.raw }).catch((error: BaseError) => {
      if (error.walk((cause) => cause instanceof Error && cause.name === 'HttpRequestError') !== null) throw error;
    });
  }
}

/** Why a call was refused: a contract's error by its name, or what the endpoint says. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof BaseError)) return String(error);
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError && reverted.data) return describeError(reverted.data.errorName, reverted.data.args);
  const holder = error.walk((cause) => typeof (cause as { data?: unknown }).data === 'string') as { data?: Hash } | null;
  if (holder?.data !== undefined && holder.data.length >= 10) {
    try {
      const { errorName, args } = decodeErrorResult({ abi: [...SETTLEMENT_ABI, ...CHAIN_VERIFIER_ABI], data: holder.data });
      return describeError(errorName, args);
    } catch {
      // An error of another contract.
    }
  }
  return (error.details ?? error.shortMessage).split('\n')[0]!;
}

const describeError = (name: string, args: readonly unknown[] | undefined): string => `the contract refuses it: ${name}(${(args ?? []).join(', ')})`;
