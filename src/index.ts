/**
 * Rootshift as a library. From left to right, as the data flows:
 *
 * - a state: `openDatabase`, `loadState`, `HashDb`, `proveEntry`, `proveEntries`
 * - a batch: `parseBatch`, `takeTransactions`
 * - its execution: `startingState`, `execute`, and the trace, `checkTrace`
 * - a proof: `proveBatch` does all of it and moves the state; `prove` only proves a trace
 * - a verification: `verifyProof`, `verifyMerkleProof`, `verifyCombinedProof`, `verifierContract`
 *
 * Nothing here prints, reads the environment or ends the process. What is thrown is of a class that is
 * exported here, or comes from the system; a bug throws something else.
 */

// Numbers
export { FIELD_ORDER, type Fr, FieldRangeError, frFromBytesBE, frToBytesBE, frToHex, toFr } from './field/fr.js';
export { type Uint256, Uint256RangeError, toUint256, uint256ToHex } from './field/limbs.js';
export { HashWorkerError } from './hash/pool.js';
export { type Poseidon, loadPoseidon, PoseidonWidthError } from './hash/poseidon.js';

// The tree
export { type Digest, type Node, EMPTY } from './tree/node.js';
export { type TreeScheme, EntryRangeError, poseidonScheme } from './tree/scheme.js';
export { type NodeReader, MalformedTreeError, MissingNodeError, NodeOverlay } from './tree/store.js';
export { type PathEnd, type ReadPath, readPath, readPaths, valueAt } from './tree/read.js';
export { type WriteResult, writeLeaf } from './tree/write.js';
export { type WriteManyResult, writeMany } from './tree/write-many.js';
export { type Transition } from './tree/transition.js';
export { type PathVerdict, verifyPath } from './tree/proof.js';
export { type MultiProof, proveMany, verifyCombined } from './tree/multi-proof.js';
export { type BuiltPart, buildTree } from './tree/build.js';
export { LeafTable } from './tree/leaf-table.js';

// Batches
export { type Access, type EntryKey, type Kind, type RequestedAccess, KINDS } from './batch/access.js';
export { type Batch, type Entry, BatchError, takeTransactions } from './batch/batch.js';
export { AddressRangeError, leafValue, leafValues, treeKey, treeKeys } from './batch/encoding.js';
export { dataPolynomial, logHash } from './batch/log.js';
export { BATCH_FORMAT, BATCH_VERSION, parseBatch } from './batch/parse.js';
export { type EntriesForm, EntriesError, parseEntries, parseEntryKeys } from './batch/entries.js';

// The database
export { type CheckOptions, type CheckReport, type Damage, type RepairSource } from './hashdb/check-report.js';
export { type StateChange, changeOf } from './hashdb/change.js';
export { BrokenChainError, ChangedState } from './hashdb/changed-state.js';
export {
  type Change,
  type Driver,
  type Guard,
  HashDbError,
  NoDatabaseError,
  NotADatabaseError,
  StorageError,
  UnknownOutcomeError,
} from './hashdb/driver.js';
export { DatabaseSchemeError, DatabaseVersionError } from './hashdb/format.js';
export { type Commit, HashDb, RootConflictError } from './hashdb/hashdb.js';
export { type LevelOptions, DatabaseLockedError, openLevel } from './hashdb/level.js';
export { type RemoteOptions, LocationError } from './hashdb/location.js';
export { type ListOptions } from './hashdb/listing.js';
export { MemoryDriver } from './hashdb/memory.js';
export { type Pruned, type PruneOptions } from './hashdb/prune.js';
export { type StateReader, MissingPreimageError } from './hashdb/reader.js';
export { DamagedRecordError } from './hashdb/record.js';
export { type Origin, type RootRecord } from './hashdb/root-record.js';
export { PrunedRootError, RootNameError, type Roots, UnknownRootError } from './hashdb/roots.js';
export { type Staging, StagingInterruptedError } from './hashdb/staging.js';
export { WorkingState } from './hashdb/working-state.js';

// Snapshots
export { BadChunkError, type CheckedChunk, checkChunk } from './snapshot/chunk.js';
export { type ExportedChunk, exportChunks } from './snapshot/export.js';
export { type Manifest, SNAPSHOT_FORMAT, SNAPSHOT_VERSION, SnapshotError } from './snapshot/manifest.js';

// Traces
export { type Execution, type ExecuteOptions, StateMismatchError, execute } from './executor/executor.js';
export { loadEntries } from './executor/load.js';
export { checkTrace } from './trace/check.js';
export { formatTrace, parseTrace, TRACE_FORMAT, TRACE_VERSION, TraceFileError } from './trace/file.js';
export { type PublicSignal, type PublicSignals, type Trace, PUBLIC_SIGNALS } from './trace/trace.js';
export { type TraceRule, type TraceTable, type TraceViolation, describeViolation, TRACE_RULES } from './trace/violation.js';

