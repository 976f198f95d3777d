/**
 * Linea's state: accounts and storage in sorted lists in sparse Merkle trees of depth 40, as Linea's state manager
 * keeps them.
 *
 * - blocks: `StateDb`, `parseBlock`; without a database, `MemoryWorld` and `applyBlock`
 * - traces: `formatTraces`, `parseTraces`, `verifyRange`
 * - an account and slots of it: `proveAccount`, `verifyAccountProof`
 * - all slots of an account, all accounts: `proveList`, `verifyList`
 * - one trie: `MemoryTrie`, `applyAll`, `proveKeys`, `proveEntries`; with keys in their own order, `ORDERED_TRIE`
 * - Groth16 proofs of what operations do to one trie: `proveOperations`, `verifyOperations`
 * - a server: `serveLinea`
 *
 * What a database is kept by, `openDriver` and `MemoryDriver`, is in the main entry.
 */

// Suites: a hash and encodings
export {
  type Account,
  type Digest,
  type Hex,
  type Opening,
  type Suite,
  type TrieState,
  EncodingRangeError,
} from './linea/suite/suite.js';
export { MIMC_BLS12_377, MIMC_BN254 } from './linea/suite/mimc.js';
export { POSEIDON_BN254 } from './linea/suite/poseidon.js';
export { POSEIDON2_KOALABEAR } from './linea/suite/poseidon2.js';
export { SUITES } from './linea/suite/suites.js';
export { ACCOUNT_TRIE, ORDERED_TRIE, STORAGE_TRIE, type TrieKind, TrieInputError } from './linea/suite/kind.js';
export { accountFromHex, accountToHex } from './linea/suite/account-bytes.js';

// Traces
export type {
  DeleteTrace,
  InsertTrace,
  Path,
  ReadTrace,
  ReadZeroTrace,
  Trace,
  UpdateTrace,
} from './linea/trace/trace.js';
export { type TraceJson, traceToJson } from './linea/trace/json.js';
export {
  type RangeVerdict,
  type TraceRange,
  formatTraces,
  parseTraces,
  TraceFileError,
  verifyRange,
} from './linea/trace/range.js';
export { type BlockVerdict, verifyBlock } from './linea/trace/verify-block.js';
export { TraceRefusedError } from './linea/trace/verify.js';

// One trie
export { type Leaf, type TrieChange, type TrieReader, MissingLeafError } from './linea/trie/store.js';
export { MemoryTrie } from './linea/trie/memory-trie.js';
export { type Applied, type Task, applyAll, applyUntraced } from './linea/trie/apply.js';
export { type Operation, AbsentKeyError, FullTrieError } from './linea/trie/sequence.js';

// A state
export {
  type AccountAccess,
  type AccountState,
  type BlockAccesses,
  type SlotAccess,
  BlockAccessError,
} from './linea/world/block.js';
export { BlockFileError, formatBlock, parseBlock } from './linea/world/block-file.js';
export { type AppliedBlock, applyBlock, emptyStateRoot } from './linea/world/apply-block.js';
export { type TrieId, type WorldChange, type WorldReader, MemoryWorld } from './linea/world/world.js';
export { type Head } from './linea/store/records.js';
export { ConcurrentBlockError, NoSuchBlockError, StateDb, StateFormatError } from './linea/store/state-db.js';
export { type StateReport, checkState } from './linea/store/check.js';
export {
  type ReadSnapshot,
  exportState,
  importState,
  readSnapshot,
  StateSnapshotError,
} from './linea/store/snapshot.js';

// Proofs
export {
  type AccountProof,
  type AccountVerdict,
  proveAccount,
  verifyAccountProof,
} from './linea/proof/account-proof.js';
export {
  type EntriesProof,
  type EntriesQuery,
  type EntriesVerdict,
  type Boundary,
  type ListedEntry,
  proveEntries,
  verifyEntries,
} from './linea/proof/entries-proof.js';
export { type ProofJson, accountProofToJson, parseAccountProof, ProofFileError } from './linea/proof/json.js';
export { type KeyProof, type LeafProof, proveKeys } from './linea/proof/key-proof.js';
export { formatList, parseList } from './linea/proof/list-file.js';
export { type ListProof, type ListVerdict, NoAccountError, proveList, verifyList } from './linea/proof/list-proof.js';
export { type KnownEntry, ProofRefusedError, verifyKeys } from './linea/proof/verify-keys.js';

// A server
export { type ServeLineaOptions, type ServingLinea, serveLinea } from './server/serve-linea.js';

// Groth16 proofs
export {
  type LineaCircuitName,
  type LineaSignal,
  type LineaSize,
  LINEA_CATALOGUE,
  LINEA_SIGNALS,
} from './machine/circuit/linea-catalogue.js';
export { type LineaPublics } from './machine/linea/block-inputs.js';
export { type RawOperation, rawOperation } from './machine/linea/logged.js';
export {
  type OperationsChunk,
  type OperationsProof,
  type OperationsVerdict,
  type ProveOperationsOptions,
  proveOperations,
  verifyOperations,
} from './engine/prove-linea.js';
