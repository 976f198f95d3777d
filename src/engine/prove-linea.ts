import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toFr, ZERO } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import type { Watching } from '../base/tasks/watching.js';
import type { Groth16Proof } from '../base/untyped/snarkjs.js';
import { emptyTrie } from '../linea/suite/empty.js';
import { checkHex, TrieInputError } from '../linea/suite/kind.js';
import { POSEIDON_BN254 } from '../linea/suite/poseidon.js';
import { EncodingRangeError } from '../linea/suite/suite.js';
import type { Digest, Hex } from '../linea/suite/suite.js';
import type { Trace } from '../linea/trace/trace.js';
import { chain, TraceRefusedError, verifyEach } from '../linea/trace/verify.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { compileCircuit } from '../machine/circuit/compile.js';
import { isLineaCircuitName, LINEA_SIGNALS } from '../machine/circuit/linea-catalogue.js';
import type { LineaCircuitName, LineaSize } from '../machine/circuit/linea-catalogue.js';
import { makeScratch } from '../machine/circuit/scratch.js';
import { lineaInputs } from '../machine/linea/block-inputs.js';
import type { LineaPublics, LineaWitness } from '../machine/linea/block-inputs.js';
import { kindOf, loggedOperations, rawOperation } from '../machine/linea/logged.js';
import type { RawOperation } from '../machine/linea/logged.js';
import { operationLogHash, OPERATIONS_A_STEP } from '../machine/linea/operation-log.js';
import { WitnessCalculator } from '../machine/witness/calculate.js';
import { CapacityError } from '../machine/witness/layout.js';
import { prove } from '../proof/groth16/index.js';
import { provingKeys } from '../proof/prover/keys.js';
import type { VerifyingKeys } from '../proof/prover/keys.js';
import { groth16VerifyAll } from '../proof/verifier/aggregate.js';

/**
 * The proof of some operations of a list, and all that it refers to.
 * @see {@link proveOperations}
 */
export interface OperationsChunk {
  /** `verificationKeyHash` of the key that verifies the proof. */
  readonly verificationKey: string;
  /** What `logHash` adds to `logHashIn`. */
  readonly operations: readonly RawOperation[];
  readonly publicSignals: LineaPublics;
  readonly proof: Groth16Proof;
}

/**
 * The proof that operations lead from one trie to another, in chunks.
 * @see {@link proveOperations}
 */
export interface OperationsProof {
  /** `0x` for the account trie; for a storage trie, its account's address. It says how keys and values are hashed. */
  readonly location: Hex;
  readonly chunks: readonly OperationsChunk[];
}

/**
 * What proofs of operations are made with.
 * @see {@link proveOperations}
 */
export interface ProveOperationsOptions extends Watching {
  /** By default `linea18`. */
  readonly circuit?: LineaCircuitName;
}

/**
 * Proves traces of one trie of the suite `poseidon-bn254`, which follow one another, in as many chunks as it takes.
 * @throws {TraceRefusedError} a trace does not hold, does not follow, or is of another trie
 * @throws {CapacityError} there are none; or five of them do not fit the circuit
 * @throws {ArtifactError} the circuit or the keys in the store are damaged
 * @throws what the signal was aborted with
 *
 * @example
 * const { proof: proven, keys: own } = await proveOperations(lineaTraces, store); // such as applyAll gives
 * const operationsVerdict = await verifyOperations(proven, [own]);
 */
