import type { Contribution, Contributions } from './contributions.js';
import type { Transcript } from './transcript.js';

/** Says that a transcript states something else than was found; null if it does not. */
export const compare = (what: string, stated: string, found: string): string | null =>
  stated === found ? null : `the transcript states ${stated} as ${what}, found ${found}`;

/**
 * What a transcript says that the key itself contradicts; null if nothing does, which does not prove that it is true.
 * @param digest SHA-256 of the circuit that the key should be for
 */
export const contradiction = (
  { circuitHash, list }: Contributions,
  transcript: Transcript,
  digest: string,
): string | null =>
  compare('digest of the circuit', transcript.circuit.digest, digest) ??
  wrongOrigin(circuitHash, transcript) ??
  wrongContributions(list, transcript.contributions);

/** Against a key of another ceremony, told before anything slow is done. */
export const wrongOrigin = (circuitHash: string, { initialKey }: Transcript): string | null =>
  circuitHash === initialKey.circuitHash
    ? null
    : `expected circuit hash ${initialKey.circuitHash}, got ${circuitHash}: the key is of another circuit, or over other powers of tau`;

/** The first of a key's contributions that is not the one that is expected in its place. */
export function wrongContributions(found: readonly Contribution[], expected: readonly Contribution[]): string | null {
  for (const [i, contribution] of expected.entries()) {
    const got = found[i];
    if (got === undefined) return `contribution ${i + 1}, ${describe(contribution)}, is missing`;
    if (describe(got) !== describe(contribution)) {
      return `expected contribution ${i + 1} to be ${describe(contribution)}, got ${describe(got)}`;
    }
  }
  return found.length === expected.length ? null : `expected ${expected.length} contributions, got ${found.length}`;
}

/** All that is known of it; a name is quoted, for it can be anything. */
const describe = ({ name, hash, beacon }: Contribution): string =>
  `${JSON.stringify(name)} with hash ${hash}` +
  (beacon === null ? '' : `, a beacon of ${beacon.value} hashed 2^${beacon.iterationsExponent} times`);
