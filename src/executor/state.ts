import { type EntryKey } from '../batch/access.js';
import { leafValue, treeKey } from '../batch/encoding.js';
import { type Uint256 } from '../field/limbs.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type Commit, type HashDb } from '../hashdb/hashdb.js';
import { type Digest, EMPTY } from '../tree/node.js';
import { type TreeScheme } from '../tree/scheme.js';
import { type NodeReader, NodeOverlay, nodesUnder } from '../tree/store.js';
import { type Transition } from '../tree/transition.js';
import { writeLeaf } from '../tree/write.js';

/** What the executor asks of a database. */
export type StateReader = Pick<HashDb, 'scheme' | 'getNodes' | 'valuePreimage'>;

/** Everything by which one state differs from another: what `HashDb.commit` takes, but for its origin. */
export type StateChange = Omit<Commit, 'origin'>;

/** Writes entries one after another over a store that stays as it is. */
export class StateWriter {
  private readonly overlay: NodeOverlay;
  private readonly keyPreimages = new Map<Digest, EntryKey>();
  private readonly valuePreimages = new Map<Digest, Uint256>();
  private currentRoot: Digest;
  private entriesDelta = 0;

  /** Begins at `parent`, whose nodes are in `below`; by default at the empty tree, which has none. */
  constructor(
    private readonly poseidon: Poseidon,
    private readonly scheme: TreeScheme,
    private readonly parent: Digest = EMPTY,
    below?: NodeReader,
  ) {
    this.overlay = new NodeOverlay(below);
    this.currentRoot = parent;
  }

  get root(): Digest {
    return this.currentRoot;
  }

  /** Gives `entry` the value `value`; 0 deletes it. Tells what that does to the tree. */
  async write({ address, kind, slot }: EntryKey, value: Uint256): Promise<Transition> {
    const entry = { address, kind, slot };
    const key = treeKey(this.poseidon, entry);
    const leaf = value === 0n ? EMPTY : leafValue(this.poseidon, value);
    const { root, nodes, transition } = await writeLeaf(this.overlay, this.scheme, this.currentRoot, key, leaf);
    this.overlay.add(nodes);
    this.currentRoot = root;
    this.entriesDelta += ENTRIES_DELTA[transition.kind];
    if (value !== 0n) {
      this.keyPreimages.set(key, entry);
      this.valuePreimages.set(leaf, value);
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
