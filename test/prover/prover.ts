/** The smallest circuits and their development keys, made once and kept, for tests that prove. */
import { fileURLToPath } from 'node:url';
import { ArtifactStore } from '../../src/circuit/artifacts.js';
import { type CompiledCircuit, compileCircuit } from '../../src/circuit/compile.js';
import { type ProvingKeys, provingKeys } from '../../src/prover/keys.js';

export const STORE = new ArtifactStore(fileURLToPath(new URL('../../.rootshift/artifacts/', import.meta.url)));
export const circuit = await compileCircuit(STORE, 's14');
export const keys = await provingKeys(STORE, circuit);

/** The same over a binary tree. */
export async function binaryProver(): Promise<{ circuit: CompiledCircuit; keys: ProvingKeys }> {
  const binary = await compileCircuit(STORE, 's14b');
  return { circuit: binary, keys: await provingKeys(STORE, binary) };
}
