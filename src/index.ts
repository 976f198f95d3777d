/**
 * Rootshift as a library, in the order in which the data flows:
 *
 * - a state: `openDatabase`, `loadState`, `HashDb`, `proveEntry`, `proveEntries`
 * - a batch: `parseBatch`, `takeTransactions`
 * - its execution: `startingState`, `execute`, and the trace, `checkTrace`
 * - a proof: `proveBatch` does all of it and moves the state; `prove` only proves a trace
 * - a verification: `verifyProof`, `verifyMerkleProof`, `verifyCombinedProof`, `verifierContract`
 *
 * Nothing here prints, reads the environment or ends the process. Every error that is thrown has a class that is
 * exported here, or comes from the system; anything else is a bug.
 */

// Numbers
export { FIELD_ORDER, type Fr, FieldRangeError, frFromBytesBE, frToBytesBE, frToHex, toFr } from './base/field/fr.js';
export { type Uint256, Uint256RangeError, toUint256, uint256ToHex } from './base/field/limbs.js';
export { ContentError } from './base/files/content-error.js';
export { FileError, FileTooLargeError } from './base/files/file-error.js';
export { type Closable } from './base/tasks/closing.js';
export { ThreadError } from './base/tasks/thread-error.js';
export { type OnProgress, type Watching } from './base/tasks/watching.js';
export { type Poseidon, poseidon, PoseidonWidthError } from './base/hash/poseidon.js';

// The tree
export { type Digest, type Node, EMPTY } from './state/tree/node.js';
export { type TreeScheme, EntryRangeError, poseidonScheme } from './state/tree/scheme.js';
export { type NodeReader, MalformedTreeError, MissingNodeError, NodeOverlay } from './state/tree/store.js';
export { type PathEnd, type ReadPath, readPath, readPaths, valueAt } from './state/tree/read.js';
export { type WriteResult, writeLeaf } from './state/tree/write.js';
export { type WriteManyResult, writeMany } from './state/tree/write-many.js';
export { type Transition } from './state/tree/transition.js';
export { type PathVerdict, verifyPath } from './state/tree/proof.js';
export { type MultiProof, proveMany, verifyCombined } from './state/tree/multi-proof.js';
export { type BuiltPart, buildTree } from './state/tree/build.js';
export { LeafTable } from './state/tree/leaf-table.js';

// Batches
export { type Access, type EntryKey, type Kind, type RequestedAccess, KINDS } from './state/batch/access.js';
export { type Batch, type Entry, BatchError, takeTransactions } from './state/batch/batch.js';
export { AddressRangeError, treeKey, treeKeys } from './state/batch/encoding.js';
export { dataPolynomial, logHash } from './state/batch/log.js';
export { formatBatch } from './state/batch/format.js';
export { BATCH_FORMAT, BATCH_VERSION, parseBatch } from './state/batch/parse.js';
export { type AirdropToken, parseAirdrop } from './state/batch/import/airdrop.js';
export { type EntriesForm, EntriesError, parseEntries, parseEntryKeys } from './state/batch/entries.js';

// The database
export { type CheckOptions, type CheckReport, type Damage, type RepairSource } from './state/hashdb/check-report.js';
export { type StateChange, changeOf } from './state/hashdb/change.js';
export { BrokenChainError, ChangedState } from './state/hashdb/changed-state.js';
export {
  type Change,
  type Driver,
  type Guard,
  HashDbError,
  NoDatabaseError,
  NotADatabaseError,
  StorageError,
  UnknownOutcomeError,
} from './state/hashdb/driver.js';
export { DatabaseSchemeError, DatabaseVersionError } from './state/hashdb/format.js';
export { type Commit, HashDb, RootConflictError } from './state/hashdb/hashdb.js';
export { type LevelOptions, openLevel } from './state/hashdb/level.js';
export { DamagedFilesError } from './state/hashdb/level-files.js';
export { DatabaseLockedError } from './state/hashdb/locked-error.js';
export { type RemoteOptions, LocationError } from './state/hashdb/location.js';
export { IncompleteIndexError } from './state/hashdb/indexed.js';
export { type ListOptions } from './state/hashdb/listing.js';
export { MemoryDriver } from './state/hashdb/memory.js';
export { type Pruned, type PruneOptions } from './state/hashdb/prune.js';
export { type StateReader, MissingPreimageError } from './state/hashdb/reader.js';
export { DamagedRecordError } from './state/hashdb/record.js';
export { type Origin, type RootRecord } from './state/hashdb/root-record.js';
export { PrunedRootError, RootNameError, type Roots, UnknownRootError } from './state/hashdb/roots.js';
export { type Staging, StagingInterruptedError } from './state/hashdb/staging.js';
export { WorkingState } from './state/hashdb/working-state.js';

