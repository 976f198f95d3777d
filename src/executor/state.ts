import { type EntryKey } from '../batch/access.js';
import { type Uint256 } from '../field/limbs.js';
import { type Commit, type HashDb } from '../hashdb/hashdb.js';
import { type Digest } from '../tree/node.js';
import { type TreeScheme } from '../tree/scheme.js';
import { type NodeReader, NodeOverlay, nodesUnder } from '../tree/store.js';
import { type Transition } from '../tree/transition.js';
import { writeLeaf } from '../tree/write.js';

/** What the executor asks of a database. */
export type StateReader = Pick<HashDb, 'scheme' | 'getNodes' | 'valuePreimages'>;

/** Everything by which one state differs from another: what `HashDb.commit` takes, but for its origin. */
export type StateChange = Omit<Commit, 'origin'>;

/** An entry that is given a value; 0 deletes it. */
export interface EntryWrite {
  readonly entry: EntryKey;
  readonly treeKey: bigint;
  readonly value: Uint256;
  /** What the entry's leaf holds for `value`; 0 for 0. */
  readonly leafValue: bigint;
}

/** Writes entries one after another over a store that stays as it is. */
export class StateWriter {
  private readonly overlay: NodeOverlay;
  private readonly keyPreimages = new Map<Digest, EntryKey>();
  private readonly valuePreimages = new Map<Digest, Uint256>();
  private currentRoot: Digest;
  private entriesDelta = 0;

  /** Begins at `parent`, whose nodes are in `below`. */
  constructor(
    private readonly scheme: TreeScheme,
    private readonly parent: Digest,
    below: NodeReader,
  ) {
    this.overlay = new NodeOverlay(below);
    this.currentRoot = parent;
  }

  get root(): Digest {
    return this.currentRoot;
  }

  /** Writes one entry, and tells what that does to the tree. */
  async write({ entry, treeKey, value, leafValue }: EntryWrite): Promise<Transition> {
    const { root, nodes, transition } = await writeLeaf(this.overlay, this.scheme, this.currentRoot, treeKey, leafValue);
    this.overlay.add(nodes);
    this.currentRoot = root;
    this.entriesDelta += ENTRIES_DELTA[transition.kind];
    if (value !== 0n) {
      this.keyPreimages.set(treeKey, entry);
      this.valuePreimages.set(leafValue, value);
    }
    return transition;
  }

  /** The change from the parent to the current root, without the nodes of the trees in between. */
  change(): StateChange {
    const { parent, root, keyPreimages, valuePreimages, entriesDelta } = this;
    return { parent, root, nodes: nodesUnder(root, this.overlay.nodes), keyPreimages, valuePreimages, entriesDelta };
  }
}

const ENTRIES_DELTA: Readonly<Record<Transition['kind'], -1 | 0 | 1>> = {
  nothing: 0,
  update: 0,
  createAtEmpty: 1,
  createBesideLeaf: 1,
  delete: -1,
  deleteAndLift: -1,
};
