import { type ArtifactStore } from '../circuit/artifacts.js';
import { CATALOGUE, CIRCUIT_NAMES, type CircuitName, type CircuitSize } from '../circuit/catalogue.js';
import { type CircuitManifest, findCircuit } from '../circuit/compile.js';
import { circuitPins } from '../circuit/pins.js';
import { type StoredKeys, storedKeys } from '../prover/keys.js';

/** A circuit of the catalogue, and what of it is in the artifact store. */
export interface ListedCircuit {
  readonly name: CircuitName;
  readonly size: CircuitSize;
  /** What it comes out as when it is compiled; null for a circuit that was never pinned. */
  readonly pin: CircuitManifest | null;
  readonly isCompiled: boolean;
  /** The keys with which proofs of it can be made at once. */
  readonly keys: readonly StoredKeys[];
}

/** Every circuit of the catalogue, in its order; nothing is made. */
export async function listCircuits(store: ArtifactStore): Promise<ListedCircuit[]> {
  const pins = await circuitPins();
  return Promise.all(
    CIRCUIT_NAMES.map(async (name) => {
      const compiled = await findCircuit(store, name);
      const pin = pins[name] ?? null;
      const digest = compiled?.digest ?? pin?.digest;
      const keys = digest === undefined ? [] : await storedKeys(store, name, digest);
      return { name, size: CATALOGUE[name], pin, isCompiled: compiled !== null, keys };
    }),
  );
}
