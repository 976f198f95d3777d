import type { EntryKey } from '../batch/access.js';
import type { Entry } from '../batch/batch.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { Digest, Node } from '../tree/node.js';
import type { TreeScheme } from '../tree/scheme.js';
import { NodeOverlay, nodesUnder } from '../tree/store.js';
import type { StateChange } from './change.js';
import type { StateReader } from './reader.js';

/** Changes that do not follow one another. */
export class BrokenChainError extends Error {
  override readonly name = 'BrokenChainError';
  constructor(expected: Digest, parent: Digest) {
    super(
      `expected a change made from root 0x${expected.toString(16)}, got one made from root 0x${parent.toString(16)}`,
    );
  }
}

/**
 * A state and changes on top of it, one after another; nothing is committed, the state stays as it is.
 *
 * @example
 * const state = new ChangedState(db, root);
 * state.add(await changeOf(state, state.root, [{ ...entry, value: 100n }]));
 * await db.commit({ ...state.change(), origin: 'write' });
 */
export class ChangedState implements StateReader {
  readonly scheme: TreeScheme;
  private readonly overlay: NodeOverlay;
  private readonly keyPreimages = new Map<bigint, EntryKey>();
  private readonly valuePreimages = new Map<bigint, Uint256>();
  private currentRoot: Digest;
  private entriesDelta = 0;

  /** Begins at `parent`, one of the roots that `below` has. */
  constructor(
    private readonly below: StateReader,
    private readonly parent: Digest,
  ) {
    this.scheme = below.scheme;
    this.overlay = new NodeOverlay(below);
    this.currentRoot = parent;
  }

  get root(): Digest {
    return this.currentRoot;
  }

  /** @throws {BrokenChainError} the change was not made from the current root */
  add(change: StateChange): void {
    if (change.parent !== this.currentRoot) throw new BrokenChainError(this.currentRoot, change.parent);
    this.overlay.add(change.nodes);
    for (const [key, entry] of change.keyPreimages) this.keyPreimages.set(key, entry);
    for (const [leaf, value] of change.valuePreimages) this.valuePreimages.set(leaf, value);
    this.entriesDelta += change.entriesDelta;
    this.currentRoot = change.root;
  }

  getNodes(digests: readonly Digest[]): Promise<readonly Node[]> {
    return this.overlay.getNodes(digests);
  }

  async entriesOf(leaves: readonly Digest[]): Promise<readonly (Entry | undefined)[]> {
    const written = leaves.map((digest) => this.writtenEntry(digest));
    const below = await this.below.entriesOf(leaves.filter((_, i) => written[i] === undefined));
    let next = 0;
    return written.map((entry) => entry ?? below[next++]);
  }

  private writtenEntry(digest: Digest): Entry | undefined {
    const node = this.overlay.nodes.get(digest);
    if (node?.kind !== 'leaf') return undefined;
    const key = this.keyPreimages.get(node.key);
    const value = this.valuePreimages.get(node.value);
    return key === undefined || value === undefined ? undefined : { ...key, value };
  }

  /** All changes as one, to be committed at once: the nodes of the trees in between are not in it. */
  change(): StateChange {
    const { parent, root, keyPreimages, valuePreimages, entriesDelta } = this;
    return { parent, root, nodes: nodesUnder(root, this.overlay.nodes), keyPreimages, valuePreimages, entriesDelta };
  }
}
