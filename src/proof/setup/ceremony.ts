import { copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Watching } from '../../base/tasks/watching.js';
import { fileDigest, fileSize, requireDigest } from '../../machine/circuit/artifacts.js';
import { isMissing } from '../../base/files/file-error.js';
import { readTextFile } from '../../base/files/input.js';
import { exportVerificationKey } from '../../base/untyped/snarkjs.js';
import { beginKey } from './begin.js';
import { addBeacon } from './contribute.js';
import { readContributions } from './contributions.js';
import type { Contribution } from './contributions.js';
import { SetupError, UnlistedPtauError } from './error.js';
import { estimateVerification, requireRoom } from './estimate.js';
import type { OnEstimate } from './estimate.js';
import { identifyPtau } from './identify-ptau.js';
import { formatTranscript, isClosed, parseTranscript } from './transcript.js';
import type { Transcript } from './transcript.js';
import { verificationKeyHash } from './verification-key.js';
import { wrongContributions, wrongOrigin } from './contradiction.js';
import { complaintAgainst } from './verify.js';
import type { CeremonyCircuit } from './verify.js';
import { writeWhole } from '../../base/files/whole-file.js';

/**
 * A coordinator's directory holds `transcript.json` and the key after each accepted contribution: `0000.zkey` before
 * the first, and so on. Other files do not count, but a contribution among them is not overwritten.
 */
export const TRANSCRIPT_NAME = 'transcript.json';
const keyName = (contributions: number): string => `${String(contributions).padStart(4, '0')}.zkey`;

/**
 * A state of a ceremony that a directory holds.
 * @see {@link beginCeremony}
 */
export interface Ceremony {
  readonly transcript: Transcript;
  /** Path of the newest key: what the next contributor gets. */
  readonly zkey: string;
}

/** A key is not the ceremony's newest key plus honest contributions. The message says why. */
export class ContributionError extends Error {
  override readonly name = 'ContributionError';
}

/**
 * Begins a ceremony for a circuit in a directory, which is made.
 * @param options.allowUnlisted takes powers of tau that are not on the published list, and records that they are not
 * @throws {UnlistedPtauError} the powers of tau are not listed, and `allowUnlisted` is not set
 * @throws {SetupError} there is a ceremony in the directory, or a contribution in its first key's place, or the powers
 *   of tau can't be used
 * @throws {ArtifactError} the file of the circuit is not the one with its digest
 * @throws what the signal was aborted with
 *
 * @example
 * await beginCeremony({ directory: 'ceremony', circuit, ptau: 'powersOfTau28_hez_final_18.ptau' });
 */
export async function beginCeremony(
  options: Watching & {
    readonly directory: string;
    readonly circuit: CeremonyCircuit;
    readonly ptau: string;
    readonly allowUnlisted?: boolean;
    readonly onEstimate?: OnEstimate;
  },
): Promise<Ceremony> {
  const { directory, circuit, ptau, allowUnlisted = false, ...watching } = options;
  await refuseBegun(directory);
  await requireDigest(circuit.r1cs, circuit.digest, { signal: watching.signal });
  const powersOfTau = await identifyPtau(ptau, watching.signal);
  if (powersOfTau.listed === null && !allowUnlisted) {
    throw new UnlistedPtauError(`${ptau} is`, powersOfTau.blake2b);
  }
  const made = await mkdir(directory, { recursive: true });
  const zkey = path.join(directory, keyName(0));
  let circuitHash: string;
  try {
    circuitHash = await putKey(zkey, [], (scratch) =>
      beginKey({ ...watching, r1cs: circuit.r1cs, ptau, zkey: scratch }),
    );
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true });
    throw error;
  }
  const key = await describeKey(zkey);
  return keep(directory, {
    circuit: { name: circuit.name, digest: circuit.digest },
    powersOfTau,
    initialKey: { circuitHash, sha256: key.sha256 },
    contributions: [],
    key,
  });
}

