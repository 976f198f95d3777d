import type { Block } from '@ethereumjs/block';
import { Address } from '@ethereumjs/util';
import { createVM, runTx } from '@ethereumjs/vm';
import type { RunTxOpts, RunTxResult, VM } from '@ethereumjs/vm';
import { createEVM } from '@ethereumjs/evm';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Access, EntryKey } from '../../state/batch/access.js';
import { entryId } from '../../state/batch/encoding.js';
import { showAddress } from '../common/range.js';
import type { StateSource } from '../common/view.js';
import { blockOf, BlockHashes } from './block.js';
import { bytesOf } from './bytes.js';
import type { EvmAnswer, EvmCall } from './call.js';
import type { EvmChain } from './chain.js';
import type { CodeSource } from './codes.js';
import { commonOf } from './common.js';
import type { BlockEnvironment } from './environment.js';
import { Overlay } from './overlay.js';
import type { Change } from './overlay.js';
import { receiptOf } from './make-receipt.js';
import type { EvmReceipt } from './receipt.js';
import { TransactionRejectedError } from './rejection.js';
import { EvmStateManager } from './state-manager.js';
import type { EvmTransaction } from './transaction.js';
import type { EvmSimulation, SimulatedTransaction } from './simulation.js';
import type { EvmObserver } from './observer.js';
import { observing } from './observing.js';
import { typedOf } from './typed.js';
import { typedAddress, unsignedOf } from './unsigned.js';

/**
 * An executed transaction: what came of it, what it depended on, and what it changed. Reads and writes together are its
 * access log.
 * @see {@link EvmBatch}
 */
export interface ExecutedTransaction {
  readonly receipt: EvmReceipt;
  /**
   * The entries that the execution depended on, each once, with their values before the transaction, in the order in
   * which they were read. Reads of calls that were undone are among them.
   */
  readonly reads: readonly Access[];
  /** The entries that changed, each once, with their values after the transaction. */
  readonly writes: readonly Access[];
}

/**
 * What a batch changed.
 * @see {@link EvmBatch}
 */
export interface NetChanges {
  /** Each entry that is not as before the batch, once, with its value after it: what is proven and posted. */
  readonly writes: readonly Access[];
  /** Codes that these writes name, by keccak256. Whoever keeps the state keeps them. */
  readonly codes: ReadonlyMap<Uint256, Uint8Array>;
}

/** Calls that do not fit: a transaction before the first block, or during another transaction. */
export class BatchUseError extends Error {
  override readonly name = 'BatchUseError';
}

/** A transaction would have the batch change more entries than it may. */
export class BatchFullError extends Error {
  override readonly name = 'BatchFullError';
  constructor(
    /** Entries that the batch would have changed. */
    readonly changed: number,
    readonly most: number,
    /** Entries that the transaction changes. */
    readonly own: number,
  ) {
    super(`expected the batch to change at most ${most} entries, got ${changed} with ${own} of this transaction`);
  }
}

const POINT_EVALUATION = 0x0an;
const CALL_GAS = 30_000_000n;
const DELEGATION = Uint8Array.of(0xef, 0x01, 0x00);

/**
 * Executes Ethereum transactions on a state, in blocks. The state itself does not change: the batch keeps what it
 * writes. It must not be changed by others meanwhile.
 *
 * @example
 * const state = new WorkingState(db, (await db.current()).root);
 * const batch = await EvmBatch.begin(new EvmChain(31337n), state, codes);
 * batch.enterBlock(environment);
 * const { receipt } = await batch.execute(decodeTransaction(bytes, batch.chain));
 * for (const { value, ...entry } of batch.netChanges().writes) state.set(entry, value);
 */
export class EvmBatch {
  /** The block under way, and the gas that its transactions used. */
  #block: Block | null = null;
  #gasUsed = 0n;
  #isBusy = false;
  /** What the transactions changed, from the batch's start to now, by what names the entries. */
  readonly #changes = new Map<string, Change>();

  private constructor(
    readonly chain: EvmChain,
    private readonly overlay: Overlay,
    private readonly state: EvmStateManager,
    private readonly hashes: BlockHashes,
    private readonly vm: VM,
  ) {}

  /**
   * Begins a batch on a state.
   * @param codes the codes of the contracts in the state; a `Map` by keccak256 will do
   */
  static async begin(chain: EvmChain, source: StateSource, codes: CodeSource): Promise<EvmBatch> {
    const overlay = new Overlay(source);
    const state = new EvmStateManager(overlay, codes);
    const hashes = new BlockHashes();
    const common = commonOf(chain);
    const evm = await createEVM({
      common,
      stateManager: state,
      blockchain: hashes,
      customPrecompiles: [{ address: new Address(bytesOf(POINT_EVALUATION, 20)), function: refuseBlobProof }],
    });
    const vm = await createVM({ common, stateManager: state, blockchain: hashes, evm });
    return new EvmBatch(chain, overlay, state, hashes, vm);
  }

