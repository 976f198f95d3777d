import type { EntryKey } from '../state/batch/access.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import type { Fr } from '../base/field/fr.js';
import type { Uint256 } from '../base/field/limbs.js';
import type { Utilisation } from '../machine/planner/utilisation.js';
import type { KeysManifest } from '../proof/prover/key-manifest.js';
import type { Effect, PublicSignals } from '../machine/trace/trace.js';
import type { RulesPublics } from '../rules/common/publics.js';
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
  /** What the accesses are the doing of; null for accesses that no rules made. */
  readonly rules: InspectedRules | null;
}

/** The instructions of a batch of rules. */
export interface InspectedRules {
  readonly name: string;
  /** What the records do, in a few words. */
  readonly summary: string;
  /** Where they are in force, and in which batch, as labels and texts. */
  readonly place: readonly (readonly [label: string, text: string])[];
  /** Each instruction's record, by the names of its fields. */
  readonly records: readonly InspectedRecord[];
  readonly accessesPerRecord: number;
  /** The chain of rules proofs, made or planned, in order. */
  readonly parts: readonly InspectedRulesPart[];
}

export type InspectedRecord = Readonly<Record<string, string | bigint>>;

/** A proof of rules that was made, or a run of records that one proof would hold. */
export interface InspectedRulesPart {
  /** Index of its first record. */
  readonly first: number;
  readonly records: number;
  readonly circuit: string;
  /** Records that the circuit has room for; null if that is not known. */
  readonly room: number | null;
  /** Null if there is no proof. */
  readonly publics: RulesPublics | null;
  readonly provenance: Provenance | null;
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
