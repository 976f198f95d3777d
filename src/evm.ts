/**
 * Ethereum's transactions on a state of Rootshift: a batch of them is executed, and what it writes is proven as any
 * other batch. A proof says that the writes moved the state. It does not say that they are what the transactions do:
 * that is for whoever executes them again. docs/evm.md says more.
 *
 * - a chain: `EvmChain`, `parseEvmGenesis`
 * - transactions: `decodeTransaction`, `TransactionRejectedError`
 * - their execution: `EvmBatch`, which gives receipts, access logs and the net writes
 *
 * This entry alone needs the packages of EthereumJS and tiny-secp256k1, which are optional dependencies.
 */
export { FieldWidthError } from './rules/common/range.js';
export {
  type ExecutedTransaction,
  type NetChanges,
  BatchFullError,
  BatchUseError,
  EvmBatch,
} from './rules/evm/batch.js';
export { type EvmAnswer, type EvmCall } from './rules/evm/call.js';
export { type EvmFork, EvmChain } from './rules/evm/chain.js';
export { type CodeSource } from './rules/evm/codes.js';
export { decodeTransaction } from './rules/evm/decode.js';
export { type BlockEnvironment, AncestorsError } from './rules/evm/environment.js';
export { MissingBlockHashError, MissingCodeError, StrayStorageError } from './rules/evm/faults.js';
export { type EvmGenesis, GenesisError, parseEvmGenesis } from './rules/evm/genesis.js';
export { type EvmFrame, type EvmFrameEnd, type EvmObserver } from './rules/evm/observer.js';
export { type EvmLog, type EvmReceipt } from './rules/evm/receipt.js';
export { type TransactionRejection, TransactionRejectedError } from './rules/evm/rejection.js';
export { type EvmAuthorization, type EvmSimulation, type SimulatedTransaction } from './rules/evm/simulation.js';
export { type EvmTransaction, UndecodedTransactionError } from './rules/evm/transaction.js';
