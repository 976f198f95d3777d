import type { EntryKey } from '../batch/access.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Digest, Node } from '../tree/node.js';
import { encodeTreeKey, keys } from './codec.js';
import type { Change } from './driver.js';
import { encodeNode } from './node-record.js';
import { put } from './seal.js';
import type { Records } from './records.js';
import type { Head } from './root-record.js';

/** Nodes, and what their leaves stand for. */
export interface Content {
  readonly nodes: ReadonlyMap<Digest, Node>;
  /** What a leaf holds as its key to the entry it names. */
  readonly keyPreimages: ReadonlyMap<bigint, EntryKey>;
  /** What a leaf holds as its value to the value it stands for. */
  readonly valuePreimages: ReadonlyMap<bigint, Uint256>;
}

/** What content comes to on the disk. */
export interface Written {
  /** Nodes kept afterwards. */
  readonly nodes: number;
  readonly changes: readonly Change[];
}

/** Content on its way to the disk: what is named by its hash is written once. */
export class ContentWriter {
  private held: Change[];
  private readonly nodes = new Set<Change>();
  private readonly missing: Change[] = [];

  constructor(
    private readonly records: Records,
    { nodes, keyPreimages, valuePreimages }: Content,
  ) {
    const index: Change[] = [];
    for (const [digest, node] of nodes) {
      const key = node.kind === 'leaf' ? keyPreimages.get(node.key) : undefined;
      const value = node.kind === 'leaf' ? valuePreimages.get(node.value) : undefined;
      const entry = key === undefined || value === undefined ? null : { ...key, value };
      this.nodes.add(put(keys.node(digest), encodeNode({ node, entry })));
      if (node.kind === 'leaf' && entry !== null) index.push(put(keys.entry(entry), encodeTreeKey(node.key)));
    }
    this.held = [...this.nodes, ...index];
  }

  /**
   * What has to be written, for a head read before: the records that the database lacks. Asked again,
   * after something else was written, it looks only for those that were there.
   */
  async after(head: Head): Promise<Written> {
    const found = await this.records.driver.getMany(this.held.map(({ key }) => key));
    // Not as arguments of one call: a first state may have more of them than a call can take.
    for (const [i, change] of this.held.entries()) if (found[i] === undefined) this.missing.push(change);
    this.held = this.held.filter((_, i) => found[i] !== undefined);
    const added = this.missing.reduce((sum, change) => sum + Number(this.nodes.has(change)), 0);
    return { nodes: head.nodes + added, changes: this.missing };
  }

  /** The same for a database that has no nodes, without a look. */
  all(head: Head): Written {
    return { nodes: head.nodes + this.nodes.size, changes: this.held };
  }
}