// Snapshots
export { BadChunkError, type CheckedChunk, checkChunk } from './state/snapshot/chunk.js';
export { type Cover, coverOf } from './state/snapshot/cover.js';
export { type ExportedChunk, exportChunks } from './state/snapshot/export.js';
export { type Manifest, SNAPSHOT_FORMAT, SNAPSHOT_VERSION, SnapshotError } from './state/snapshot/manifest.js';

// Traces
export { type Execution, type ExecuteOptions, StateMismatchError, execute } from './machine/executor/executor.js';
export { loadEntries } from './machine/executor/load.js';
export { checkTrace } from './machine/trace/check.js';
export { formatTrace, parseTrace, TRACE_FORMAT, TRACE_VERSION, TraceFileError } from './machine/trace/file.js';
export { type PublicSignal, type PublicSignals, type Trace, PUBLIC_SIGNALS } from './machine/trace/trace.js';
export {
  type TraceRule,
  type TraceTable,
  type TraceViolation,
  describeViolation,
  TRACE_RULES,
} from './machine/trace/violation.js';

// Circuits and keys
export { type Artifact, ArtifactError, ArtifactStore } from './machine/circuit/artifacts.js';
export {
  type CircuitName,
  type CircuitSize,
  type RowGroup,
  CATALOGUE,
  CIRCUIT_NAMES,
  DEFAULT_CIRCUITS,
} from './machine/circuit/catalogue.js';
export {
  type CircuitManifest,
  type CompiledCircuit,
  type CompiledFiles,
  type CompiledRulesCircuit,
  compileCircuit,
  compileRulesCircuit,
  CompileError,
  findCircuit,
} from './machine/circuit/compile.js';
export {
  type AnyCircuitName,
  type CircuitSizes,
  type RulesCircuit,
  type RulesCircuitName,
  type RulesSignal,
  type RulesSize,
  ALL_CIRCUIT_NAMES,
  RULES_CATALOGUE,
  RULES_SIGNALS,
  RulesCircuitError,
} from './machine/circuit/rules-catalogue.js';
export { type CircuitPins, circuitPins } from './machine/circuit/pins.js';
export { type CircuitInputs, circuitInputs } from './machine/witness/inputs.js';
export { CapacityError } from './machine/witness/layout.js';
export { WitnessCalculator, WitnessError } from './machine/witness/calculate.js';
export { type Chunk, type PlanOptions, planChunks } from './machine/planner/plan.js';
export { type Dimension, type Use, type Utilisation, DIMENSIONS, utilisation } from './machine/planner/utilisation.js';
export {
  type Ceremony,
  type CeremonyCircuit,
  type Contribution,
  type Contributions,
  type SetupEstimate,
  type KeyVerdict,
  type NumberedContribution,
  type Transcript,
  type VerificationKey,
  acceptKey,
  beginCeremony,
  closeCeremony,
  contributeToKey,
  ContributionError,
  formatTranscript,
  missingFrom,
  openCeremony,
  parseTranscript,
  readContributions,
  SetupError,
  UnlistedPtauError,
  TRANSCRIPT_FORMAT,
  TRANSCRIPT_VERSION,
  TranscriptFileError,
  transcriptHash,
  verificationKeyHash,
  verifyKey,
} from './proof/setup/index.js';
export { type KeysManifest } from './proof/prover/key-manifest.js';
export { type SetupKind } from './proof/setup/kind.js';
export {
  type ProvingKeys,
  type StoredKeys,
  type VerifyingKeys,
  ceremonyKeys,
  findVerifyingKeys,
  provingKeys,
  storedKeys,
} from './proof/prover/keys.js';

// Proofs
export { findProvers, NoProverError } from './proof/prover/find.js';
export { type ProverProgram, ProverError, ROOTSHIFT, SNARKJS } from './proof/prover/program.js';
export {
  type ChunkProof,
  type ProofFile,
  formatProof,
  parseProof,
  PROOF_FORMAT,
  PROOF_VERSION,
  ProofFileError,
} from './proof/prover/proof-file.js';
export {
  type LocalQueueOptions,
  type ProofJob,
  type ProofQueue,
  type ProveJobOptions,
  type Proven,
  type ProvenRules,
  type RulesJob,
  KeyMismatchError,
  LocalQueue,
} from './proof/prover/queue.js';
export { prove } from './proof/prover/prove.js';

