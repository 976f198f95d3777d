import { type EntryKey, type RequestedAccess } from '../batch/access.js';
import { uint256ToHex } from '../field/limbs.js';
import { type SetupKind } from '../prover/keys.js';

/** Whom a user of keys trusts. */
export const SETUP_TRUST: Readonly<Record<SetupKind, string>> = {
  development: 'development keys, made on one machine by one party who could forge proofs',
  ptau: 'keys with a single local contribution to a powers-of-tau file, whose one contributor could forge proofs',
};

export const describeEntry = ({ address, kind, slot }: EntryKey): string =>
  `${kind} of 0x${address.toString(16).padStart(40, '0')}${kind === 'storage' || slot !== 0n ? ` at ${uint256ToHex(slot)}` : ''}`;

export const describeAccess = ({ op, value, ...entry }: RequestedAccess): string =>
  `a ${op} of ${describeEntry(entry)}${value === undefined ? '' : `, value ${uint256ToHex(value)}`}`;
