/**
 * Rules: transactions whose effect on a state is proven. `rootshift/rules` is apart from the rest, as wallets use it in
 * browsers.
 *
 * - bring your own: `Rules`, `RecordingView`, `executeOn`, `transactionsHash`, `recordsPolynomial`, `contextHash`;
 *   `formatRulesBatch` and `parseRulesBatch` for files of instructions
 * - payments: `PAYMENTS`, `executeAll`, `replayPosted`, `GENESIS`
 * - a proof: `parseRulesProof`, `verifyRulesProof`, `describeRulesVerdict`; the main entry's `proveRules` makes one
 * - a wallet for payments: `deriveKey`, `signPayment`, `encodePayment`
 */

// What all rules share
export {
  type RulesBatch,
  decodeInstructions,
  formatRulesBatch,
  parseRulesBatch,
  RULES_BATCH_FORMAT,
  RULES_BATCH_VERSION,
  RulesBatchFileError,
} from './rules/common/batch-file.js';
export { type RulesCircuit, type RulesSize, RulesCircuitError } from './machine/circuit/rules-catalogue.js';
export { packNumbers, unpackNumbers } from './rules/common/bytes.js';
export {
  type Deployment,
  type RulesContext,
  ContextError,
  contextHash,
  openedContext,
  signingDomain,
} from './rules/common/context.js';
export { padRows } from './rules/common/padding.js';
export { FieldWidthError } from './rules/common/range.js';
export {
  type RecordElements,
  RECORDS_PER_STEP,
  RecordShapeError,
  recordsPolynomial,
  TRANSACTIONS_DOMAIN,
  transactionsHash,
} from './rules/common/records.js';
export {
  type Environment,
  type Executed,
  type ExecutedBatch,
  type ProvenRows,
  type Rules,
  type RulesTypes,
  executeAll,
  executeOn,
  InstructionError,
  RejectedError,
} from './rules/common/rules.js';
export { type StateSource, type StateView, RecordingView } from './rules/common/view.js';

export { type RulesPublics, type RulesStart, BATCH_START, rulesPublics } from './rules/common/publics.js';

// Signatures that circuits verify
export { type Point, SUBGROUP_ORDER } from './rules/eddsa/curve.js';
export {
  type Signature,
  keyHashOf,
  PRIVATE_KEY_BYTES,
  publicKeyOf,
  SigningKeyError,
  signMessage,
  verifySignature,
} from './rules/eddsa/eddsa.js';

// Payments
export {
  type Account,
  accountEntry,
  accountOf,
  accountValue,
  GENESIS,
  L1_ADDRESS,
  LAST_NONCE,
  TOTAL_BALANCE,
} from './rules/payments/account.js';
export { checkRecord } from './rules/payments/apply.js';
export {
  decodePayment,
  decodeRecord,
  encodePayment,
  encodeRecord,
  RECORD_BYTES,
  SIGNED_PAYMENT_BYTES,
} from './rules/payments/encoding.js';
export { type PaymentReceipt, type Payout, checkPayment, paymentMessage } from './rules/payments/execute.js';
export {
  type Collect,
  type Payment,
  type PaymentInstruction,
  type QueueOperation,
  type SignedPayment,
  type Transfer,
  type Withdraw,
  COLLECT_RECORD,
  paymentOf,
  recordOfPayment,
  recordOfQueue,
} from './rules/payments/operation.js';
export { type PaymentTypes, PAYMENTS } from './rules/payments/payments.js';
export {
  type PostedRecords,
  type Replayed,
  PostedPaymentsError,
  postRecords,
  readPosted,
  replayPosted,
} from './rules/payments/posted.js';
export {
  type PaymentKind,
  type PaymentRecord,
  FEE_UNIT,
  FOREVER,
  PAYMENT_KINDS,
  PaymentRecordError,
  recordElements,
  recordFrom,
} from './rules/payments/record.js';
export { type Rejection, PaymentRejectedError } from './rules/payments/rejection.js';
export { type Authorization, type PaymentRow, type ReadAccount } from './rules/payments/row.js';
export { type PaymentChunk, paymentInputs } from './rules/payments/witness.js';
export {
  type KeyPurpose,
  type KeyRefusal,
  type SignText,
  deriveKey,
  KeyDerivationError,
  keyText,
  OriginError,
  randomKey,
  signPayment,
} from './rules/payments/wallet.js';

// Proofs
export {
  type RulesChunkProof,
  type RulesProof,
  formatRulesProof,
  parseRulesProof,
  RULES_PROOF_FORMAT,
  RULES_PROOF_VERSION,
  RulesProofFileError,
} from './proof/prover/rules-proof-file.js';
export {
  type RulesStatement,
  type RulesVerdict,
  describeRulesVerdict,
  verifyRulesProof,
} from './proof/verifier/verify-rules.js';
