import { type Access, type RequestedAccess } from '../batch/access.js';
import { dataPolynomial, logHash } from '../batch/log.js';
import { circuitPins } from '../circuit/pins.js';
import { type Fr, frToHex } from '../field/fr.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type VerifyingKeys } from '../prover/keys.js';
import { type ProofFile } from '../prover/proof-file.js';
import { PUBLIC_SIGNALS } from '../trace/trace.js';
import { groth16Verify } from '../untyped/snarkjs.js';
import { describeAccess, SETUP_TRUST } from './words.js';

/** What a proof that holds says. */
export interface Statement extends Pick<VerifyingKeys, 'circuit' | 'setup'> {
  readonly oldRoot: Fr;
  readonly newRoot: Fr;
  readonly reads: number;
  readonly writes: number;
}

/**
 * The outcome of a verification. `checked` and `assumed` are sentences: what was found to hold, and
 * what the proof rests on that could not be found out here.
 */
export type Verdict =
  | {
      readonly valid: true;
      readonly statement: Statement;
      readonly checked: readonly string[];
      readonly assumed: readonly string[];
    }
  | { readonly valid: false; readonly reason: string };

/** A proof was made with other keys than those at hand: it is neither valid nor invalid for them. */
export class OtherKeysError extends Error {
  override readonly name = 'OtherKeysError';
}

/**
 * Checks a proof, and everything around it that gives it its meaning.
 * @param options.keys the verifier's own, for the circuit that the verifier trusts
 * @param options.batch the accesses that should have been performed; a read may leave its value out
 * @param options.acceptedRoots roots from which a transition may start, besides the empty tree's
 * @throws {OtherKeysError} the proof names another verification key
 */
export async function verifyProof({
  poseidon,
  proof,
  keys,
  batch,
  acceptedRoots = [],
}: {
  readonly poseidon: Poseidon;
  readonly proof: ProofFile;
  readonly keys: VerifyingKeys;
  readonly batch?: readonly RequestedAccess[];
  readonly acceptedRoots?: readonly Fr[];
}): Promise<Verdict> {
  if (proof.verificationKey !== keys.verificationKeyHash) {
    throw new OtherKeysError(
      `the proof was made with other keys: expected verification key ${keys.verificationKeyHash}, the proof names ${proof.verificationKey}`,
    );
  }
  const wrong =
    wrongLabel(proof, keys) ?? wrongCommitment(poseidon, proof) ?? (batch && differingAccess(proof.log, batch));
  if (wrong) return { valid: false, reason: wrong };
  const { publicSignals, log } = proof;
  const signals = PUBLIC_SIGNALS.map((name) => publicSignals[name]);
  if (!(await groth16Verify(keys.verificationKey, signals, proof.proof))) {
    return { valid: false, reason: 'the proof does not verify: it does not prove these public signals' };
  }

  const checked = [
    'the Groth16 proof verifies for the public signals, each of them reduced',
    'the log in the file is the one that logHash and dataOut commit to',
  ];
  const assumed: string[] = [];
  const check = (holds: boolean, fact: string, assumption: string): void => {
    if (holds) checked.push(fact);
    else assumed.push(assumption);
  };
  if (batch) checked.push('the log is the given batch');
  const { oldRoot, newRoot, logHashIn, dataIn } = publicSignals;
  check(
    oldRoot === 0n || acceptedRoots.includes(oldRoot),
    oldRoot === 0n ? 'oldRoot is the empty state' : 'oldRoot is a root that was accepted before',
    `accept it only if you know oldRoot ${frToHex(oldRoot)} to be a root you accepted before`,
  );
  check(
    logHashIn === 0n && dataIn === 1n,
    'the log is the whole batch, from its first access',
    `it is a later chunk: accept it only after the chunk whose logHash is ${frToHex(logHashIn)} and whose dataOut is ${frToHex(dataIn)}`,
  );
  const { circuit, setup } = keys;
  check(
    (await circuitPins())[circuit.name]?.digest === circuit.digest,
    'the circuit is the one that this version has by that name',
    `it is by another circuit than this version's ${circuit.name}: accept it only if you trust the one with digest ${circuit.digest}`,
  );
  const reads = log.filter(({ op }) => op === 'read').length;
  return {
    valid: true,
    statement: { circuit, setup, oldRoot, newRoot, reads, writes: log.length - reads },
    checked,
    assumed,
  };
}

/** What the file says about its circuit and keys, against what is known of the keys. */
function wrongLabel(proof: ProofFile, { circuit, setup }: VerifyingKeys): string | null {
  const compare = (what: string, claimed: string, known: string): string | null =>
    claimed === known ? null : `the file says that the ${what} is ${claimed}, but the keys that it names have ${known}`;
  return (
    compare('circuit', proof.circuit.name, circuit.name) ??
    compare('circuit digest', proof.circuit.digest, circuit.digest) ??
    compare('setup', proof.setup, setup)
  );
}

/** The log's numbers are in range by their type, so their commitment is of limbs in range. */
function wrongCommitment(poseidon: Poseidon, { publicSignals, log }: ProofFile): string | null {
  const { logHashIn, x, dataIn } = publicSignals;
  const compare = (signal: 'logHash' | 'dataOut', recomputed: Fr): string | null =>
    recomputed === publicSignals[signal]
      ? null
      : `the log in the file gives ${signal} ${frToHex(recomputed)}, the proof is for ${frToHex(publicSignals[signal])}`;
  return (
    compare('logHash', logHash(poseidon, log, logHashIn)) ?? compare('dataOut', dataPolynomial(x, log, dataIn))
  );
}

/** The first access of the log that is not the batch's. */
function differingAccess(log: readonly Access[], batch: readonly RequestedAccess[]): string | null {
  for (const [i, asked] of batch.entries()) {
    const proven = log[i];
    if (proven === undefined) break;
    if (!agrees(proven, asked)) {
      return `access ${i} of the batch is ${describeAccess(asked)}, but of the proof's log ${describeAccess(proven)}`;
    }
  }
  return log.length === batch.length
    ? null
    : `the batch has ${batch.length} accesses, the proof's log has ${log.length}`;
}

const agrees = (proven: Access, asked: RequestedAccess): boolean =>
  proven.op === asked.op &&
  proven.address === asked.address &&
  proven.kind === asked.kind &&
  proven.slot === asked.slot &&
  (asked.value === undefined || proven.value === asked.value);

/** One sentence: what was proven, or why not. */
export function describeVerdict(verdict: Verdict): string {
  if (!verdict.valid) return `Not valid: ${verdict.reason}.`;
  const { circuit, setup, oldRoot, newRoot, reads, writes } = verdict.statement;
  const total = count(reads + writes, 'access', 'accesses');
  const accesses = `${total} of its log (${count(reads, 'read', 'reads')}, ${count(writes, 'write', 'writes')})`;
  const assumed = verdict.assumed.map((assumption) => `; ${assumption}`).join('');
  return (
    `Valid: starting from root ${frToHex(oldRoot)}, performing exactly the ${accesses}, in that order, every read ` +
    `returning what it claims, ends in root ${frToHex(newRoot)}; proven by circuit ${circuit.name} with ` +
    `${SETUP_TRUST[setup]}${assumed}.`
  );
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