export async function proveOperations(
  traces: readonly Trace[],
  store: ArtifactStore,
  { circuit: name = 'linea18', onProgress, signal }: ProveOperationsOptions = {},
): Promise<{ readonly proof: OperationsProof; readonly keys: VerifyingKeys }> {
  const watching = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  const location = await checkTraces(traces);
  const circuit = await compileCircuit(store, name, watching);
  const keys = await provingKeys(store, circuit, watching);
  const chunks: OperationsChunk[] = [];
  const folder = await makeScratch(tmpdir(), 'rootshift-proof-', 0o700);
  try {
    await using calculator = new WitnessCalculator();
    let logHashIn: Fr = ZERO;
    for (let first = 0; first < traces.length;) {
      signal?.throwIfAborted();
      const { count, witness } = await nextChunk(traces.slice(first), circuit.size, logHashIn);
      const wtns = path.join(folder, 'witness.wtns');
      await calculator.write(witness.inputs, circuit.wasm, wtns);
      const { proof } = await prove(keys.zkey, wtns, watching);
      await rm(wtns);
      const operations = traces.slice(first, first + count).map(rawOperation);
      const { publics } = witness;
      chunks.push({ verificationKey: keys.verificationKeyHash, operations, publicSignals: publics, proof });
      first += count;
      logHashIn = publics.logHash;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const made: OperationsProof = { location, chunks };
  const verdict = await verifyOperations(made, [keys], { acceptedTops: [chunks[0]!.publicSignals.oldTop] });
  if (!verdict.isAccepted) throw new Error(`the proof that was made does not verify: ${verdict.reason}`);
  return { proof: made, keys };
}

/** @throws {TraceRefusedError} a trace does not hold, does not follow the one before, or is of another trie */
async function checkTraces(traces: readonly Trace[]): Promise<Hex> {
  const [first] = traces;
  if (first === undefined) throw new CapacityError('expected at least one trace to prove, got none');
  const { location } = first;
  const other = traces.find((trace) => trace.location !== location);
  if (other !== undefined) {
    throw new TraceRefusedError(`expected traces of one trie, ${location}, got one of ${other.location}`);
  }
  const steps = await verifyEach(POSEIDON_BN254, kindOf(location), traces);
  chain(
    steps.map((step) => {
      if (step instanceof TraceRefusedError) throw step;
      return step;
    }),
  );
  return location;
}

/** As many traces as the circuit holds: all, or a multiple of five, as the log's hash wants it. */
async function nextChunk(
  traces: readonly Trace[],
  size: LineaSize,
  logHashIn: Fr,
): Promise<{ readonly count: number; readonly witness: LineaWitness }> {
  let count = Math.min(traces.length, size.operations);
  for (;;) {
    try {
      return { count, witness: await lineaInputs(traces.slice(0, count), size, { logHashIn }) };
    } catch (error) {
      if (!(error instanceof CapacityError) || count <= OPERATIONS_A_STEP) throw error;
      count = OPERATIONS_A_STEP * Math.floor((count - 1) / OPERATIONS_A_STEP);
    }
  }
}

/**
 * The outcome of a verification. Accepted: exactly these operations, in that order, lead from the trie with top root
 * `oldTop` to the one with top root `newTop`.
 * @see {@link verifyOperations}
 */
export type OperationsVerdict =
  | {
      readonly isAccepted: true;
      readonly oldTop: Digest;
      readonly newTop: Digest;
      readonly operations: readonly RawOperation[];
    }
  | { readonly isAccepted: false; readonly reason: string };

/**
 * Verifies a proof of operations on one trie. What tries mean to each other is not part of it: whether an account's
 * value has the top root of its storage trie is for the caller to compare.
 * @param keys the verifier's own, of the circuits that it trusts
 *
 * @example
 * const judged = await verifyOperations(operationsProof, [keys], { acceptedTops: [root] });
 * if (judged.isAccepted) judged.newTop;
 */
export async function verifyOperations(
  { location, chunks }: OperationsProof,
  keys: readonly VerifyingKeys[],
  {
    acceptedTops = [],
  }: {
    /** Top roots from which operations may start, in addition to the empty trie's. */
    readonly acceptedTops?: readonly bigint[];
  } = {},
): Promise<OperationsVerdict> {
  const refused = (reason: string): OperationsVerdict => ({ isAccepted: false, reason });
  const [first] = chunks;
  if (first === undefined) return refused('expected at least one chunk, got none');
  const { oldTop } = first.publicSignals;
  const { topRoot } = await emptyTrie(POSEIDON_BN254);
  if (oldTop !== topRoot && !acceptedTops.includes(oldTop)) {
    return refused(`top root ${oldTop} is neither the empty trie's nor one of those that are accepted`);
  }
  let top: Digest = oldTop;
  let log: Fr = ZERO;
  for (const [i, { verificationKey, operations, publicSignals, proof }] of chunks.entries()) {
    const own = keys.find((one) => one.verificationKeyHash === verificationKey);
    if (own === undefined) return refused(`chunk ${i} was made with keys that are not among the verifier's`);
    if (!isLineaCircuitName(own.circuit.name)) return refused(`chunk ${i} names keys of circuit ${own.circuit.name}`);
    if (publicSignals.oldTop !== top) return refused(`chunk ${i} does not start where the one before ended`);
    if (publicSignals.logHashIn !== log) return refused(`chunk ${i} does not continue the log of the one before`);
    if (i < chunks.length - 1 && operations.length % OPERATIONS_A_STEP !== 0) {
      return refused(`chunk ${i} has ${operations.length} operations, expected a multiple of ${OPERATIONS_A_STEP}`);
    }
    const committed = await commitment(location, operations, log);
    if (committed instanceof Error) return refused(`chunk ${i}: ${committed.message}`);
    if (publicSignals.logHash !== committed) return refused(`chunk ${i} is a proof of other operations`);
    const signals = LINEA_SIGNALS.map((name) => publicSignals[name]);
    if (!(await groth16VerifyAll(own.verificationKey, [{ proof, signals }]))) {
      return refused(`the proof of chunk ${i} does not verify`);
    }
    top = publicSignals.newTop;
    log = publicSignals.logHash;
  }
  const operations = chunks.flatMap((chunk) => chunk.operations);
  return { isAccepted: true, oldTop, newTop: top, operations };
}

/** What the log's hash becomes, or what is wrong with an operation's key or value. */
async function commitment(location: Hex, operations: readonly RawOperation[], start: Fr): Promise<Fr | Error> {
  const kind = kindOf(location);
  try {
    for (const { key, before, after } of operations) {
      checkHex('key', key, kind.keyBytes);
      for (const value of [before, after]) if (value !== null) checkHex('value', value, kind.valueBytes);
    }
    return toFr(operationLogHash(await loggedOperations(location, operations), start));
  } catch (error) {
    if (error instanceof TrieInputError || error instanceof EncodingRangeError) return error;
    throw error;
  }
}
