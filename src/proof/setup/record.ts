import type { VerificationKey } from '../../base/untyped/snarkjs.js';

/** The warning that goes with a development key. */
export const DEVELOPMENT_WARNING =
  'Development key: it was made on one machine, and whoever ran that machine may have kept the secrets with ' +
  'which false statements can be proven.';

/** What is known about a key when it is made. */
export interface SetupRecord {
  readonly kind: 'development';
  readonly insecure: true;
  /** One sentence for the key's users: who could forge proofs for it. */
  readonly warning: string;
  /** SHA-256, hexadecimal, of the circuit that the key is for. */
  readonly r1csSha256: string;
  readonly constraints: number;
  readonly publicSignals: number;
  readonly verificationKey: VerificationKey;
}