  /**
   * Begins a block; the one before it, if any, ends.
   * @throws {RangeError} a number of the environment does not fit
   */
  enterBlock(environment: BlockEnvironment): void {
    this.#block = blockOf(environment, this.chain);
    this.#gasUsed = 0n;
    this.hashes.enter(environment);
  }

  /** Entries that were changed so far; some may be again as they were. */
  get changed(): number {
    return this.#changes.size;
  }

  /**
   * Executes a transaction as the block's next. If this throws, the batch is as before.
   * @throws {TransactionRejectedError} it cannot be in this block, at this place
   * @throws {BatchFullError} more than `mostChanged` entries would be changed since the batch's beginning
   * @throws {MissingCodeError | MissingBlockHashError | StrayStorageError | Uint256RangeError} it cannot be executed
   * @throws {BatchUseError | UndecodedTransactionError} there is no block, another transaction is being executed, or
   * `decodeTransaction` did not make this one
   * @throws what reading the state throws
   */
  async execute(
    transaction: EvmTransaction,
    {
      observer,
      mostChanged = Infinity,
    }: {
      readonly observer?: EvmObserver | undefined;
      /** Entries that the batch may have changed, with those of this transaction. */
      readonly mostChanged?: number | undefined;
    } = {},
  ): Promise<ExecutedTransaction> {
    return this.#alone(async (block) => {
      await this.#admit(transaction, block);
      // The gas limit was compared with what is left of the block's; `runTx` knows the block's alone.
      const options = { block, blockGasUsed: this.#gasUsed, skipBlockGasLimitValidation: true };
      const result = await this.#run({ ...options, tx: typedOf(transaction) }, observer);
      this.#makeRoom(mostChanged);
      const { reads, changes } = this.overlay.end();
      this.#gasUsed += result.totalGasSpent;
      for (const change of changes) this.#note(change);
      return { receipt: receiptOf(transaction, result), reads, writes: changes.map(({ write }) => write) };
    });
  }

  /** Does `work` in the current block, with nothing else under way. What it leaves unfinished is dropped. */
  async #alone<T>(work: (block: Block) => Promise<T>): Promise<T> {
    if (this.#block === null) throw new BatchUseError('expected a block before its transactions: call enterBlock');
    if (this.#isBusy) throw new BatchUseError('expected one transaction at a time, got one during another');
    this.#isBusy = true;
    try {
      return await work(this.#block);
    } finally {
      this.overlay.drop();
      this.#isBusy = false;
    }
  }

  /**
   * Calls a contract as if in a transaction, on the state as it is now in the batch, and drops what it changes: for
   * what contracts answer. Gas costs nothing.
   * @throws {TransactionRejectedError} the caller lacks what the call sends, or a precompile is missing
   * @throws {RangeError} an address does not fit in 160 bits
   * @throws as `execute`, of what cannot be executed
   */
  async call({ from = 0n, to, data, value = 0n, gasLimit = CALL_GAS }: EvmCall): Promise<EvmAnswer> {
    return this.#alone(async (block) => {
      const { evm } = this.vm;
      const [balance] = await this.overlay.peek([{ address: from, kind: 'balance', slot: 0n }]);
      if (balance! < value) {
        const expected = `expected a balance of at least ${value} wei of ${showAddress(from)}, which the call sends`;
        throw new TransactionRejectedError('funds', `${expected}; got ${balance}`);
      }
      const caller = typedAddress(from);
      const callee = typedAddress(to);
      // Warm from the start, as in a transaction (EIP-2929, EIP-3651).
      const warm = [...evm.precompiles.keys(), ...[caller, callee, block.header.coinbase].map(String)];
      warm.forEach((address) => evm.journal.addAlwaysWarmAddress(address));
      await evm.journal.checkpoint();
      try {
        const call = { block, caller, to: callee, data, value, gasLimit, skipNonceIncrement: true };
        const { execResult } = await evm.runCall(call);
        const { returnValue: output, executionGasUsed: gasUsed, exceptionError } = execResult;
        return { output, gasUsed, failure: exceptionError?.error ?? null };
      } finally {
        await evm.journal.revert();
        evm.journal.cleanJournal();
        this.state.check();
      }
    });
  }

  /**
   * Executes a transaction that nobody signed, on the state as it is now in the batch, and drops what it changes. Its
   * nonce is the sender's next, and its sender may be a contract.
   * @throws {TransactionRejectedError} the sender lacks what it costs, or it cannot be a transaction
   * @throws as `execute`, of what cannot be executed
   */
  async simulate(
    simulation: EvmSimulation,
    { observer }: { readonly observer?: EvmObserver | undefined } = {},
  ): Promise<SimulatedTransaction> {
    return this.#alone(async (block) => {
      const tx = unsignedOf(simulation, this.chain, block.header.baseFeePerGas!);
      const { from, value, gasLimit, gasPrice } = simulation;
      const [balance] = await this.overlay.peek([{ address: from, kind: 'balance', slot: 0n }]);
      const cost = value + gasLimit * gasPrice;
      if (balance! < cost) {
        const expected = `expected a balance of at least ${cost} wei of ${showAddress(from)}, for gas limit and value`;
        throw new TransactionRejectedError('funds', `${expected}; got ${balance}`);
      }
      this.state.disguise(from);
      const options = { tx, block, skipNonce: true, skipBlockGasLimitValidation: true };
      const result = await this.#run(options, observer);
      const { reads, changes } = this.overlay.effects();
      const receipt = receiptOf({ type: tx.type, to: simulation.to, hash: 0n }, result);
      return { receipt, reads, writes: changes.map(({ write }) => write) };
    });
  }

  /** What the batch has changed so far. */
  netChanges(): NetChanges {
    const writes = [...this.#changes.values()]
      .filter(({ write, before }) => write.value !== before)
      .map(({ write }) => write);
    const hashes = writes.filter(({ kind }) => kind === 'code').map(({ value }) => value);
    const codes = hashes.filter((hash) => hash !== 0n).map((hash) => [hash, this.state.knownCode(hash)!] as const);
    return { writes, codes: new Map(codes) };
  }

  async #run(options: RunTxOpts, observer?: EvmObserver): Promise<RunTxResult> {
    try {
      return await observing(this.vm, observer, () => runTx(this.vm, options));
    } finally {
      this.state.check();
    }
  }

  /** Refuses what the state or the block does not permit; none of it is an access. */
  async #admit(transaction: EvmTransaction, { header }: Block): Promise<void> {
    const { gasLimit, maxFeePerGas, value, nonce, sender } = transaction;
    const refuse = (...[rejection, expected, got]: [TransactionRejectedError['rejection'], string, unknown]): never => {
      throw new TransactionRejectedError(rejection, `expected ${expected}, got ${String(got)}`);
    };
    const left = header.gasLimit - this.#gasUsed;
    if (gasLimit > left) refuse('blockGas', `a gas limit of at most ${left}, which is left in the block`, gasLimit);
    const baseFee = header.baseFeePerGas!;
    if (maxFeePerGas < baseFee)
      refuse('feeCap', `at least the base fee of ${baseFee} wei for a unit of gas`, maxFeePerGas);
    const from = showAddress(sender);
    const fields = (['nonce', 'balance'] as const).map((kind): EntryKey => ({ address: sender, kind, slot: 0n }));
    const [next, balance] = await this.overlay.peek(fields);
    const isLow = nonce < next!;
    if (nonce !== next) refuse(isLow ? 'nonceTooLow' : 'nonceTooHigh', `nonce ${next} as ${from}'s next`, nonce);
    const cost = gasLimit * maxFeePerGas + value;
    if (balance! < cost)
      refuse('funds', `a balance of at least ${cost} wei of ${from}, for gas limit and value`, balance);
    const code = await this.state.getCode(typedAddress(sender));
    const isDelegated = this.chain.fork !== 'cancun' && DELEGATION.every((byte, i) => code[i] === byte);
    if (code.length > 0 && !isDelegated) refuse('senderHasCode', `a sender without code`, `contract ${from}`);
    this.overlay.drop();
  }

  /** @throws {BatchFullError} with what the transaction changes, it is too much */
  #makeRoom(mostChanged: number): void {
    if (mostChanged === Infinity) return;
    const { changes } = this.overlay.effects();
    const changed = this.changed + changes.filter(({ write }) => !this.#changes.has(entryId(write))).length;
    if (changed > mostChanged) throw new BatchFullError(changed, mostChanged, changes.length);
  }

  #note({ write, before }: Change): void {
    const id = entryId(write);
    this.#changes.set(id, { write, before: this.#changes.get(id)?.before ?? before });
  }
}

/**
 * Proofs about blobs are of no use without blobs, and their check needs a trusted setup of several megabytes. Saying
 * that a proof is wrong would be a guess.
 */
function refuseBlobProof(): never {
  const message = 'expected no call of the point evaluation precompile (address 0x0a, EIP-4844), got one';
  throw new TransactionRejectedError('precompile', `${message}: there are no blobs here`);
}
