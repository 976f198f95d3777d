/**
 * Verification only: proofs of batches, proofs of entries, and chunks of snapshots. It runs in Node, in browsers and in
 * web workers.
 *
 * - a batch's proof: `parseProof`, `parseVerificationKey`, `verifyProof`, `describeVerdict`
 * - an entry's proof: `parseMerkleProof`, `verifyMerkleProof`, `describeMerkleProof`
 * - many entries' proof: `parseCombinedProof`, `verifyCombinedProof`, `describeCombinedProof`
 * - a snapshot: `parseManifest`, `checkChunk`, `coverOf`
 *
 * The main entry exports all of this too. The code that verifies Groth16 proofs is loaded with the first such proof.
 */

// Numbers
export { FIELD_ORDER, type Fr, FieldRangeError, frToHex, toFr } from './base/field/fr.js';
export { type Uint256, Uint256RangeError, toUint256, uint256ToHex } from './base/field/limbs.js';
export { poseidon, type Poseidon, PoseidonWidthError } from './base/hash/poseidon.js';

// Batches
export { type Access, type EntryKey, type Kind, type RequestedAccess, KINDS } from './state/batch/access.js';
export { type Batch, type Entry, BatchError } from './state/batch/batch.js';
export { AddressRangeError, treeKey } from './state/batch/encoding.js';
export { parseBatch } from './state/batch/parse.js';

// Proofs of batches
export type { Groth16Proof, VerificationKey } from './base/untyped/snarkjs.js';
export { type PublicSignal, type PublicSignals, PUBLIC_SIGNALS } from './machine/trace/trace.js';
export { type ChunkProof, type ProofFile, parseProof, ProofFileError } from './proof/prover/proof-file.js';
export { verificationKeyHash } from './proof/setup/verification-key.js';
export {
  parseSnarkjsProof,
  parseSnarkjsPublics,
  parseVerificationKey,
  SnarkjsFileError,
} from './proof/verifier/snarkjs-pair.js';
export {
  type ProvingCircuit,
  type Statement,
  type UnknownKey,
  type Verdict,
  describeVerdict,
  OtherKeysError,
  verifyProof,
} from './proof/verifier/verify.js';

// Proofs of entries
export {
  type MerkleProof,
  describeMerkleProof,
  MerkleProofFileError,
  parseMerkleProof,
  verifyMerkleProof,
} from './proof/verifier/merkle-proof.js';
export {
  type CombinedProof,
  CombinedProofFileError,
  describeCombinedProof,
  parseCombinedProof,
  verifyCombinedProof,
} from './proof/verifier/combined-proof.js';
export { type PathVerdict } from './state/tree/proof.js';

// Snapshots
export { BadChunkError, type CheckedChunk, checkChunk } from './state/snapshot/chunk.js';
export { type Cover, coverOf } from './state/snapshot/cover.js';
export { type Manifest, parseManifest, SnapshotError } from './state/snapshot/manifest.js';
export { type TreeScheme, poseidonScheme } from './state/tree/scheme.js';
