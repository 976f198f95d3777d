import { decodeEventLog, encodeAbiParameters, getAbiItem, hexToBytes, keccak256 } from 'viem';
import type { PublicClient } from 'viem';
import { contextHash, signingDomain } from '../../rules/common/context.js';
import type { RulesContext } from '../../rules/common/context.js';
import type { QueueOperation } from '../../rules/payments/operation.js';
import { readPosted } from '../../rules/payments/posted.js';
import { PAYMENT_KINDS } from '../../rules/payments/record.js';
import type { PaymentRecord } from '../../rules/payments/record.js';
import { ChainError } from '../chain-error.js';
import { readChainId } from '../chain.js';
import type { RawEvent, ReadOptions } from '../event-file.js';
import { readEvents } from '../events.js';
import type { EventList } from '../events.js';
import type { Address, Hash } from '../point.js';
import type { Provider } from '../provider.js';
import { PAYMENTS_ABI } from '../abi.js';
import { payoutsOf, payoutTree } from './payouts.js';
import { queueItemsHash } from './point.js';

/**
 * An operation of the contract's queue.
 * @see {@link readPayments}
 */
export interface AskedOperation {
  readonly index: number;
  readonly operation: QueueOperation;
  /** Seconds, by the contract's clock. */
  readonly askedAt: number;
  /** What was paid for it, in wei, for whoever proves it. */
  readonly fee: bigint;
  /** Of this account and no other, for an operation of its own. */
  readonly account: Address;
}

/**
 * A posted batch as the contract keeps it: only the hash of these fields is stored.
 * @see {@link readPayments}
 */
export interface PostedPaymentsFields {
  readonly dataHash: Hash;
  readonly itemsHash: Hash;
  readonly payouts: Hash;
  readonly context: bigint;
  readonly timestamp: number;
  readonly feeRecipient: Address;
  readonly postedAt: number;
  readonly version: number;
  /** The first operation of the queue in it, and how many there are. */
  readonly firstItem: number;
  readonly items: number;
  /** For whoever proves it, in wei. */
  readonly fee: bigint;
  readonly itemFees: bigint;
  readonly prover: Address;
  readonly logHash: bigint;
  readonly txHash: bigint;
  readonly dataOut: bigint;
}

/**
 * A batch of payments as the contract's events tell it.
 * @see {@link readPayments}
 */
export interface PostedPaymentsBatch {
  readonly number: number;
  readonly posted: PostedPaymentsFields;
  readonly data: Hash;
  /** The queue's operations in it. */
  readonly queue: readonly QueueOperation[];
  /** What it says, those filled in. */
  readonly records: readonly PaymentRecord[];
  readonly context: RulesContext;
  /** The state's root after it, once it is consolidated; until then null. */
  readonly root: bigint | null;
  /** By the contract's clock; 0 until it is consolidated. */
  readonly consolidatedAt: number;
}

/**
 * Everything that a payments contract's events tell.
 * @see {@link readPayments}
 */
export interface PaymentsLedger {
  readonly chainId: number;
  readonly contract: Address;
  /** The queue, from its beginning on. */
  readonly operations: readonly AskedOperation[];
  /** Those that were dropped are not among them. */
  readonly batches: readonly PostedPaymentsBatch[];
  /** Payouts that were claimed, as `NUMBER:INDEX`. */
  readonly claimed: ReadonlySet<string>;
  /** Accounts that escaped. */
  readonly escaped: ReadonlySet<Address>;
  /** Operations that were paid back, by index. */
  readonly refunded: ReadonlySet<number>;
  /** Versions of verifiers whose proofs a guardian has revoked. */
  readonly revoked: ReadonlySet<number>;
  /** When the contract was frozen, by its clock; null if it was not. */
  readonly frozenAt: number | null;
}

/**
 * What a payments contract was asked and what it did, from its events alone. What can be computed of a batch is: its
 * data's hash, the queue's operations in it, its context. The contract's own word is asked for how much there is, and
 * for the hashes of what waits.
 * @throws {ChainError} the endpoint does not answer, its events are not all there are, or they are not what was posted
 *
 * @example
 * const ledger = await readPayments(openEndpoint('http://127.0.0.1:8545'), contract);
 * ledger.batches.length;
 */
export async function readPayments(
  provider: Provider,
  contract: Address,
  options: ReadOptions = {},
): Promise<PaymentsLedger> {
  const chainId = await readChainId(provider);
  return readEvents(provider, contract, () => new Ledger(chainId, contract), options);
}

/** The operations that no posted batch has taken. */
export const waitingOperations = ({ operations, batches }: PaymentsLedger): readonly AskedOperation[] =>
  operations.slice(endOfItems(batches));

const endOfItems = (batches: readonly PostedPaymentsBatch[]): number => {
  const last = batches.at(-1)?.posted;
  return last === undefined ? 0 : last.firstItem + last.items;
};

class Ledger implements PaymentsLedger, EventList {
  readonly operations: AskedOperation[] = [];
  readonly batches: PostedPaymentsBatch[] = [];
  readonly claimed = new Set<string>();
  readonly escaped = new Set<Address>();
  readonly refunded = new Set<number>();
  readonly revoked = new Set<number>();
  frozenAt: number | null = null;

  constructor(
    readonly chainId: number,
    readonly contract: Address,
  ) {}

