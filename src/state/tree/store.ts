import { EMPTY } from './node.js';
import type { Digest, Node } from './node.js';

/**
 * The store of a tree's nodes. Nodes are named by their hash and never change.
 * @see {@link NodeOverlay}
 */
export interface NodeReader {
  /**
   * The nodes of `digests`, in their order; never asked for the empty node.
   * @throws {MissingNodeError} one of them is not there
   */
  getNodes(digests: readonly Digest[]): Promise<readonly Node[]>;
}

/** A node's place: the key whose path was followed, and how many levels lie above the node. */
export interface NodePlace {
  readonly key: bigint;
  readonly level: number;
}

/** A tree names a node that the store lacks: the store is damaged, or does not have this root. */
export class MissingNodeError extends Error {
  override readonly name = 'MissingNodeError';
  constructor(
    readonly digest: Digest,
    readonly place?: NodePlace,
    options?: ErrorOptions,
  ) {
    const where = place ? ` at level ${place.level} of the path of key ${place.key}` : '';
    super(`node 0x${digest.toString(16)} is missing from the store${where}`, options);
  }
}

/** A store has nodes that do not form a tree of the scheme. */
export class MalformedTreeError extends Error {
  override readonly name = 'MalformedTreeError';
  constructor(
    what: string,
    readonly place: NodePlace,
  ) {
    super(`${what}, at level ${place.level} of the path of key ${place.key}`);
  }
}

/**
 * Reads one node of a path.
 * @throws {MissingNodeError} with the node's place
 */
export async function readNode(reader: NodeReader, digest: Digest, place: NodePlace): Promise<Node> {
  const [node] = await readNodes(reader, [digest], () => place);
  return node as Node;
}

/**
 * Reads many nodes at once, none of them the empty one; `placeOf` tells where the one of an index is.
 * @throws {MissingNodeError} with the node's place
 */
export async function readNodes(
  reader: NodeReader,
  digests: readonly Digest[],
  placeOf: (index: number) => NodePlace,
): Promise<readonly Node[]> {
  const missing = (index: number, options?: ErrorOptions) =>
    new MissingNodeError(digests[index] as Digest, placeOf(index), options);
  let nodes: readonly Node[];
  try {
    nodes = digests.length === 0 ? [] : await reader.getNodes(digests);
  } catch (cause) {
    const index = cause instanceof MissingNodeError ? digests.indexOf(cause.digest) : -1;
    if (index === -1) throw cause;
    throw missing(index, { cause });
  }
  const gap = digests.findIndex((_, index) => nodes[index] === undefined);
  if (gap !== -1) throw missing(gap);
  return nodes;
}

/**
 * Those of `nodes` that the tree under `root` is made of: a sequence of writes leaves behind the nodes
 * of every root in between, about five times as many. What lies under a node that is not among
 * `nodes` is not looked for.
 */
export function nodesUnder(root: Digest, nodes: ReadonlyMap<Digest, Node>): Map<Digest, Node> {
  const found = new Map<Digest, Node>();
  const waiting = [root];
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    const node = digest === EMPTY || found.has(digest) ? undefined : nodes.get(digest);
    if (node === undefined) continue;
    found.set(digest, node);
    if (node.kind === 'inner') waiting.push(...node.children);
  }
  return found;
}

/**
 * New nodes on top of an unchanged store: writes collect here until they are committed together.
 *
 * @example
 * const nodes = new NodeOverlay(db);
 * nodes.add((await writeLeaf(db, db.scheme, root, 5n, 7n)).nodes);
 */
export class NodeOverlay implements NodeReader {
  private readonly added = new Map<Digest, Node>();

  /** `below` holds what is there already; without it the overlay stands on the empty store. */
  constructor(private readonly below?: NodeReader) {}

  /** The nodes added so far. */
  get nodes(): ReadonlyMap<Digest, Node> {
    return this.added;
  }

  /** Puts nodes over those below. */
  add(nodes: ReadonlyMap<Digest, Node>): void {
    for (const [digest, node] of nodes) this.added.set(digest, node);
  }

  async getNodes(digests: readonly Digest[]): Promise<readonly Node[]> {
    const absent = digests.filter((digest) => !this.added.has(digest));
    const fetched = absent.length > 0 ? await this.fetch(absent) : [];
    let next = 0;
    return digests.map((digest) => this.added.get(digest) ?? (fetched[next++] as Node));
  }

  private fetch(absent: readonly Digest[]): Promise<readonly Node[]> {
    if (!this.below) throw new MissingNodeError(absent[0] as Digest);
    return this.below.getNodes(absent);
  }
}
