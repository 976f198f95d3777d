/** Circuit s14 and its development keys, made once and kept, for tests that prove. */
import { fileURLToPath } from 'node:url';
import { ArtifactStore } from '../../src/circuit/artifacts.js';
import { compileCircuit } from '../../src/circuit/compile.js';
import { provingKeys } from '../../src/prover/keys.js';

export const STORE = new ArtifactStore(fileURLToPath(new URL('../../.rootshift/artifacts/', import.meta.url)));
export const circuit = await compileCircuit(STORE, 's14');
export const keys = await provingKeys(STORE, circuit);