  add(raw: RawEvent): void {
    const event = decodeEventLog({ abi: PAYMENTS_ABI, ...raw });
    switch (event.eventName) {
      case 'OperationAsked': {
        const { index, account, kind, keyHash, amount, fee, askedAt } = event.args;
        if (index !== this.operations.length) this.#unexpected(`operation ${index}`);
        this.operations.push({
          index,
          account,
          askedAt,
          fee: BigInt(fee) * 10n ** 9n,
          operation: this.#operation(kind, account, keyHash, amount),
        });
        break;
      }
      case 'BatchPosted':
        this.#post(event.args.number, event.args.posted, event.args.data);
        break;
      case 'BatchConsolidated': {
        const { number, root, consolidatedAt } = event.args;
        const batch = this.batches[number - 1] ?? this.#unexpected(`the proof of batch ${number}`);
        this.batches[number - 1] = { ...batch, root, consolidatedAt };
        break;
      }
      case 'BatchesDropped':
        this.batches.splice(event.args.first - 1);
        break;
      case 'PayoutClaimed':
        this.claimed.add(`${event.args.number}:${event.args.index}`);
        break;
      case 'Refunded':
        this.refunded.add(event.args.index);
        break;
      case 'Escaped':
        this.escaped.add(event.args.account);
        break;
      case 'VersionRevoked':
        this.revoked.add(event.args.version);
        break;
      case 'Frozen':
        this.frozenAt = event.args.time;
        break;
      default:
    }
  }

  async require(client: PublicClient, blockNumber: bigint): Promise<void> {
    const read = <Name extends 'lastVirtual' | 'lastConsolidated' | 'queueLength'>(functionName: Name) =>
      client.readContract({ address: this.contract, abi: PAYMENTS_ABI, functionName, blockNumber });
    const place = { address: this.contract, abi: PAYMENTS_ABI, blockNumber } as const;
    const root = await client.readContract({ ...place, functionName: 'consolidatedRoot' });
    const consolidated = this.batches.filter((batch) => batch.root !== null);
    const told = [this.operations.length, this.batches.length, consolidated.length];
    const held = [await read('queueLength'), await read('lastVirtual'), await read('lastConsolidated')];
    const isRoot = consolidated.length === 0 || consolidated.at(-1)!.root === root;
    if (told.join() !== held.join() || !isRoot) {
      const describe = ([asked, posted, proven]: readonly number[]): string =>
        `${asked} operations and ${posted} batches, ${proven} consolidated`;
      throw new ChainError(
        `the endpoint's events of ${this.contract} are incomplete: they contain ${describe(told)}, but the contract has ${describe(held)}, root 0x${root.toString(16)}`,
      );
    }
    for (const { number, posted } of this.batches.slice(consolidated.length)) {
      const stored = await client.readContract({ ...place, functionName: 'postedHash', args: [number] });
      if (stored !== postedPaymentsHash(posted)) this.#differs(number);
    }
  }

  #operation(kind: number, account: Address, keyHash: bigint, amount: bigint): QueueOperation {
    switch (kind) {
      case PAYMENT_KINDS.deposit:
        return { kind: 'deposit', to: BigInt(account), keyHash, amount };
      case PAYMENT_KINDS.setKey:
        return { kind: 'setKey', account: BigInt(account), keyHash };
      case PAYMENT_KINDS.exit:
        return { kind: 'exit', account: BigInt(account) };
      default:
        return this.#unexpected(`an operation of kind ${kind}`);
    }
  }

  #post(number: number, posted: PostedPaymentsFields, data: Hash): void {
    const firstItem = endOfItems(this.batches);
    if (number !== this.batches.length + 1 || posted.firstItem !== firstItem) this.#unexpected(`batch ${number}`);
    const queue = this.operations.slice(firstItem).map(({ operation }) => operation);
    const { records, taken } = readPosted(hexToBytes(data), queue);
    const isQueue = ({ kind }: PaymentRecord): boolean => kind === 'deposit' || kind === 'setKey' || kind === 'exit';
    const { chainId, contract } = this;
    const context: RulesContext = {
      domain: signingDomain({ chainId: BigInt(chainId), contract: BigInt(contract), version: posted.version }),
      batchNumber: BigInt(number),
      timestamp: BigInt(posted.timestamp),
      feeRecipient: BigInt(posted.feeRecipient),
    };
    const isPosted =
      keccak256(data) === posted.dataHash &&
      taken === posted.items &&
      queueItemsHash(records.filter(isQueue)) === posted.itemsHash &&
      payoutTree(payoutsOf(records), 0).root === posted.payouts &&
      contextHash(context) === posted.context;
    if (!isPosted) this.#differs(number);
    this.batches.push({
      number,
      posted,
      data,
      queue: queue.slice(0, taken),
      records,
      context,
      root: null,
      consolidatedAt: 0,
    });
  }

  #differs(number: number): never {
    throw new ChainError(
      `the endpoint's event of batch ${number} of ${this.contract} differs from what the contract has stored`,
    );
  }

  #unexpected(what: string): never {
    throw new ChainError(
      `expected operation ${this.operations.length} or batch ${this.batches.length + 1} of ${this.contract} next, got an event of ${what}`,
    );
  }
}

/** The contract's hash of a posted batch. */
const postedPaymentsHash = (posted: PostedPaymentsFields): Hash => {
  const { inputs } = getAbiItem({ abi: PAYMENTS_ABI, name: 'BatchPosted' });
  return keccak256(encodeAbiParameters([{ ...inputs[1], name: 'posted' }], [posted]));
};
