import type { Access, RequestedAccess } from '../../state/batch/access.js';
import { dataPolynomial, logHash } from '../../state/batch/log.js';
import { PINNED } from '../../machine/circuit/pinned.js';
import { accessElements } from '../../state/batch/encoding.js';
import { frToHex, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { SetupKind } from '../setup/kind.js';
import type { VerifyingKeys } from '../prover/keys.js';
import type { ChunkProof, ProofFile } from '../prover/proof-file.js';
import { missingFrom, transcriptHash } from '../setup/transcript.js';
import { verificationKeyHash } from '../setup/verification-key.js';
import { PUBLIC_SIGNALS } from '../../machine/trace/trace.js';
import type { VerificationKey } from '../../base/untyped/snarkjs.js';
import { verdictInRange } from '../../state/tree/proof.js';
import { groth16VerifyAll, isPlainProof } from './aggregate.js';
import { brokenChain } from './chain.js';
import { describeAccess, describeKeys } from './words.js';

/**
 * What a valid proof says.
 * @see {@link verifyProof}
 */
export interface Statement {
  readonly oldRoot: Fr;
  readonly newRoot: Fr;
  readonly reads: number;
  readonly writes: number;
  /** The circuits that prove it, in the order of their first use. */
  readonly circuits: readonly ProvingCircuit[];
}

/**
 * A circuit that proves chunks of a batch, and how its keys were made. For an `UnknownKey`, the circuit is only what
 * the proof claims.
 * @see {@link verifyProof}
 */
export interface ProvingCircuit extends Pick<VerifyingKeys, 'circuit' | 'ceremony'> {
  readonly setup: SetupKind | 'unknown';
  /** Number of chunks that it proves. */
  readonly chunks: number;
}

/**
 * The outcome of a verification. `checked` and `assumed` are sentences: what was checked, and what the proof depends on
 * that could not be checked here.
 * @see {@link verifyProof}
 */
export type Verdict =
  | {
      readonly valid: true;
      readonly statement: Statement;
      readonly checked: readonly string[];
      readonly assumed: readonly string[];
    }
  | { readonly valid: false; readonly reason: string };

/**
 * A verification key alone. Its user must know its circuit and its maker.
 * @see {@link verifyProof}
 */
export interface UnknownKey {
  readonly verificationKey: VerificationKey;
  /** Its name in sentences, such as a file name. */
  readonly name: string;
}

/** A proof was made with other keys than the given ones: for these it is neither valid nor invalid. */
export class OtherKeysError extends Error {
  override readonly name = 'OtherKeysError';
}

/**
 * Verifies the proof of a batch: each chunk, that the chunks form one batch from its first access on, and everything
 * else that gives the proof its meaning.
 * @throws {OtherKeysError} the proof names a verification key that is not among `keys`
 *
 * @example
 * const verdict = await verifyProof({ proof, keys: [keys], batch: batch.accesses, acceptedRoots: [root] });
 * if (verdict.valid) verdict.statement.newRoot;
 */
export async function verifyProof({
  proof: { chunks },
  keys,
  batch,
  acceptedRoots = [],
}: {
  readonly proof: ProofFile;
  /** The verifier's own keys, of the circuits that it trusts. What a proof claims about its keys is never trusted. */
  readonly keys: readonly (VerifyingKeys | UnknownKey)[];
  /** The accesses that should have been performed; a read may omit its value. */
  readonly batch?: readonly RequestedAccess[];
  /** Roots from which a transition may start, in addition to the empty state. */
  readonly acceptedRoots?: readonly bigint[];
}): Promise<Verdict> {
  if (chunks.length === 0) return { valid: false, reason: 'expected at least one chunk, got none' };
  const chunkKeys = chunks.map((chunk) => keysOf(chunk, keys));
  const log = chunks.flatMap((chunk) => chunk.log);
  const wrong =
    firstFault(chunks, wrongForm) ??
    brokenChain(chunks) ??
    (batch && differingAccess(log, batch)) ??
    firstFault(chunks, (chunk, index) => wrongLabel(chunk, chunkKeys[index]!) ?? wrongCommitment(chunk)) ??
    (await unprovenChunk(chunks, chunkKeys));
  if (wrong) return { valid: false, reason: wrong };

  const { oldRoot } = chunks[0]!.publicSignals;
  const { newRoot } = chunks.at(-1)!.publicSignals;
  const checked = [
    'the Groth16 proofs verify for the public signals, each of them reduced',
    'logHash and dataOut commit to the logs in the file',
    'the log starts with the first access of a batch, and each chunk continues the previous one',
  ];
  const assumed: string[] = [];
  if (batch) checked.push('the log is the given batch');
  else assumed.push(PERHAPS_LONGER);
  if (oldRoot === 0n) checked.push('oldRoot is the empty state');
  else if (acceptedRoots.includes(oldRoot)) checked.push('oldRoot is a root that was accepted before');
  else assumed.push(`accept it only if you accepted oldRoot ${frToHex(oldRoot)} before`);

  const circuits = provingCircuits(chunks, chunkKeys);
  const isPinned = ({ circuit }: ProvingCircuit): boolean => PINNED[circuit.name]?.digest === circuit.digest;
  if (circuits.every((each) => each.setup !== 'unknown' && isPinned(each)))
    checked.push('the circuits are those of this version');
  for (const each of circuits) {
    const { name, digest } = each.circuit;
    if (!isPinned(each))
      assumed.push(
        `its circuit is not this version's ${name}: accept it only if you trust the circuit with digest ${digest}`,
      );
    if (each.ceremony !== null)
      assumed.push(`its keys are as good as the ceremony with the transcript SHA-256 ${transcriptHash(each.ceremony)}`);
  }
  for (const [i, own] of chunkKeys.entries()) {
    if (isKnown(own) || chunkKeys.indexOf(own) !== i) continue;
    const { name, digest } = chunks[i]!.circuit;
    assumed.push(`the maker of ${own.name} could forge proofs`);
    assumed.push(`accept it only if you know that ${own.name} is the key of circuit ${name} with digest ${digest}`);
  }
  const reads = log.filter(({ op }) => op === 'read').length;
  return {
    valid: true,
    statement: { oldRoot, newRoot, reads, writes: log.length - reads, circuits },
    checked,
    assumed,
  };
}

/** Assumed of a log that is compared with nothing. */
export const PERHAPS_LONGER = 'the log may be only the start of a longer batch: give the batch to check this';

type Key = VerifyingKeys | UnknownKey;

const isKnown = (key: Key): key is VerifyingKeys => 'circuit' in key;

function keysOf({ verificationKey }: ChunkProof, keys: readonly Key[]): Key {
  const hashOf = (key: Key): string =>
    isKnown(key) ? key.verificationKeyHash : verificationKeyHash(key.verificationKey);
  const found = keys.find((key) => hashOf(key) === verificationKey);
  if (found !== undefined) return found;
  const known = keys.map(hashOf).join(' or ');
  throw new OtherKeysError(
    `the proof was made with other keys: expected verification key ${known}, the proof names ${verificationKey}`,
  );
}

/** The first fault that `faultOf` finds, and its chunk if there are several. */
function firstFault(
  chunks: readonly ChunkProof[],
  faultOf: (chunk: ChunkProof, index: number) => string | null,
): string | null {
  for (const [index, chunk] of chunks.entries()) {
    const fault = faultOf(chunk, index);
    if (fault !== null) return chunks.length === 1 ? fault : `chunks[${index}]: ${fault}`;
  }
  return null;
}

/** Verifies the proofs of each circuit together; if that fails, one by one, to find the invalid one. */
async function unprovenChunk(chunks: readonly ChunkProof[], keys: readonly Key[]): Promise<string | null> {
  for (const own of new Set(keys)) {
    if (
      await holds(
        own,
        chunks.filter((_, index) => keys[index] === own),
      )
    )
      continue;
    const proven = await Promise.all(chunks.map((chunk, index) => holds(keys[index]!, [chunk])));
    return firstFault(chunks, (_, index) => (proven[index] ? null : UNPROVEN)) ?? UNPROVEN;
  }
  return null;
}

const holds = ({ verificationKey }: Key, chunks: readonly ChunkProof[]): Promise<boolean> =>
  groth16VerifyAll(
    verificationKey,
    chunks.map((chunk) => ({ proof: chunk.proof, signals: signalsOf(chunk) })),
  );

const UNPROVEN = 'the proof does not verify: it does not prove these public signals';

const signalsOf = ({ publicSignals }: ChunkProof): Fr[] => PUBLIC_SIGNALS.map((name) => publicSignals[name]);

/**
 * Why the proof of a chunk is not valid for these keys, whatever comes before the chunk; null if it is valid.
 *
 * @example
 * await chunkFault(proof.chunks[0]!, keys); // null if its proof holds
 */
export async function chunkFault(chunk: ChunkProof, keys: VerifyingKeys): Promise<string | null> {
  const wrong = wrongLabel(chunk, keys) ?? wrongForm(chunk) ?? wrongCommitment(chunk);
  if (wrong !== null) return wrong;
  return (await holds(keys, [chunk])) ? null : UNPROVEN;
}

/** Compares the file's claims about circuit and keys with what is known of the keys. */
function wrongLabel(proof: ChunkProof, key: Key): string | null {
  if (!isKnown(key)) return null;
  const { circuit, setup } = key;
  const compare = (what: string, claimed: string, known: string): string | null =>
    claimed === known ? null : `the file states the ${what} ${claimed}, but the keys that it names have ${known}`;
  return (
    compare('circuit', proof.circuit.name, circuit.name) ??
    compare('circuit digest', proof.circuit.digest, circuit.digest) ??
    compare('setup', proof.setup, setup)
  );
}

/** Faults that no proof file can have, only a proof built by the caller. */
function wrongForm({ proof, publicSignals, log }: ChunkProof): string | null {
  if (!isPlainProof(proof)) return 'the proof is not of affine points in decimal digits';
  const verdict = verdictInRange(() => {
    for (const name of PUBLIC_SIGNALS) toFr(publicSignals[name]);
    log.forEach(accessElements);
    return { valid: true } as const;
  });
  return verdict.valid ? null : verdict.reason;
}

/** The log's numbers are in range, so their commitment is of limbs in range. */
function wrongCommitment({ publicSignals, log }: ChunkProof): string | null {
  const compare = (signal: 'logHash' | 'dataOut', recomputed: Fr): string | null =>
    recomputed === publicSignals[signal]
      ? null
      : `the log in the file gives ${signal} ${frToHex(recomputed)}, the proof is for ${frToHex(publicSignals[signal])}`;
  return (
    compare('logHash', logHash(log, publicSignals)) ??
    compare('dataOut', dataPolynomial(publicSignals.x, log, publicSignals))
  );
}

/** The first access of the log that is not the batch's. */
function differingAccess(log: readonly Access[], batch: readonly RequestedAccess[]): string | null {
  for (const [i, asked] of batch.entries()) {
    const proven = log[i];
    if (proven === undefined) break;
    if (!agrees(proven, asked)) {
      return `access ${i} of the batch is ${describeAccess(asked)}, but the proof's log has ${describeAccess(proven)}`;
    }
  }
  return log.length === batch.length
    ? null
    : `the batch has ${batch.length} accesses, but the proof's log has ${log.length}`;
}

const agrees = (proven: Access, asked: RequestedAccess): boolean =>
  proven.op === asked.op &&
  proven.address === asked.address &&
  proven.kind === asked.kind &&
  proven.slot === asked.slot &&
  (asked.value === undefined || proven.value === asked.value);

function provingCircuits(chunks: readonly ChunkProof[], keys: readonly Key[]): ProvingCircuit[] {
  return [...new Set(keys)].map((own) => ({
    ...(isKnown(own)
      ? originOf(own)
      : { circuit: chunks[keys.indexOf(own)]!.circuit, setup: 'unknown', ceremony: null }),
    chunks: keys.filter((other) => other === own).length,
  }));
}

/**
 * A ceremony counts only if it is finished and made exactly this key for this circuit; otherwise one party could have
 * made the key.
 */
export function originOf({ circuit, ceremony, verificationKey }: VerifyingKeys): Omit<ProvingCircuit, 'chunks'> {
  const isOwn =
    ceremony !== null &&
    missingFrom(ceremony).length === 0 &&
    ceremony.circuit.digest === circuit.digest &&
    ceremony.key.verificationKey === verificationKeyHash(verificationKey);
  return isOwn ? { circuit, setup: 'ceremony', ceremony } : { circuit, setup: 'development', ceremony: null };
}

/**
 * Says in one sentence what was proven, or why not.
 *
 * @example
 * describeVerdict(await verifyProof({ proof, keys: [keys] })); // Valid: starting from root 0x..., or Not valid: ...
 */
export function describeVerdict(verdict: Verdict): string {
  if (!verdict.valid) return `Not valid: ${verdict.reason}.`;
  const { oldRoot, newRoot, reads, writes, circuits } = verdict.statement;
  const total = count(reads + writes, 'access', 'accesses');
  const accesses = `${total} of its log (${count(reads, 'read', 'reads')}, ${count(writes, 'write', 'writes')})`;
  const several = circuits.reduce((sum, { chunks }) => sum + chunks, 0) > 1;
  const by = circuits.map(
    ({ circuit, chunks, ...keys }) =>
      `${several ? `${count(chunks, 'chunk', 'chunks')} with ` : ''}circuit ${circuit.name} and ${describeKeys(keys)}`,
  );
  const assumed = verdict.assumed.map((assumption) => `; ${assumption}`).join('');
  return (
    `Valid: exactly the ${accesses}, in that order, lead from root ${frToHex(oldRoot)} to root ${frToHex(newRoot)}, ` +
    `and every read returns the value it claims; proven ${several ? 'in ' : 'with '}${by.join(', ')}${assumed}.`
  );
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
