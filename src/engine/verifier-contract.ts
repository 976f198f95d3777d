import type { ArtifactStore, OnProgress } from '../circuit/artifacts.js';
import type { CircuitName } from '../circuit/catalogue.js';
import { type CompiledCircuit, compileCircuit } from '../circuit/compile.js';
import { type ProvingKeys, provingKeys } from '../prover/keys.js';
import { findPtau } from '../prover/ptau.js';
import { PUBLIC_SIGNALS } from '../trace/trace.js';
import { DevelopmentKeysError, exportVerifier } from '../verifier/solidity.js';
import { SETUP_TRUST } from '../verifier/words.js';

export interface VerifierContract {
  /** Solidity. */
  readonly source: string;
  readonly circuit: CompiledCircuit;
  readonly keys: ProvingKeys;
}

/**
 * The Solidity verifier of a circuit, with the keys that `proveBatch` proves with.
 * @throws {DevelopmentKeysError} they are development keys, and `allowDevelopment` is not set; known
 *   before any are made
 */
export async function verifierContract({
  store,
  circuit: name,
  ptauFolder,
  allowDevelopment,
  onProgress = () => {},
}: {
  readonly store: ArtifactStore;
  readonly circuit: CircuitName;
  readonly ptauFolder: string;
  readonly allowDevelopment: boolean;
  readonly onProgress?: OnProgress;
}): Promise<VerifierContract> {
  const refuseDevelopment = async (constraints: number): Promise<void> => {
    if (allowDevelopment || (await findPtau(ptauFolder, { constraints, publicSignals: PUBLIC_SIGNALS.length }))) return;
    throw new DevelopmentKeysError(
      `expected a powers-of-tau file large enough for circuit ${name} in ${ptauFolder}, found none; ` +
        `without it there are only ${SETUP_TRUST.development}`,
    );
  };
  // Of any size, first: compiling only to refuse takes minutes.
  await refuseDevelopment(0);
  const circuit = await compileCircuit(store, name, onProgress);
  await refuseDevelopment(circuit.constraints);
  const keys = await provingKeys(store, circuit, {
    ptauFolder,
    onProgress: (phase, done, total) => onProgress(`keys: ${phase}`, done, total),
  });
  return { source: await exportVerifier(keys, circuit, { allowDevelopment }), circuit, keys };
}
