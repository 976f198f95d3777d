import type { Watching } from '../base/tasks/watching.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { compileCircuit, findCircuit } from '../machine/circuit/compile.js';
import type { CompiledCircuit } from '../machine/circuit/compile.js';
import { ceremonyKeys, findProvingKeys, provingKeys } from '../proof/prover/keys.js';
import type { ProvingKeys } from '../proof/prover/keys.js';
import { KeyMismatchError } from '../proof/prover/queue.js';
import { DevelopmentKeysError, exportVerifier } from '../proof/verifier/solidity.js';
import { describeKeys } from '../proof/verifier/words.js';

/**
 * A Solidity verifier, with its circuit and keys.
 * @see {@link verifierContract}
 */
export interface VerifierContract {
  /** Solidity. */
  readonly source: string;
  readonly circuit: CompiledCircuit;
  readonly keys: ProvingKeys;
}

/**
 * The Solidity verifier of a circuit, with the keys that `proveBatch` uses, or with the named keys.
 * @throws {DevelopmentKeysError} they are development keys, and `allowDevelopment` is not set; thrown before any are
 *   made
 * @throws {KeyMismatchError} the store lacks the named keys, or they belong to another circuit
 * @throws what the signal was aborted with
 *
 * @example
 * const { source } = await verifierContract({ store, circuit: 's18', allowDevelopment: true });
 */
export async function verifierContract({
  store,
  circuit: name,
  verificationKey,
  allowDevelopment,
  onProgress = () => {},
  signal,
}: Watching & {
  readonly store: ArtifactStore;
  readonly circuit: CircuitName;
  /** `verificationKeyHash` of the keys, as a proof names them. */
  readonly verificationKey?: string;
  readonly allowDevelopment: boolean;
}): Promise<VerifierContract> {
  const named = verificationKey === undefined ? null : await keysNamed(store, name, verificationKey);
  const there = await findCircuit(store, name);
  // Refused before compiling, which takes minutes: keys of a ceremony never exist without their circuit.
  if (!allowDevelopment && (named?.setup ?? (there && (await ceremonyKeys(store, there))?.setup)) !== 'ceremony') {
    throw new DevelopmentKeysError(
      `expected keys from a ceremony for circuit ${name} in ${store.directory}, found none: without them there are only ` +
        describeKeys({ setup: 'development', ceremony: null }),
    );
  }
  const circuit = there ?? (await compileCircuit(store, name, { onProgress, signal }));
  const keys =
    named ??
    (await provingKeys(store, circuit, {
      onProgress: (phase, done, total) => onProgress(`keys: ${phase}`, done, total),
      signal,
    }));
  return { source: await exportVerifier(keys, circuit, { allowDevelopment }), circuit, keys };
}

async function keysNamed(store: ArtifactStore, name: CircuitName, hash: string): Promise<ProvingKeys> {
  const keys = await findProvingKeys(store, name, hash);
  if (keys !== null) return keys;
  throw new KeyMismatchError(
    `expected the keys that the proof names, with verification key ${hash} of circuit ${name}, in ${store.directory}, did not find them`,
  );
}
