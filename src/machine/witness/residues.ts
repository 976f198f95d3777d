import { inverseOrZero, mul, ONE, sub } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';

/**
 * One over the product of each key's differences to all others, with which a circuit shows that no two keys
 * are the same; see `AssertDistinct`. 0 where two are.
 */
export const residues = (keys: readonly Fr[]): Fr[] =>
  keys.map((key, i) =>
    inverseOrZero(keys.reduce<Fr>((product, other, j) => (i === j ? product : mul(product, sub(key, other))), ONE)),
  );
