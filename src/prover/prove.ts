import { type OnProgress } from '../circuit/artifacts.js';
import { type CompiledCircuit } from '../circuit/compile.js';
import { frToHex } from '../field/fr.js';
import { type Poseidon } from '../hash/poseidon.js';
import { PUBLIC_SIGNALS, type Trace } from '../trace/trace.js';
import { groth16Verify } from '../untyped/snarkjs.js';
import { witness } from '../witness/calculate.js';
import { type ProvingKeys } from './keys.js';
import { type ProverProgram, ProverError, runProver, SNARKJS } from './program.js';
import { type ChunkProof } from './proof-file.js';

export interface Proven {
  readonly proof: ChunkProof;
  /** Milliseconds. */
  readonly timings: { readonly witness: number; readonly prove: number; readonly verify: number };
}

/** Keys are of another circuit than the one to be proven with. */
export class KeyMismatchError extends Error {
  override readonly name = 'KeyMismatchError';
}

/**
 * Proves a trace, and verifies the proof before it is given out.
 * @throws {KeyMismatchError} `keys` are not `circuit`'s
 * @throws {CapacityError} the circuit has no room for the trace
 * @throws {WitnessError} the trace does not hold
 * @throws {ProverError} the prover failed, or its proof does not verify
 */
export async function prove({
  poseidon,
  trace,
  circuit,
  keys,
  program = SNARKJS,
  onProgress = () => {},
}: {
  readonly poseidon: Poseidon;
  readonly trace: Trace;
  readonly circuit: CompiledCircuit;
  readonly keys: ProvingKeys;
  readonly program?: ProverProgram;
  readonly onProgress?: OnProgress;
}): Promise<Proven> {
  if (keys.circuit.digest !== circuit.digest) {
    throw new KeyMismatchError(
      `expected keys of circuit ${circuit.name} with digest ${circuit.digest}, got keys of digest ${keys.circuit.digest}`,
    );
  }
  onProgress('witness', 0, 0);
  const [wires, witnessTime] = await timed(() => witness(poseidon, trace, circuit));
  onProgress(`proof (${program.name})`, 0, 0);
  const [{ proof, signals }, proveTime] = await timed(() => runProver(program, keys.zkey, wires));
  onProgress('verification', 0, 0);
  const [isValid, verifyTime] = await timed(async () => {
    checkSignals(program, trace, signals);
    return groth16Verify(keys.verificationKey, signals, proof);
  });
  if (!isValid) throw new ProverError(`the prover ${program.name} gave a proof that does not verify`);
  return {
    proof: {
      circuit: { name: circuit.name, digest: circuit.digest },
      setup: keys.setup,
      verificationKey: keys.verificationKeyHash,
      publicSignals: trace.publics,
      proof,
      log: trace.log.map(({ op, address, kind, slot, value }) => ({ op, address, kind, slot, value })),
    },
    timings: { witness: witnessTime, prove: proveTime, verify: verifyTime },
  };
}

/** The proof must be of this trace's roots and log, and of no others. */
function checkSignals(program: ProverProgram, trace: Trace, signals: readonly bigint[]): void {
  PUBLIC_SIGNALS.forEach((name, i) => {
    if (signals[i] === trace.publics[name]) return;
    throw new ProverError(
      `the prover ${program.name} proved another statement: expected ${name} = ${frToHex(trace.publics[name])}, got ${signals[i]}`,
    );
  });
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}
