/**
 * A settlement on Ethereum, as a library: deploy it, post and prove batches, follow it, and prove entries to other
 * contracts. It is apart from the rest, `rootshift/settlement`, as it loads viem.
 */
export { CHAIN_VERIFIER_ABI, PAYMENTS_ABI, RULES_SETTLEMENT_ABI, RULES_VERIFIER_ABI, SETTLEMENT_ABI } from './abi.js';
export {
  type Part,
  acceptAdministration,
  adoptVerifiers,
  announceVerifiers,
  fetchOwed,
  grantRole,
  nameAdministrator,
  refuseVerifiers,
  resumeSettlement,
  revokeRole,
  stopSettlement,
} from './administer.js';
export {
  type Followed,
  type PostedBatch,
  type SettlementCircuit,
  type SettlementCircuits,
  readBatches,
  readChainId,
  readCircuits,
  readFollowed,
} from './chain.js';
export { type ContractName, creationCode, verifierConstructor } from './contracts.js';
export { type Write, BatchDataError, decodeBatchData, encodeBatchData, MAX_RECORDS, RECORD_BYTES } from './data.js';
export { type SettlementSettings, deploySettlement } from './deploy.js';
export {
  type Forcing,
  type PendingCall,
  type Posting,
  type SignedTransaction,
  Journal,
  JournalError,
} from './journal.js';
export { type Asked, type PaymentsOptions, depositPayment, exitPayments, setPaymentKey } from './payments/ask.js';
export {
  type PaymentsKeys,
  type PaymentsSettings,
  announcePaymentsVerifiers,
  deployPayments,
} from './payments/deploy.js';
export { type VirtualPayments, syncPayments, virtualPayments } from './payments/follow.js';
export {
  type ClaimedPayouts,
  type OpenPayout,
  claimPayouts,
  dropPayments,
  escapePayments,
  freezePayments,
  openPayouts,
  readOwed,
  refundPayments,
  revokePaymentsVersion,
} from './payments/leave.js';
export {
  type AskedOperation,
  type PaymentsLedger,
  type PostedPaymentsBatch,
  type PostedPaymentsFields,
  readPayments,
} from './payments/ledger.js';
export { type PaymentsAlarm, raisePaymentsAlarm } from './payments/alarm.js';
export { type BatchPayout, payoutsOf, payoutTree } from './payments/payouts.js';
export { type PaymentsBatchContext, paymentsPoint, queueItemsHash } from './payments/point.js';
export { type ForcedPayments, forcePayments } from './payments/force.js';
export type { SettlePaymentsOptions } from './payments/prove-batch.js';
export { type SettledPayments, settlePayments } from './payments/prove.js';
export { type RulesKeys, type RulesSettings, deployRules } from './rules/deploy.js';
export { type ConsolidatedBatch, type RulesLedger, readRules, syncRules } from './rules/follow.js';
export { type RulesBatchContext, recordsData, rulesPoint } from './rules/point.js';
export { type SettledRules, type SettleRulesOptions, settleRules } from './rules/settle.js';
export { type AlarmClaim, raiseAlarm } from './alarm.js';
export { type Address, type BatchContext, type Hash, batchPoint, readsPoint } from './point.js';
export { NothingToPostError, OutdatedBatchError, PrivateKeyError } from './error.js';
export { type ReadOptions } from './event-file.js';
export { type Forced, type PostOptions, forceBatch } from './post.js';
export { openKeystore, parsePrivateKey } from './private-key.js';
export { type ChunkArgument, type LogProver } from './prove-log.js';
export { type Role } from './roles.js';
export { type ProvenReads, type ProveReadsOptions, proveReads } from './reads.js';
export { ChainError, FeeError, RevertedError } from './chain-error.js';
export { type Provider, openEndpoint } from './provider.js';
export { type Log, type Receipt, type SenderOptions, MAX_FEE, Sender } from './sender.js';
export { type Settled, type SettleOptions, settle } from './settle.js';
export { type Synced, SyncError, syncState } from './sync.js';