/**
 * Verifies a key that contributors made from the directory's newest one, and makes it the newest.
 * @throws {ContributionError} it is not that key with contributions more, or one of them is no right one
 * @throws {SetupError} the directory holds no ceremony that goes on, a file in it is damaged, the powers of tau are
 *   others, another contribution is in the key's place, or snarkjs came to no verdict
 * @throws what the signal was aborted with
 *
 * @example
 * await acceptKey({ directory: 'ceremony', zkey: '0002.zkey', ptau: 'powersOfTau28_hez_final_18.ptau' });
 */
export async function acceptKey(
  options: Watching & {
    readonly directory: string;
    readonly zkey: string;
    readonly ptau: string;
    readonly onEstimate?: OnEstimate;
  },
): Promise<Ceremony> {
  const { directory, zkey, ptau, onEstimate, onProgress, signal } = options;
  const { transcript } = await openCeremony(directory);
  refuseClosed(directory, transcript.contributions);
  const { list, circuitHash, ...shape } = await readContributions(zkey);
  const known = transcript.contributions.length;
  const refuse = (why: string): never => {
    throw new ContributionError(`${zkey}: ${why}`);
  };
  const wrong =
    wrongOrigin(circuitHash, transcript) ?? wrongContributions(list.slice(0, known), transcript.contributions);
  if (wrong !== null) refuse(wrong);
  if (list.length === known) refuse(`expected a contribution after the ${known} that are accepted, found none`);
  if (list.some(({ beacon }) => beacon !== null)) refuse('expected contributions of people, found a beacon');

  const estimate = await estimateVerification(shape, await fileSize(zkey));
  onEstimate?.(estimate);
  await requireRoom(path.join(directory, TRANSCRIPT_NAME), estimate.diskBytes);
  onProgress?.('powers of tau', 0, 0);
  await requirePtau(ptau, transcript, signal);
  const initial = path.join(directory, keyName(0));
  await requireKey(initial, transcript.initialKey.sha256);
  const kept = path.join(directory, keyName(list.length));
  await putKey(kept, list, async (copy) => {
    // The copy is verified: the original file may still change.
    await copyFile(zkey, copy);
    onProgress?.('verification', 0, 0);
    const complaint = await complaintAgainst(zkey, initial, ptau, { copy, onProgress, signal });
    if (complaint !== null) refuse(complaint);
    const copied = await readContributions(copy);
    if (wrongContributions(copied.list, list) !== null) refuse('it changed while it was read');
  });
  return keep(directory, { ...transcript, contributions: list, key: await describeKey(kept) });
}

/**
 * Closes the directory's ceremony by a beacon. Repeated, it gives the same key.
 * @throws {SetupError} nobody has contributed, or a contribution was not accepted; the ceremony is closed, or its
 *   newest key is damaged
 * @throws what the signal was aborted with
 *
 * @example
 * await closeCeremony({ directory: 'ceremony', beacon: { value: '00'.repeat(32), iterationsExponent: 10 } });
 */
export async function closeCeremony(
  options: Watching & {
    readonly directory: string;
    readonly beacon: NonNullable<Contribution['beacon']>;
    readonly onEstimate?: OnEstimate;
  },
): Promise<Ceremony> {
  const { directory, beacon, ...watching } = options;
  const { transcript, zkey } = await openCeremony(directory);
  refuseClosed(directory, transcript.contributions);
  const { contributions } = transcript;
  const closed = path.join(directory, keyName(contributions.length + 1));
  await putKey(closed, contributions, (scratch) => addBeacon({ ...watching, from: zkey, to: scratch, beacon }));
  const { list } = await readContributions(closed);
  return keep(directory, { ...transcript, contributions: list, key: await describeKey(closed) });
}

/**
 * What a directory holds; its newest key is found to be whole.
 * @throws {SetupError} there is no ceremony, its transcript can't be read, or its newest key is missing or damaged
 *
 * @example
 * const { transcript: told, zkey } = await openCeremony('ceremony');
 */
