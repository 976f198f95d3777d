import type { VerificationKey } from '../base/untyped/snarkjs.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { circuitPins } from '../machine/circuit/pins.js';
import { findVerifyingKeys, storedKeys, type VerifyingKeys } from '../proof/prover/keys.js';
import type { ChunkProof, ProofFile } from '../proof/prover/proof-file.js';
import { verificationKeyHash } from '../proof/setup/index.js';
import { type Bounds, InputError, jsonOf, readInput } from './input.js';
import type { Places } from './places.js';

/** Each key that a proof names, once, in the order of the chunks. @param hint what else the user can do */
export async function keysInStore({ store }: Places, { chunks }: ProofFile, hint: string): Promise<VerifyingKeys[]> {
  const named = new Map(chunks.map(({ verificationKey, circuit }) => [verificationKey, circuit.name]));
  return Promise.all([...named].map(async ([hash, name]) => {
    const keys = await findVerifyingKeys(store, name, hash);
    if (keys !== null) return keys;
    throw new InputError(
      `expected the verification key that the proof names, ${hash} of circuit ${name}, in ${store.directory}, found none; ${hint}`,
    );
  }));
}

/** The keys of this version's circuit in the artifacts: those of a ceremony, if they are there, else development keys. */
export async function keysOfCircuit({ store }: Places, name: CircuitName): Promise<VerifyingKeys> {
  const { digest } = (await circuitPins())[name]!;
  const there = await storedKeys(store, name, digest);
  const [chosen] = there.toSorted((a, b) => (a.setup === b.setup ? 0 : a.setup === 'ceremony' ? -1 : 1));
  const keys = chosen && (await findVerifyingKeys(store, name, chosen.verificationKeyHash));
  if (keys) return keys;
  throw new InputError(`expected keys of circuit ${name} in ${store.directory}, found none; give the verification key you trust with --key`);
}

/** Keys that a user gave. */
export interface GivenKeys extends VerifyingKeys {
  readonly file: string;
}

/** A verification key from a file, as one of the circuit that `circuitOf` tells by the key's hash: the key does not say. */
export async function keysFromFile(
  bounds: Bounds,
  file: string,
  circuitOf: (hash: string) => Pick<ChunkProof, 'circuit' | 'setup'>,
): Promise<GivenKeys> {
  const verificationKey = parseVerificationKey(file, await readInput(bounds, file));
  const hash = verificationKeyHash(verificationKey);
  return { file, ...circuitOf(hash), insecure: true, warning: '', ceremony: null, verificationKeyHash: hash, verificationKey };
}

function parseVerificationKey(file: string, text: string): VerificationKey {
  jsonOf(file, text);
  const key = JSON.parse(text) as VerificationKey | null;
  if (key?.protocol === 'groth16' && Array.isArray(key.IC)) return key;
  throw new InputError(`${file}: expected a verification key as snarkjs writes it (Groth16), got something else`);
}
