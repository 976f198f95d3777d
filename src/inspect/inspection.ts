import type { EntryKey } from '../state/batch/access.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import type { Fr } from '../base/field/fr.js';
import type { Uint256 } from '../base/field/limbs.js';
import type { Utilisation } from '../machine/planner/utilisation.js';
import type { KeysManifest } from '../proof/prover/key-manifest.js';
import type { Effect, PublicSignals } from '../machine/trace/trace.js';
import type { DrawnPath } from './path.js';

/** What a file says was done to a state, laid out for people: nothing in it is needed to verify anything. */
export interface Inspection {
  readonly kind: 'trace' | 'proof' | 'batch';
  /** 1 for a binary tree, 2 for a quad tree. */
  readonly bitsPerLevel: 1 | 2;
  readonly oldRoot: Fr;
  readonly newRoot: Fr;
  readonly verdict: InspectionVerdict;
  /** Sentences: what can't be told from what was at hand, and why. */
  readonly unknown: readonly string[];
  readonly log: readonly InspectedAccess[];
  /** Each distinct key once, in the order of its first access. */
  readonly keys: readonly InspectedKey[];
  /** In order, at least one. */
  readonly parts: readonly InspectedPart[];
}

/** `unchecked`: there is nothing to hold it to, or not what that takes. */
export interface InspectionVerdict {
  readonly outcome: 'valid' | 'notValid' | 'unchecked';
  /** A sentence. It names no root: the page shows the roots beside it. */
  readonly headline: string;
  /** Sentences: what it depends on, or what follows. */
  readonly conditions: readonly string[];
}

export interface InspectedAccess {
  readonly op: 'read' | 'write';
  /** Index into the keys. */
  readonly key: number;
  /** What was read, or written. */
  readonly value: Uint256;
}

export interface InspectedKey extends EntryKey {
  readonly treeKey: Fr;
  /** Null if it is not known. */
  readonly before: Uint256 | null;
  readonly after: Uint256;
  readonly accesses: number;
  /** `read` for a key that has a read row; null if neither the state nor a trace is at hand. */
  readonly effect: Effect | 'read' | null;
  /** Null like `effect`. */
  readonly path: DrawnPath | null;
}

/** A proof that was made, or a run of accesses that one proof would hold. */
export interface InspectedPart {
  /** Index of its first access in the log. */
  readonly first: number;
  readonly accesses: number;
  /** Null if no circuit holds it. */
  readonly circuit: CircuitName | null;
  /** How full the circuit is; null if that is not known. */
  readonly use: Utilisation | null;
  readonly publics: PublicSignals;
  /** Null if there is no proof. */
  readonly provenance: Provenance | null;
}

/** Where a proof comes from, as its file says. */
export interface Provenance extends Pick<KeysManifest, 'circuit' | 'setup' | 'verificationKeyHash'> {
  /** What is known here of the keys that the proof names; null if they are not here. */
  readonly keys: KeysManifest | null;
}
