import type { Watching } from '../../base/tasks/watching.js';
import type { EntryKey } from '../batch/access.js';
import type { Digest } from '../tree/node.js';
import type { Place } from '../tree/walk.js';
import type { StoredNode } from './node-record.js';
import type { RootRecord } from './root-record.js';

/**
 * A record, or a file of records, that is not as it should be.
 * @see {@link HashDb}
 */
export interface Damage {
  readonly sort: 'file' | 'head' | 'root' | 'name' | 'node' | 'preimage' | 'index';
  /** Which one it is, and what is wrong with it. */
  readonly what: string;
  readonly repaired: boolean;
}

/**
 * What a check of a database found.
 * @see {@link HashDb}
 */
export interface CheckReport {
  readonly damages: readonly Damage[];
  /** Entries that cannot be read under some kept root: those that the index has at the places that are damaged. */
  readonly affected: readonly EntryKey[];
  /**
   * The places themselves: the tree keys of all that lies there begin, from the least significant digit, with these.
   */
  readonly places: readonly string[];
  /** Roots whose nodes were read, each node once. */
  readonly roots: number;
  readonly nodes: number;
  /** Nodes that no kept root needs, which a prune drops; they are no damage. 0 where `moved`. */
  readonly unreachable: number;
  /**
   * Something else was written meanwhile. What there was before is checked; what came since is not, and how
   * many nodes there are was not compared with what the head says.
   */
  readonly moved: boolean;
}

/**
 * Where what is damaged may be had from, whole.
 * @see {@link HashDb}
 */
export interface RepairSource {
  /** Nodes as they are kept there, or undefined; they are checked before they are used. */
  readonly find: (places: readonly Place[]) => Promise<readonly (StoredNode | undefined)[]>;
  /** The history there; empty if there is none. */
  readonly history: readonly RootRecord[];
  readonly names: ReadonlyMap<string, Digest>;
}

/**
 * How a database is checked, and repaired.
 * @see {@link HashDb}
 */
export interface CheckOptions extends Watching {
  /**
   * Makes anew what follows from the rest: the index, the head, and root records between whole ones; drops
   * names of which nobody knows what they stood for. By default if there is a `source`; else nothing is written.
   */
  readonly repair?: boolean;
  /** Repairs from it what it has. */
  readonly source?: RepairSource;
}
