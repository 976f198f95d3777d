import { ContentError } from '../../base/files/content-error.js';
import type { Access } from '../../state/batch/access.js';
import { atRoot, expected, readingFile } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { Groth16Proof, VerificationKey } from '../../base/untyped/snarkjs.js';
import { isStorageCircuit } from '../../machine/circuit/catalogue.js';
import { PUBLIC_SIGNALS } from '../../machine/trace/trace.js';
import type { PublicSignals } from '../../machine/trace/trace.js';
import type { KeysManifest } from '../prover/key-manifest.js';
import type { ChunkProof } from '../prover/proof-file.js';
import { readGroth16Proof, readSignals, readVerificationKey } from '../prover/proof-json.js';

/**
 * A text is not a proof, a list of public signals or a verification key in snarkjs format. The message says what was
 * expected, what was found, and where.
 */
export class SnarkjsFileError extends ContentError {
  override readonly name = 'SnarkjsFileError';
}

/**
 * A chunk's proof as the texts of the two files for `snarkjs groth16 verify`.
 *
 * @example
 * const { proof: proofJson, publics } = formatSnarkjsPair(proof.chunks[0]!);
 */
export function formatSnarkjsPair({ proof, publicSignals }: ChunkProof): {
  readonly proof: string;
  readonly publics: string;
} {
  const text = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
  return { proof: text(proof), publics: text(PUBLIC_SIGNALS.map((name) => String(publicSignals[name]))) };
}

/**
 * Parses snarkjs's proof.json.
 * @throws {SnarkjsFileError}
 *
 * @example
 * parseSnarkjsProof(formatSnarkjsPair(proof.chunks[0]!).proof);
 */
export const parseSnarkjsProof = (text: string): Groth16Proof =>
  readingFile(
    () => readGroth16Proof(atRoot(parseJson(text))),
    (message, cause) => new SnarkjsFileError(message, { cause }),
  );

/**
 * Parses snarkjs's public.json of one of Rootshift's circuits.
 * @throws {SnarkjsFileError}
 *
 * @example
 * parseSnarkjsPublics(formatSnarkjsPair(proof.chunks[0]!).publics).newRoot;
 */
export function parseSnarkjsPublics(text: string): PublicSignals {
  const read = (): PublicSignals => {
    const at = atRoot(parseJson(text));
    const signals = readSignals(at);
    if (signals.length !== PUBLIC_SIGNALS.length)
      expected(`${PUBLIC_SIGNALS.length} public signals`, at, String(signals.length));
    return Object.fromEntries(PUBLIC_SIGNALS.map((name, i) => [name, signals[i]!])) as unknown as PublicSignals;
  };
  return readingFile(read, (message, cause) => new SnarkjsFileError(message, { cause }));
}

/**
 * Parses snarkjs's verification_key.json.
 * @throws {SnarkjsFileError}
 *
 * @example
 * const verificationKey = parseVerificationKey(text);
 * await verifyProof({ proof, keys: [{ verificationKey, name: 'verification_key.json' }] });
 */
export const parseVerificationKey = (text: string): VerificationKey =>
  readingFile(
    () => readVerificationKey(atRoot(parseJson(text))),
    (message, cause) => new SnarkjsFileError(message, { cause }),
  );

/**
 * Adds what snarkjs's files lack to a proof and its public signals: the keys and the accesses.
 * @throws {SnarkjsFileError} the keys are of a circuit of rules
 *
 * @example
 * const chunk = chunkOfPair(parseSnarkjsProof(text), parseSnarkjsPublics(text), keys, []);
 */
export function chunkOfPair(
  proof: Groth16Proof,
  publicSignals: PublicSignals,
  {
    circuit: { name, digest },
    setup,
    verificationKeyHash,
  }: Pick<KeysManifest, 'circuit' | 'setup' | 'verificationKeyHash'>,
  log: readonly Access[],
): ChunkProof {
  if (!isStorageCircuit(name)) {
    throw new SnarkjsFileError(`expected keys of a storage circuit, got keys of ${name}`);
  }
  return { circuit: { name, digest }, setup, verificationKey: verificationKeyHash, publicSignals, proof, log };
}
