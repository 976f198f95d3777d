import { type VerificationKey } from '../untyped/snarkjs.js';

interface SetupFacts {
  readonly format: 'rootshift-setup';
  readonly version: 1;
  /** One sentence for whoever meets the key: who could forge proofs for it. */
  readonly warning: string;
  /** SHA-256, hexadecimal, of the circuit that the key is for. */
  readonly r1csSha256: string;
  readonly constraints: number;
  readonly publicSignals: number;
  readonly verificationKey: VerificationKey;
}

/** What is known about a key: kept beside the zkey, as JSON. */
export type SetupRecord =
  | ({ readonly kind: 'development'; readonly insecure: true } & SetupFacts)
  | ({ readonly kind: 'ptau'; readonly insecure: true; readonly ptauSha256: string } & SetupFacts);

/** Called as the work proceeds; `done` reaches `total` at a phase's end. */
export type SetupProgress = (phase: string, done: number, total: number) => void;