// Rules; `rootshift/rules` has the rest
export { ContextError } from './rules/common/context.js';
export { InstructionError } from './rules/common/rules.js';
export { PAYMENTS } from './rules/payments/payments.js';
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

// Proofs by workers, on many machines
export { type OpenQueueOptions, QueueConnection } from './proof/queue/connection.js';
export { JobError, QueueError } from './proof/queue/error.js';
export { type JobKey, JOB_VERSION } from './proof/queue/job.js';
export { type JobState, type ListedJob, JOB_STATES, Jobs } from './proof/queue/jobs.js';
export { type Patience } from './proof/queue/patience.js';
export { PostgresQueue, type PostgresQueueOptions } from './proof/queue/postgres-queue.js';
export { type WorkerEvent, type WorkOptions, work } from './proof/queue/work.js';
export { type Groth16Proof } from './base/untyped/snarkjs.js';
export {
  type MerkleProof,
  describeMerkleProof,
  formatMerkleProof,
  MERKLE_PROOF_FORMAT,
  MERKLE_PROOF_VERSION,
  merkleProof,
  MerkleProofFileError,
  parseMerkleProof,
  verifyMerkleProof,
} from './proof/verifier/merkle-proof.js';
export {
  type CombinedProof,
  COMBINED_PROOF_FORMAT,
  COMBINED_PROOF_VERSION,
  CombinedProofFileError,
  describeCombinedProof,
  formatCombinedProof,
  parseCombinedProof,
  verifyCombinedProof,
} from './proof/verifier/combined-proof.js';
export { type StateProofArguments, stateProofArguments, stateProofCalldata } from './proof/verifier/state-proofs.js';
export { STATE_PROOFS_ABI } from './proof/verifier/state-proofs-abi.js';
export {
  type EthProof,
  accountEntries,
  describeEthProof,
  ethProof,
  EthProofFileError,
  formatEthProof,
  merkleProofsOf,
  parseEthProof,
  verifyEthProof,
} from './proof/verifier/eth-proof.js';
export { castArguments, VERIFIER_ABI, verifierCalldata } from './proof/verifier/calldata.js';
export {
  chunkOfPair,
  formatSnarkjsPair,
  parseSnarkjsProof,
  parseSnarkjsPublics,
  parseVerificationKey,
  SnarkjsFileError,
} from './proof/verifier/snarkjs-pair.js';
export {
  type VerifierArguments,
  DevelopmentKeysError,
  exportVerifier,
  verifierArguments,
} from './proof/verifier/solidity.js';
export {
  type ProvingCircuit,
  type Statement,
  type UnknownKey,
  type Verdict,
  chunkFault,
  describeVerdict,
  OtherKeysError,
  verifyProof,
} from './proof/verifier/verify.js';

// The engine: the parts above, put together
export { type ListedCircuit, listCircuits } from './engine/circuits.js';
export {
  type DatabaseOptions,
  type DriverOptions,
  type OpenDb,
  databaseOn,
  openDatabase,
  openDriver,
} from './engine/database.js';
export { installKeys } from './engine/install-keys.js';
export { DatabaseNotEmptyError, type LoadOptions, loadState } from './engine/load-state.js';
export { type ChooseOptions, type ChosenPlan, choosePlan } from './engine/choose-plan.js';
export { type Estimate } from './engine/estimate.js';
export { type Machine, MachineError, THIS_MACHINE } from './engine/machine.js';
export { type BatchPlan, type PlannedChunk, circuitsWith, OtherTreeError, planBatch } from './engine/plan-batch.js';
export { type ProveBatchOptions, type ProvenBatch, type ProvingStep, proveBatch } from './engine/prove-batch.js';
export { type UsedCircuit } from './engine/prove-plan.js';
export {
  type PointOf,
  type ProveRulesOptions,
  type ProvenRulesBatch,
  proveRules,
  RulesBatchError,
} from './engine/prove-rules.js';
export { type AtRoot, proveAccount, proveEntries, proveEntry } from './engine/prove-entry.js';
export { type OpenSource, openSource } from './engine/repair-source.js';
export { exportSnapshot, importSnapshot, type SnapshotOptions, verifySnapshot } from './engine/snapshot-folder.js';
export { type StartingState, PrestateError, startingState } from './engine/starting-state.js';
export { type VerifierContract, verifierContract } from './engine/verifier-contract.js';

// A database for others
export { ServeError } from './server/address.js';
export { type ServeOptions, type ServerTls, type Serving } from './server/options.js';
export { serve } from './server/serve.js';
