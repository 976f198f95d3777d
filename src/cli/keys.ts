import type { CircuitName } from '../machine/circuit/catalogue.js';
import { circuitPins } from '../machine/circuit/pins.js';
import { findVerifyingKeys, storedKeys } from '../proof/prover/keys.js';
import type { VerifyingKeys } from '../proof/prover/keys.js';
import { parseVerificationKey, SnarkjsFileError } from '../proof/verifier/snarkjs-pair.js';
import type { UnknownKey } from '../proof/verifier/verify.js';
import { InputError, readInput } from './input.js';
import type { Bounds } from './input.js';
import type { Places } from './places.js';

/** What names the keys of a proof's chunks. */
interface NamingKeys {
  readonly chunks: readonly { readonly verificationKey: string; readonly circuit: { readonly name: string } }[];
}

/** Each key that a proof names, once, in the order of the chunks. @param hint what else the user can do */
export async function keysInStore({ store }: Places, { chunks }: NamingKeys, hint: string): Promise<VerifyingKeys[]> {
  const named = new Map(chunks.map(({ verificationKey, circuit }) => [verificationKey, circuit.name]));
  return Promise.all(
    [...named].map(async ([hash, name]) => {
      const keys = await findVerifyingKeys(store, name, hash);
      if (keys !== null) return keys;
      throw new InputError(
        `expected the verification key that the proof names, ${hash} of circuit ${name}, in ${store.directory}, did not find it; ${hint}`,
      );
    }),
  );
}

/**
 * The keys of this version's circuit in the artifacts: from a ceremony if there are any, otherwise development keys.
 */
export async function keysOfCircuit({ store }: Places, name: CircuitName): Promise<VerifyingKeys> {
  const { digest } = (await circuitPins())[name]!;
  const there = await storedKeys(store, name, digest);
  const [chosen] = there.toSorted((a, b) => (a.setup === b.setup ? 0 : a.setup === 'ceremony' ? -1 : 1));
  const keys = chosen && (await findVerifyingKeys(store, name, chosen.verificationKeyHash));
  if (keys) return keys;
  throw new InputError(
    `expected keys of circuit ${name} in ${store.directory}, found none; give the verification key that you trust with --key`,
  );
}

/** A key from the user. Its circuit and setup are unknown, even if the proof names them. */
export async function keyFromFile(bounds: Bounds, file: string): Promise<UnknownKey> {
  const { text } = await readInput(bounds, file);
  try {
    return { name: file, verificationKey: parseVerificationKey(text) };
  } catch (cause) {
    if (!(cause instanceof SnarkjsFileError)) throw cause;
    throw new InputError(`${file}: expected a verification key in snarkjs format: ${cause.message}`, { cause });
  }
}
