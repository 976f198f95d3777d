import type { ArtifactStore, OnProgress } from '../machine/circuit/artifacts.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { type CompiledCircuit, compileCircuit, findCircuit } from '../machine/circuit/compile.js';
import { ceremonyKeys, type ProvingKeys, provingKeys } from '../proof/prover/keys.js';
import { DevelopmentKeysError, exportVerifier } from '../proof/verifier/solidity.js';
import { describeKeys } from '../proof/verifier/words.js';

/** A Solidity verifier, and the circuit and keys that it is for. */
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
  allowDevelopment,
  onProgress = () => {},
}: {
  readonly store: ArtifactStore;
  readonly circuit: CircuitName;
  readonly allowDevelopment: boolean;
  readonly onProgress?: OnProgress;
}): Promise<VerifierContract> {
  const there = await findCircuit(store, name);
  // Compiling only to refuse takes minutes; keys of a ceremony are never there without their circuit.
  if (!allowDevelopment && (there === null || (await ceremonyKeys(store, there)) === null)) {
    throw new DevelopmentKeysError(
      `expected keys of a ceremony for circuit ${name} in ${store.directory}, found none: without them there are only ` +
        describeKeys({ setup: 'development', ceremony: null }),
    );
  }
  const circuit = there ?? (await compileCircuit(store, name, onProgress));
  const keys = await provingKeys(store, circuit, {
    onProgress: (phase, done, total) => onProgress(`keys: ${phase}`, done, total),
  });
  return { source: await exportVerifier(keys, circuit, { allowDevelopment }), circuit, keys };
}