export async function openCeremony(directory: string): Promise<Ceremony> {
  const text = await readTextFile(path.join(directory, TRANSCRIPT_NAME)).catch((cause: Error) => {
    if (!isMissing(cause)) throw new SetupError(cause.message, { cause });
    throw new SetupError(`expected a ceremony in ${directory}, found none: begin one first`, { cause });
  });
  const transcript = readTranscript(directory, text);
  const zkey = path.join(directory, keyName(transcript.contributions.length));
  await requireKey(zkey, transcript.key.sha256);
  return { transcript, zkey };
}

function readTranscript(directory: string, text: string): Transcript {
  try {
    return parseTranscript(text);
  } catch (cause) {
    throw new SetupError(`${path.join(directory, TRANSCRIPT_NAME)}: ${(cause as Error).message}`, { cause });
  }
}

/** @throws {SetupError} there is a ceremony in the directory */
export async function refuseBegun(directory: string): Promise<void> {
  const there = await stat(path.join(directory, TRANSCRIPT_NAME)).catch(() => null);
  if (there !== null) throw new SetupError(`expected a directory without a ceremony, one was begun in ${directory}`);
}

function refuseClosed(directory: string, contributions: readonly Contribution[]): void {
  if (isClosed(contributions))
    throw new SetupError(`expected a ceremony that goes on, the one in ${directory} was closed by a beacon`);
}

async function requirePtau(ptau: string, { powersOfTau }: Transcript, signal: AbortSignal | undefined): Promise<void> {
  const { blake2b } = await identifyPtau(ptau, signal);
  if (blake2b !== powersOfTau.blake2b) {
    throw new SetupError(
      `expected the ceremony's powers of tau, with blake2b hash ${powersOfTau.blake2b}, ${ptau} has ${blake2b}`,
    );
  }
}

async function requireKey(zkey: string, sha256: string): Promise<void> {
  const has = await fileDigest(zkey).catch((cause: Error) => {
    throw new SetupError(`expected the ceremony's key at ${zkey}, could not read it: ${cause.message}`, { cause });
  });
  if (has !== sha256) throw new SetupError(`${zkey} is damaged: expected SHA-256 ${sha256}, got ${has}`);
}

/** Writes a key to its place, but over no contribution that is not among `accepted` ones. */
async function putKey<T>(
  zkey: string,
  accepted: readonly Contribution[],
  make: (scratch: string) => Promise<T>,
): Promise<T> {
  await refuseUnaccepted(zkey, accepted);
  return writeWhole(zkey, async (scratch) => {
    const made = await make(scratch);
    // Someone may have contributed meanwhile.
    await refuseUnaccepted(zkey, accepted);
    return made;
  });
}

/**
 * A key that an interrupted step left has no contributions but `accepted` ones, and a beacon, which can be repeated.
 * @throws {SetupError} what is there has others
 */
async function refuseUnaccepted(zkey: string, accepted: readonly Contribution[]): Promise<void> {
  if ((await stat(zkey).catch(() => null)) === null) return;
  const hashes = new Set(accepted.map(({ hash }) => hash));
  const there = await readContributions(zkey).catch(() => null);
  if (there?.list.every(({ hash, beacon }) => beacon !== null || hashes.has(hash)) === true) return;
  throw new SetupError(
    `expected to make ${zkey}, which is there already, a contribution that was not accepted: accept it first, or remove it`,
  );
}

/** What a transcript says of its newest key. */
const describeKey = async (zkey: string): Promise<Transcript['key']> => ({
  sha256: await fileDigest(zkey),
  verificationKey: verificationKeyHash(await exportVerificationKey(zkey)),
});

async function keep(directory: string, transcript: Transcript): Promise<Ceremony> {
  await writeWhole(path.join(directory, TRANSCRIPT_NAME), (scratch) =>
    writeFile(scratch, formatTranscript(transcript)),
  );
  return { transcript, zkey: path.join(directory, keyName(transcript.contributions.length)) };
}
