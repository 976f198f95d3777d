/**
 * What a page is given: JSON, small enough for ten thousand accesses. Every number, address and hash is there once;
 * all else counts where it stands. A value's index is -1 if the value is not known.
 */
export type PageData = RunPage | CircuitPage;

/** A trace, a proof or a batch. */
export interface RunPage {
  readonly kind: 'trace' | 'proof' | 'batch';
  /** The file's name. */
  readonly file: string;
  readonly version: string;
  readonly bitsPerLevel: number;
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly verdict: {
    readonly outcome: 'valid' | 'notValid' | 'unchecked';
    readonly headline: string;
    readonly conditions: readonly string[];
  };
  readonly unknown: readonly string[];
  /** Values and slots: hexadecimal digits, without leading zeros. */
  readonly words: readonly string[];
  readonly addresses: readonly string[];
  /** For each access: twice its key's index, and 1 more for a write; then its value. */
  readonly log: readonly number[];
  readonly keys: readonly PageKey[];
  /** 32 bytes each, in base64. */
  readonly hashes: string;
  /** Paths, one after another: little-endian u32 numbers, in base64; see `PageKey.path`. */
  readonly paths: string;
  readonly parts: readonly PagePart[];
  /** Null for accesses that no rules made. */
  readonly rules: PageRules | null;
}

/** The instructions whose doing the accesses are. */
export interface PageRules {
  readonly name: string;
  readonly summary: string;
  readonly place: readonly (readonly [label: string, text: string])[];
  /** Names of the records' fields, and each record's, in that order; empty where it has none. */
  readonly fields: readonly string[];
  readonly records: readonly (readonly string[])[];
  readonly accessesPerRecord: number;
  readonly parts: readonly PageRulesPart[];
}

export interface PageRulesPart {
  readonly first: number;
  readonly records: number;
  readonly circuit: string;
  readonly constraints: number | null;
  readonly room: number | null;
  /** Empty if there is no proof; so is the other. */
  readonly publics: readonly (readonly [name: string, value: string, meaning: string])[];
  readonly provenance: readonly (readonly [label: string, text: string])[];
}

export type PageKey = readonly [
  address: number,
  kind: string,
  slot: number,
  treeKey: number,
  before: number,
  after: number,
  effect: string,
  /**
   * Where in `paths` the key's path begins; -1 if it has none. There: how many nodes are on the path before, and after,
   * and how many levels of siblings there are; the other leaf's key plus 1, or 0; then the hashes of all of them, in
   * that order.
   */
  path: number,
];

export interface PagePart {
  readonly first: number;
  readonly accesses: number;
  /** Null if no circuit holds it. */
  readonly circuit: { readonly name: string; readonly constraints: number | null } | null;
  /** Null if it is not known. */
  readonly use: readonly PageUse[] | null;
  readonly publics: readonly (readonly [name: string, value: string, meaning: string])[];
  /** Empty if there is no proof. */
  readonly provenance: readonly (readonly [label: string, text: string])[];
}

export interface PageUse {
  readonly what: string;
  readonly used: number;
  readonly room: number;
}

/** Where a circuit's constraints are. */
export interface CircuitPage {
  readonly kind: 'circuit';
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly holds: readonly (readonly [label: string, number: number])[];
  readonly cost: PageCost;
}

export interface PageCost {
  readonly template: string;
  readonly levels?: number;
  readonly components: number;
  readonly own: number;
  readonly inside: readonly PageCost[];
}
