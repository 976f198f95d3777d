import { describeEntry } from '../../state/batch/access.js';
import type { RequestedAccess } from '../../state/batch/access.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import type { SetupKind } from '../setup/kind.js';
import type { Transcript } from '../setup/index.js';

/** Describes whom a user of the keys trusts. */
export function describeKeys({
  setup,
  ceremony,
}: {
  readonly setup: SetupKind | 'unknown';
  readonly ceremony: Transcript | null;
}): string {
  if (ceremony !== null) return `keys from a ceremony with ${describeCeremony(ceremony)}`;
  return setup === 'unknown' ? 'a key of unknown origin' : 'development keys, whose maker could forge proofs';
}

/** A text that someone chose, in quotes and ASCII: it can neither end a comment's line nor move a terminal's cursor. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Describes how many people contributed to a ceremony, and its powers of tau. */
export function describeCeremony({ contributions, powersOfTau }: Transcript): string {
  const beacons = contributions.filter(({ beacon }) => beacon !== null).length;
  const people = contributions.length - beacons;
  return (
    `${people} ${people === 1 ? 'contribution' : 'contributions'}${beacons === 0 ? '' : ' and a beacon'} over ` +
    (powersOfTau.listed ?? `powers of tau that are not on the published list, blake2b ${powersOfTau.blake2b}`)
  );
}

export const describeAccess = ({ op, value, ...entry }: RequestedAccess): string =>
  `a ${op} of ${describeEntry(entry)}${value === undefined ? '' : `, value ${uint256ToHex(value)}`}`;
