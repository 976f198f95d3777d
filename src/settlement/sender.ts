import { keccak256 } from 'viem';
import type { PrivateKeyAccount, PublicClient } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { asking } from './asking.js';
import { ChainError, RevertedError } from './chain-error.js';
import { clientOf } from './client.js';
import { Follower } from './following.js';
import type { Journal, PendingCall } from './journal.js';
import type { Address, Hash } from './point.js';
import { openEndpoint } from './provider.js';
import type { Provider } from './provider.js';
import { sign } from './signing.js';

/**
 * An event that a transaction left.
 * @see {@link Sender}
 */
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

/**
 * What became of a transaction that was mined.
 * @see {@link Sender}
 */
export interface Receipt {
  readonly transactionHash: Hash;
  readonly blockNumber: bigint;
  readonly gasUsed: bigint;
  readonly logs: Log[];
}

/**
 * Wei that one transaction may cost, where nothing else is said: half an ether.
 *
 * @example
 * const journal = await Journal.open('journal.json');
 * new Sender({ url: 'http://127.0.0.1:8545', privateKey, journal, maxFee: MAX_FEE / 10n });
 */
export const MAX_FEE = 5n * 10n ** 17n;

/**
 * Where and how transactions are sent.
 * @see {@link Sender}
 */
export interface SenderOptions {
  /** Of a JSON-RPC endpoint, http or https. */
  readonly url: string;
  /** 32 bytes. */
  readonly privateKey: Hash;
  readonly journal: Journal;
  /** Blocks, its own included, after which a transaction counts as settled. By default 1. */
  readonly confirmations?: number;
  /** Wei that one transaction may cost at most, whatever the endpoint asks for. By default half an ether. */
  readonly maxFee?: bigint;
  /**
   * Milliseconds without being mined after which a transaction is replaced by one that pays more. By default a minute.
   */
  readonly patience?: number;
  /**
   * Milliseconds after which waiting ends, if the transaction is not mined or, once it is, no further block comes. It
   * stays in the journal. By default half an hour.
   */
  readonly limit?: number;
  /** Milliseconds between two looks at the chain, fewer at first. By default a second. */
  readonly pollingInterval?: number;
  /** Stops the waiting, and what is not signed yet. A signed transaction stays in the journal. */
  readonly signal?: AbortSignal | undefined;
}

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
  private readonly account: PrivateKeyAccount;
  private readonly maxFee: bigint;
  private readonly follower: Follower;
  /** The chain, by the endpoint's first answer. */
  private chain: Promise<number> | null = null;

  constructor(private readonly options: SenderOptions) {
    this.provider = openEndpoint(options.url, { signal: options.signal });
    this.client = clientOf(this.provider);
    this.account = privateKeyToAccount(options.privateKey);
    this.maxFee = options.maxFee ?? MAX_FEE;
    this.follower = new Follower(this.client, this.account, {
      journal: options.journal,
      confirmations: options.confirmations ?? 1,
      maxFee: this.maxFee,
      patience: options.patience ?? 60_000,
      limit: options.limit ?? 1_800_000,
      pollingInterval: options.pollingInterval ?? 1000,
      signal: options.signal,
    });
  }

  get address(): Address {
    return this.account.address;
  }

  /** Signs a text as wallets do (EIP-191). */
  signText(text: string): Promise<Hash> {
    return this.account.signMessage({ message: text });
  }

  get journal(): Journal {
    return this.options.journal;
  }

  /**
   * The id of the chain. It is asked for once: nothing is signed for a chain that the endpoint names later.
   * @throws {ChainError} the endpoint does not say
   * @throws {JournalError} the journal is of another chain with this id
   */
  chainId(): Promise<number> {
    const chain = this.chain ?? this.askForChain();
    this.chain = chain;
    chain.catch(() => (this.chain = null));
    return chain;
  }

  private askForChain(): Promise<number> {
    return asking('could not ask which chain it is', async () => {
      const id = await this.client.getChainId();
      const { hash } = await this.client.getBlock({ blockNumber: 0n });
      await this.options.journal.requireChain(id, hash);
      return id;
    });
  }

  /**
   * Follows the call that an earlier process left, until it is settled; null if it left none, or one that is found to
   * have reverted for the second time.
   * @throws {ChainError} it is another account's, or on another chain
   */
  async resume(): Promise<Receipt | null> {
    const { pending, file } = this.options.journal;
    if (pending === null) return null;
    if (pending.from !== this.address)
      throw new ChainError(
        `the journal ${file} has an unfinished call by ${pending.from}; use the key of that account, not of ${this.address}`,
      );
    const chainId = await this.chainId();
    if (pending.chainId !== chainId)
      throw new ChainError(
        `the journal ${file} has an unfinished call on chain ${pending.chainId}; use an endpoint of that chain, not of chain ${chainId}`,
      );
    try {
      return await this.follower.follow(pending);
    } catch (error) {
      if (error instanceof RevertedError && pending.isReverted) return null;
      throw error;
    }
  }

  /**
   * Sends a call, and waits until it is settled. What was left on its way is settled first; if that is this very
   * call, it is not sent again. `value` is the wei that goes along.
   * @throws {ChainError} the contract refuses it, it would cost too much, or there is no getting at the chain
   * @throws what the signal was aborted with
   */
  async send(
    what: string,
    to: Address | null,
    data: Hash,
    { value = 0n }: { readonly value?: bigint } = {},
  ): Promise<Receipt> {
    this.options.signal?.throwIfAborted();
    const left = this.options.journal.pending;
    const resumed = await this.resume();
    const isSame = (call: PendingCall): boolean =>
      call.to === to && call.data === data && BigInt(call.value ?? 0) === value;
    if (resumed !== null && isSame(left!)) return resumed;
    const { address: from, account, client, options, maxFee } = this;
    const chainId = await this.chainId();
    const call = { account: from, data, value, ...(to !== null && { to }) };
    const signed = await asking(what, async () => {
      const gas = await client.estimateGas(call);
      const nonce = await client.getTransactionCount({ address: from, blockTag: 'pending' });
      // What a call costs may change a little until it is mined.
      const unsigned = { what, chainId, from, to, data, nonce, gas: String((gas * 12n) / 10n), transactions: [] };
      const paying = value === 0n ? unsigned : { ...unsigned, value: String(value) };
      return sign(account, paying, await client.estimateFeesPerGas(), maxFee);
    });
    options.signal?.throwIfAborted();
    await options.journal.setPending(signed);
    return this.follower.follow(signed);
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
}
