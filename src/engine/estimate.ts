import { BASE_FIELD_ORDER } from '../base/bn254/numbers.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { findCircuit } from '../machine/circuit/compile.js';
import { storedKeys } from '../proof/prover/keys.js';
import { formatProof } from '../proof/prover/proof-file.js';
import type { ChunkProof } from '../proof/prover/proof-file.js';
import type { Calibration } from './calibration.js';
import type { BatchPlan, PlannedChunk } from './plan-batch.js';

/**
 * The estimated cost of proving a plan.
 * @see {@link choosePlan}
 */
export interface Estimate {
  /**
   * Milliseconds: to make circuits and keys that are not there yet, and to prove; by workers, a guess to choose plans
   * by.
   */
  readonly makingMs: number;
  readonly provingMs: number;
  /** True if the times come from proofs of this prover on this machine. */
  readonly isCalibrated: boolean;
  /** Bytes: peak memory; disk for missing circuits and keys; the temporary directory's disk for witnesses. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly witnessBytes: number;
  readonly proofFileBytes: number;
  /** Gas of the verifier contract, one transaction per proof. */
  readonly gas: number;
  readonly constraints: number;
}

/** Memory of this process besides the prover or the compiler: state, witness, verification. */
const OWN_BYTES = 400 * 2 ** 20;
/** Chunks in this process at a time: one at its witness, one with the prover, one being verified. */
const AT_ONCE = 3;
/** What `verifyTransition` of the contract used when it was measured, the transaction's own 21,000 included. */
const GAS_A_PROOF = 261_400;

/** The prover, and whether it runs on this machine. */
interface Prover {
  readonly prover: string;
  readonly provesHere: boolean;
}

export async function estimatePlan(
  { chunks }: Pick<BatchPlan, 'chunks'>,
  {
    store,
    calibration,
    prover,
    provesHere,
  }: Prover & { readonly store: ArtifactStore; readonly calibration: Calibration },
): Promise<Estimate> {
  let makingMs = 0;
  let memoryBytes = 0;
  let diskBytes = 0;
  let witnessBytes = 0;
  for (const circuit of new Set(chunks.map((chunk) => chunk.circuit))) {
    const cost = await calibration.cost(prover, circuit);
    const compiled = await findCircuit(store, circuit);
    const hasKeys = compiled !== null && (await storedKeys(store, circuit, compiled.digest)).length > 0;
    makingMs += (compiled ? 0 : cost.compileMs) + (hasKeys ? 0 : cost.keysMs);
    diskBytes += hasKeys ? 0 : cost.diskBytes;
    if (provesHere) witnessBytes = Math.max(witnessBytes, Math.min(chunks.length, AT_ONCE) * cost.witnessBytes);
    memoryBytes = Math.max(
      memoryBytes,
      provesHere ? cost.proofBytes : 0,
      compiled ? 0 : cost.compileBytes,
      hasKeys ? 0 : cost.keysBytes,
    );
  }
  const costs = await Promise.all(chunks.map(({ circuit }) => calibration.cost(prover, circuit)));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    makingMs,
    provingMs: sum(costs.map(({ proofMs }) => proofMs)),
    isCalibrated: calibration.knows(prover),
    memoryBytes: memoryBytes + OWN_BYTES,
    diskBytes,
    witnessBytes,
    proofFileBytes: Buffer.byteLength(formatProof({ chunks: chunks.map(placeholder) })),
    gas: chunks.length * GAS_A_PROOF,
    constraints: sum(costs.map(({ constraints }) => constraints)),
  };
}

/** A chunk's proof with placeholders that are as long as real hashes and points. */
function placeholder({ trace, circuit }: PlannedChunk): ChunkProof {
  const sha256 = '0'.repeat(64);
  const coordinate = String(BASE_FIELD_ORDER - 1n);
  const point = [coordinate, coordinate, '1'] as const;
  const pair = [coordinate, coordinate] as const;
  return {
    circuit: { name: circuit, digest: sha256 },
    setup: 'development',
    verificationKey: sha256,
    publicSignals: trace.publics,
    proof: { pi_a: point, pi_b: [pair, pair, ['1', '0']], pi_c: point, protocol: 'groth16', curve: 'bn128' },
    log: trace.log,
  };
}
