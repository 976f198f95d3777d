import { ArtifactError } from '../machine/circuit/artifacts.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { CATALOGUE, CIRCUIT_NAMES } from '../machine/circuit/catalogue.js';
import type { CircuitName, CircuitSize } from '../machine/circuit/catalogue.js';
import { findCircuit } from '../machine/circuit/compile.js';
import type { CircuitManifest } from '../machine/circuit/compile.js';
import { circuitMeasurements, circuitPins } from '../machine/circuit/pins.js';
import type { Measurement } from '../machine/circuit/pins.js';
import { storedKeys } from '../proof/prover/keys.js';
import type { StoredKeys } from '../proof/prover/keys.js';

/**
 * A circuit of the catalogue, and what the artifact store has of it.
 * @see {@link listCircuits}
 */
export interface ListedCircuit {
  readonly name: CircuitName;
  readonly size: CircuitSize;
  /** What it comes out as when it is compiled; null for a circuit that was never pinned. */
  readonly pin: CircuitManifest | null;
  /** The measured cost of compiling and proving it; null if this version of the circuit was not measured. */
  readonly measured: Measurement | null;
  readonly isCompiled: boolean;
  /** The keys that are ready for proving. */
  readonly keys: readonly StoredKeys[];
  /** What is wrong with its directories, and what to do; null if nothing was found. */
  readonly damage: string | null;
}

export interface CircuitList {
  readonly circuits: readonly ListedCircuit[];
  /** Where the measurements were taken. */
  readonly machine: string;
}

/**
 * Lists every circuit of the catalogue, in order. Makes nothing.
 *
 * @example
 * await listCircuits(store);
 */
export async function listCircuits(store: ArtifactStore): Promise<CircuitList> {
  const pins = await circuitPins();
  const measurements = await circuitMeasurements();
  const circuits = await Promise.all(
    CIRCUIT_NAMES.map(async (name) => {
      const pin = pins[name] ?? null;
      const taken = measurements.circuits[name];
      const measured = taken !== undefined && taken.digest === pin?.digest ? taken : null;
      return { name, size: CATALOGUE[name], pin, measured, ...(await whatIsThere(store, name, pin)) };
    }),
  );
  return { circuits, machine: measurements.machine };
}

async function whatIsThere(
  store: ArtifactStore,
  name: CircuitName,
  pin: CircuitManifest | null,
): Promise<Pick<ListedCircuit, 'isCompiled' | 'keys' | 'damage'>> {
  try {
    const compiled = await findCircuit(store, name);
    const digest = compiled?.digest ?? pin?.digest;
    return {
      isCompiled: compiled !== null,
      keys: digest === undefined ? [] : await storedKeys(store, name, digest),
      damage: null,
    };
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return { isCompiled: false, keys: [], damage: error.message };
  }
}
