import { ContentError } from '../../base/files/content-error.js';
import type { Access } from '../../state/batch/access.js';
import { atRoot, checkFormat, readChoice, readObject, readingFile } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { CIRCUIT_NAMES } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import { ENTRY, formatEntry, readEntry, readWord } from '../../machine/trace/file.js';
import { PUBLIC_SIGNALS } from '../../machine/trace/trace.js';
import type { PublicSignals } from '../../machine/trace/trace.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import type { SetupKind } from '../setup/kind.js';
import { formatChunkOf, readChunkOf, readSome } from './chunk-file.js';

/**
 * The `format` of proof files.
 * @see {@link parseProof}
 */
export const PROOF_FORMAT = 'rootshift-proof';
/**
 * The `version` of proof files that is written and read.
 * @see {@link parseProof}
 */
export const PROOF_VERSION = 2;

/**
 * The proof of a chunk of a batch, and all that it refers to.
 * @see {@link chunkOfPair}
 */
export interface ChunkProof {
  readonly circuit: { readonly name: CircuitName; readonly digest: string };
  /** What the prover says of its keys; the verifier's own say it better. */
  readonly setup: SetupKind;
  /** `verificationKeyHash` of the key that verifies the proof. */
  readonly verificationKey: string;
  readonly publicSignals: PublicSignals;
  readonly proof: Groth16Proof;
  /** The accesses, in order, that the proof says were performed: those with which `logHash` continues `logHashIn`. */
  readonly log: readonly Access[];
}

/**
 * The proof of a batch, chunk by chunk, in order: what a verifier gets.
 * @see {@link parseProof}
 */
export interface ProofFile {
  readonly chunks: readonly ChunkProof[];
}

/** A text is not a proof file of this version: the message says what was expected, what came, and where. */
export class ProofFileError extends ContentError {
  override readonly name = 'ProofFileError';
}

/**
 * The text of a proof file: JSON, an access on a line; words and field elements as `0x` and 64
 * hexadecimal digits, the proofs as snarkjs writes them.
 * @throws {RangeError} a number is out of range
 * @throws {ProofFileError} it is not a proof that a file can contain: without chunks or accesses, or with points in
 *   another form
 *
 * @example
 * parseProof(formatProof(proof)); // proof
 */
export function formatProof({ chunks }: ProofFile): string {
  const text = `{
  "format": "${PROOF_FORMAT}",
  "version": ${PROOF_VERSION},
  "chunks": [${chunks.map(formatChunk).join(',')}
  ]
}
`;
  parseProof(text);
  return text;
}

const FORM = {
  circuitName: (at: Located) => readChoice(at, CIRCUIT_NAMES),
  signals: PUBLIC_SIGNALS,
  list: 'log',
  item: 'access',
} as const;

export const formatChunk = (chunk: ChunkProof): string =>
  formatChunkOf(
    FORM,
    chunk,
    chunk.log.map((access) => JSON.stringify(formatAccess(access))),
  );

const formatAccess = (access: Access): object => ({
  op: access.op,
  ...formatEntry(access),
  value: uint256ToHex(access.value),
});

/**
 * Reads a proof file; every number in it is in range, but whether the proof is right is for
 * `verifyProof` to say.
 * @throws {ProofFileError}
 *
 * @example
 * parseProof(formatProof(proof)); // proof
 */
export function parseProof(text: string): ProofFile {
  return readingFile(
    () => readProof(atRoot(parseJson(text))),
    (message, cause) => new ProofFileError(message, { cause }),
  );
}

function readProof(at: Located): ProofFile {
  checkFormat(at, PROOF_FORMAT, PROOF_VERSION, 'required');
  const fields = readObject(at, ['format', 'version', 'chunks']);
  return { chunks: readSome(fields.chunks, 'chunk').map(readChunk) };
}

export function readChunk(at: Located): ChunkProof {
  const { chunk, items } = readChunkOf(at, FORM);
  return { ...chunk, log: items.map(readAccess) };
}

function readAccess(at: Located): Access {
  const { op, value, ...entry } = readObject(at, ['op', ...ENTRY, 'value']);
  return { op: readChoice(op, ['read', 'write']), ...readEntry(entry), value: readWord(value) };
}
