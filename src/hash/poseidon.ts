import { buildPoseidon } from 'circomlibjs';
import { type Fr } from '../field/fr.js';

/**
 * circomlib's Poseidon over Fr: x^5 S-boxes, 8 full rounds, the published round constants.
 *
 * Source: https://eprint.iacr.org/2019/458, instances of circomlib (`PoseidonEx`), state width
 * `inputs + 1`; lane 0 is the capacity.
 */
export interface Poseidon {
  /** 1 to 16 inputs, capacity 0, one output: circomlib's `Poseidon(n)`. */
  hash(inputs: readonly Fr[]): Fr;
  /** `hash` of each row, in their order; rows may differ in length. For many at once. */
  hashMany(rows: readonly (readonly Fr[])[]): Promise<Fr[]>;
  /**
   * One permutation of `[initialState, ...inputs]`; returns its first `outputs` lanes
   * (1 <= outputs <= inputs + 1): circomlib's `PoseidonEx(n, outputs)`.
   */
  permute(initialState: Fr, inputs: readonly Fr[], outputs: number): Fr[];
}

let loaded: Promise<Poseidon> | undefined;

/** The one instance of the process; its WebAssembly is built on first use (about 0.3 s). */
export function loadPoseidon(): Promise<Poseidon> {
  loaded ??= build();
  return loaded;
}

async function build(): Promise<Poseidon> {
  const wasm = await buildPoseidon();
  const one = (element: Uint8Array): Fr => wasm.F.toObject(element) as Fr;
  const hash = (inputs: readonly Fr[]): Fr => one(wasm(inputs));
  return {
    hash,
    hashMany: async (rows) => rows.map(hash),
    permute: (initialState, inputs, outputs) => {
      const out = wasm(inputs, initialState, outputs);
      return Array.isArray(out) ? out.map(one) : [one(out)];
    },
  };
}