// Circuits and keys
export { type Artifact, type OnProgress, ArtifactError, ArtifactStore } from './circuit/artifacts.js';
export { type CircuitName, type CircuitSize, CATALOGUE, CIRCUIT_NAMES, DEFAULT_CIRCUITS } from './circuit/catalogue.js';
export { type CircuitManifest, type CompiledCircuit, compileCircuit, CompileError, findCircuit } from './circuit/compile.js';
export { type CircuitPins, circuitPins } from './circuit/pins.js';
export { type CircuitInputs, circuitInputs } from './witness/inputs.js';
export { CapacityError } from './witness/layout.js';
export { WitnessCalculator, WitnessError } from './witness/calculate.js';
export { type Chunk, type PlanOptions, planChunks } from './planner/plan.js';
export { type Dimension, type Use, type Utilisation, DIMENSIONS, utilisation } from './planner/utilisation.js';
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
} from './setup/index.js';
export {
  type KeysManifest,
  type ProvingKeys,
  type SetupKind,
  type StoredKeys,
  type VerifyingKeys,
  ceremonyKeys,
  findVerifyingKeys,
  provingKeys,
  storedKeys,
} from './prover/keys.js';

// Proofs
export { findProvers, NoProverError } from './prover/find.js';
export { type ProverProgram, ProverError, SNARKJS } from './prover/program.js';
export { type ChunkProof, type ProofFile, formatProof, parseProof, PROOF_FORMAT, PROOF_VERSION, ProofFileError } from './prover/proof-file.js';
export { type LocalQueueOptions, type ProofJob, type ProofQueue, type ProveJobOptions, type Proven, KeyMismatchError, LocalQueue } from './prover/queue.js';
export { prove } from './prover/prove.js';

// Proofs by workers, on many machines
export { type OpenQueueOptions, QueueConnection, QueueError } from './queue/connection.js';
export { type JobKey, JOB_VERSION } from './queue/job.js';
export { type JobState, type ListedJob, JOB_STATES, Jobs } from './queue/jobs.js';
export { type Patience } from './queue/patience.js';
export { JobError, PostgresQueue, type PostgresQueueOptions } from './queue/postgres-queue.js';
export { type WorkerEvent, type WorkOptions, work } from './queue/work.js';
export { type Groth16Proof } from './untyped/snarkjs.js';
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
} from './verifier/merkle-proof.js';
export {
  type CombinedProof,
  COMBINED_PROOF_FORMAT,
  COMBINED_PROOF_VERSION,
  CombinedProofFileError,
  describeCombinedProof,
  formatCombinedProof,
  parseCombinedProof,
  verifyCombinedProof,
} from './verifier/combined-proof.js';
export { type VerifierArguments, DevelopmentKeysError, exportVerifier, verifierArguments } from './verifier/solidity.js';
export { type ProvingCircuit, type Statement, type Verdict, chunkFault, describeVerdict, OtherKeysError, verifyProof } from './verifier/verify.js';

// The engine: the parts above, put together
export { type ListedCircuit, listCircuits } from './engine/circuits.js';
export { type DatabaseOptions, type DriverOptions, type OpenDb, databaseOn, openDatabase, openDriver } from './engine/database.js';
export { installKeys } from './engine/install-keys.js';
export { DatabaseNotEmptyError, type LoadOptions, loadState } from './engine/load-state.js';
export { type ChooseOptions, type ChosenPlan, choosePlan } from './engine/choose-plan.js';
export { type Estimate } from './engine/estimate.js';
export { type Machine, MachineError, THIS_MACHINE } from './engine/machine.js';
export { type BatchPlan, type PlannedChunk, circuitsWith, OtherTreeError, planBatch } from './engine/plan-batch.js';
export { type ProveBatchOptions, type ProvenBatch, type ProvingStep, type UsedCircuit, proveBatch } from './engine/prove-batch.js';
export { proveEntries, proveEntry } from './engine/prove-entry.js';
export { type OpenSource, openSource } from './engine/repair-source.js';
export { exportSnapshot, importSnapshot, type SnapshotOptions, verifySnapshot } from './engine/snapshot-folder.js';
export { type StartingState, PrestateError, startingState } from './engine/starting-state.js';
export { type VerifierContract, verifierContract } from './engine/verifier-contract.js';

// A database for others
export { ServeError } from './server/address.js';
export { type OnBug, type ServeOptions, type ServerTls, type Serving } from './server/options.js';
export { serve } from './server/serve.js';
