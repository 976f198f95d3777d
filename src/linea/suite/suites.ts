import { MIMC_BLS12_377, MIMC_BN254 } from './mimc.js';
import { POSEIDON_BN254 } from './poseidon.js';
import { POSEIDON2_KOALABEAR } from './poseidon2.js';
import type { Suite } from './suite.js';

/**
 * All suites by their names; first the one that Linea uses now.
 *
 * @example
 * Object.keys(SUITES); // ['poseidon2-koalabear', ...]
 */
export const SUITES: Readonly<Record<string, Suite>> = Object.fromEntries(
  [POSEIDON2_KOALABEAR, MIMC_BLS12_377, MIMC_BN254, POSEIDON_BN254].map((suite) => [suite.name, suite]),
);
