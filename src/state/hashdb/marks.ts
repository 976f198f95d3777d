import { EMPTY } from '../tree/node.js';
import type { Digest, Node } from '../tree/node.js';
import { MissingNodeError } from '../tree/store.js';
import { walk } from '../tree/walk.js';
import type { Place } from '../tree/walk.js';
import { decodeTreeKey } from './codec.js';
import { DigestSet } from './digest-set.js';
import { DamagedRecordError } from './record.js';
import { unseal } from './seal.js';
import type { Records } from './records.js';
import type { Head } from './root-record.js';
import type { Roots } from './roots.js';

/** What the roots that are kept need: nodes, and entries of the index. Some thirty bytes a node. */
export class Marks {
  private readonly nodes = new DigestSet();
  private readonly treeKeys = new DigestSet();
  private readonly roots = new Set<Digest>();
  private last: Digest = EMPTY;

  constructor(
    private readonly records: Records,
    private readonly history: Roots,
    /** Told now and then how many nodes were marked. */
    private readonly onNodes: (marked: number) => void,
  ) {}

  /**
   * Marks what the roots that are not marked yet need.
   * @returns a head: unless something was written since, nothing else is needed
   * @throws {MissingNodeError | DamagedRecordError} a root that is kept is damaged
   */
  async update(): Promise<Head> {
    const head = await this.records.head();
    for (const { root } of (await this.history.kept()).toReversed()) {
      if (root === EMPTY || this.roots.has(root)) continue;
      try {
        await this.mark(root);
      } catch (error) {
        if (!(error instanceof MissingNodeError) || !(await this.wasPruned(root))) throw error;
      }
    }
    return head;
  }

  hasNode(key: Uint8Array): boolean {
    return this.nodes.hasEndOf(key);
  }

  /** Damaged records of the index count as needed: to drop them is not for us. */
  hasEntry(key: Uint8Array, record: Uint8Array): boolean {
    try {
      return this.treeKeys.has(decodeTreeKey(key, unseal(key, record)));
    } catch (error) {
      if (error instanceof DamagedRecordError) return true;
      throw error;
    }
  }

  /** What a root shares with the one marked before is at the same places, and marked already. */
  private async mark(root: Digest): Promise<void> {
    const read = async (digests: readonly Digest[]): Promise<Node[]> =>
      (await this.records.nodes(digests)).map((found, i) => {
        if (found === undefined) throw new MissingNodeError(digests[i]!);
        return found.node;
      });
    const visit = async (places: readonly Place[]): Promise<Node[]> => {
      const nodes = await read(places.map(({ digest }) => digest));
      for (const [i, { digest, level, path }] of places.entries()) {
        this.nodes.add(digest);
        const node = nodes[i]!;
        if (node.kind === 'leaf') this.treeKeys.add(this.records.scheme.wholeKey(node.key, level, path));
      }
      this.onNodes(this.nodes.size);
      return nodes;
    };
    await walk(this.records.scheme, root, this.last, visit, read);
    this.roots.add(root);
    this.last = root;
  }

  /** Another prune may have dropped the root while it was being marked. */
  private async wasPruned(root: Digest): Promise<boolean> {
    return (await this.history.kept()).every((record) => record.root !== root);
  }
}
