import { ContentError } from '../../base/files/content-error.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  atRoot,
  checkFormat,
  expected,
  readInteger,
  readList,
  readObject,
  readingFile,
} from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { isCircuitName } from '../../machine/circuit/rules-catalogue.js';
import type { Contribution } from './contributions.js';
import { SetupError } from './error.js';
import { listedPtau } from './ptau-list.js';
import type { PowersOfTau } from './ptau-list.js';

/**
 * The `format` of transcripts.
 * @see {@link parseTranscript}
 */
export const TRANSCRIPT_FORMAT = 'rootshift-transcript';
/**
 * The `version` of transcripts that is written and read.
 * @see {@link parseTranscript}
 */
export const TRANSCRIPT_VERSION = 1;

/**
 * What was done to make a key, so that anyone who has the key, the circuit and the powers of tau can find out
 * whether it was. Hashes are hexadecimal.
 * @see {@link parseTranscript}
 */
export interface Transcript {
  /** `digest`: SHA-256 of the R1CS. */
  readonly circuit: { readonly name: string; readonly digest: string };
  /** `listed`: the name of the file of these powers of tau in the published list; null if they are not on it. */
  readonly powersOfTau: PowersOfTau;
  /** The key before any contribution: snarkjs's circuit hash, and SHA-256 of the file. */
  readonly initialKey: { readonly circuitHash: string; readonly sha256: string };
  /** In order; a beacon comes last and closes the ceremony. */
  readonly contributions: readonly Contribution[];
  /** The key after the last of them: SHA-256 of the file, and `verificationKeyHash`. */
  readonly key: { readonly sha256: string; readonly verificationKey: string };
}

/** A text is not a transcript of this version: the message says what was expected, what came, and where. */
export class TranscriptFileError extends ContentError {
  override readonly name = 'TranscriptFileError';
}

/** The iterations that a beacon may have: fewer are none, more take hours, and so does everyone's verification. */
export const BEACON_ITERATIONS = { least: 10, most: 30 } as const;

/**
 * What a key is not to be used without; empty if the ceremony is finished.
 *
 * @example
 * missingFrom(transcript); // [], if it is ready for production
 */
export function missingFrom({ contributions }: Transcript): string[] {
  return [
    ...(contributions.some(({ beacon }) => beacon === null) ? [] : ['a contribution']),
    ...(isClosed(contributions) ? [] : ['a beacon']),
  ];
}

/** @throws {SetupError} something is missing */
export function requireFinished(transcript: Transcript): void {
  const missing = missingFrom(transcript);
  if (missing.length > 0)
    throw new SetupError(`expected keys of a finished ceremony, these lack ${missing.join(' and ')}`);
}

export const isClosed = (contributions: readonly Contribution[]): boolean =>
  (contributions.at(-1)?.beacon ?? null) !== null;

/**
 * The text of a transcript file: JSON, see schemas/transcript.schema.json.
 *
 * @example
 * parseTranscript(formatTranscript(transcript)); // transcript
 */
export const formatTranscript = (transcript: Transcript): string =>
  `${JSON.stringify({ format: TRANSCRIPT_FORMAT, version: TRANSCRIPT_VERSION, ...transcript }, null, 2)}\n`;

/**
 * SHA-256, hexadecimal, of a transcript's file.
 *
 * @example
 * transcriptHash(transcript); // 64 digits, to be published
 */
export const transcriptHash = (transcript: Transcript): string =>
  bytesToHex(sha256(utf8ToBytes(formatTranscript(transcript))));

/**
 * @throws {TranscriptFileError}
 *
 * @example
 * parseTranscript(formatTranscript(transcript)); // transcript
 */
export function parseTranscript(text: string): Transcript {
  return readingFile(
    () => readTranscript(atRoot(parseJson(text))),
    (message, cause) => new TranscriptFileError(message, { cause }),
  );
}

function readTranscript(at: Located): Transcript {
  checkFormat(at, TRANSCRIPT_FORMAT, TRANSCRIPT_VERSION, 'required');
  const fields = readObject(at, ['format', 'version', 'circuit', 'powersOfTau', 'initialKey', 'contributions', 'key']);
  const circuit = readObject(fields.circuit, ['name', 'digest']);
  const powers = readObject(fields.powersOfTau, ['blake2b', 'listed']);
  const initial = readObject(fields.initialKey, ['circuitHash', 'sha256']);
  const key = readObject(fields.key, ['sha256', 'verificationKey']);
  const blake2b = readHash(powers.blake2b, 128);
  const listed = listedPtau(blake2b);
  if (powers.listed.value !== listed) {
    expected(`${JSON.stringify(listed)}, as the list has it for these powers of tau`, powers.listed);
  }
  const contributions = readList(fields.contributions).map(readContribution);
  const early = contributions.findIndex(({ beacon }, i) => beacon !== null && i < contributions.length - 1);
  if (early !== -1)
    expected('a beacon only as the last contribution', fields.contributions, `one as number ${early + 1}`);
  return {
    circuit: { name: readCircuitName(circuit.name), digest: readHash(circuit.digest, 64) },
    powersOfTau: { blake2b, listed },
    initialKey: { circuitHash: readHash(initial.circuitHash, 128), sha256: readHash(initial.sha256, 64) },
    contributions,
    key: { sha256: readHash(key.sha256, 64), verificationKey: readHash(key.verificationKey, 64) },
  };
}

function readContribution(at: Located): Contribution {
  const { name, hash, beacon } = readObject(at, ['name', 'hash', 'beacon']);
  return { name: readName(name), hash: readHash(hash, 128), beacon: beacon.value === null ? null : readBeacon(beacon) };
}

function readBeacon(at: Located): NonNullable<Contribution['beacon']> {
  const { value, iterationsExponent } = readObject(at, ['value', 'iterationsExponent']);
  if (typeof value.value !== 'string' || !isBeaconValue(value.value)) {
    return expected('1 to 255 bytes, as lower-case hexadecimal digits', value);
  }
  const { least, most } = BEACON_ITERATIONS;
  return { value: value.value, iterationsExponent: readInteger(iterationsExponent, least, most) };
}

export const isBeaconValue = (text: string): boolean => /^([0-9a-f]{2}){1,255}$/.test(text);

const readCircuitName = (at: Located): string =>
  typeof at.value === 'string' && isCircuitName(at.value) ? at.value : expected('the name of a circuit', at);

const readName = (at: Located): string => (typeof at.value === 'string' ? at.value : expected('a text', at));

function readHash(at: Located, digits: 64 | 128): string {
  if (typeof at.value === 'string' && at.value.length === digits && /^[0-9a-f]+$/.test(at.value)) return at.value;
  return expected(`a hash of ${digits} lower-case hexadecimal digits`, at);
}
