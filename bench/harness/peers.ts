// The peers' trees, filled with the nodes of our own: the same content has the same root there, and inserting a
// hundred thousand keys one by one would take them minutes. That a peer takes them for its own is checked by its root
// after updates.
import { Hash, InMemoryDB, Merkletree, newHashFromBigInt, NodeLeaf, NodeMiddle, str2Bytes } from '@iden3/js-merkletree';
import { newMemEmptyTrie } from 'circomlibjs';
import type { Digest, Node } from 'rootshift';

export interface PeerTree {
  readonly name: 'circomlibjs' | '@iden3/js-merkletree';
  insert(key: bigint, value: bigint): Promise<unknown>;
  update(key: bigint, value: bigint): Promise<unknown>;
  remove(key: bigint): Promise<unknown>;
  read(key: bigint): Promise<unknown>;
  root(): Promise<bigint>;
}

/** Makes a peer's tree of the nodes under a root, of a binary tree. */
export type MakePeer = (root: Digest, nodes: ReadonlyMap<Digest, Node>) => Promise<PeerTree>;

export const circomlibTree: MakePeer = async (root, nodes) => {
  const tree = await newMemEmptyTrie();
  const { F, db } = tree;
  await db.multiIns(
    [...nodes].map(([digest, node]) => [
      F.e(digest),
      node.kind === 'leaf' ? [1, node.key, node.value] : [...node.children],
    ]),
  );
  tree.root = F.e(root);
  await db.setRoot(tree.root);
  return {
    name: 'circomlibjs',
    insert: (key, value) => tree.insert(key, value),
    update: (key, value) => tree.update(key, value),
    remove: (key) => tree.delete(key),
    read: (key) => tree.find(key),
    root: async () => F.toObject(tree.root),
  };
};

export const iden3Tree: MakePeer = async (root, nodes) => {
  const db = new InMemoryDB(str2Bytes(''));
  for (const [digest, node] of nodes) await db.put(newHashFromBigInt(digest).value, iden3Node(node));
  await db.setRoot(root === 0n ? new Hash() : newHashFromBigInt(root));
  const tree = new Merkletree(db, true, 254);
  return {
    name: '@iden3/js-merkletree',
    insert: (key, value) => tree.add(key, value),
    update: (key, value) => tree.update(key, value),
    remove: (key) => tree.delete(key),
    read: (key) => tree.generateProof(key),
    root: async () => (await tree.root()).bigInt(),
  };
};

function iden3Node(node: Node): NodeLeaf | NodeMiddle {
  if (node.kind === 'leaf') return new NodeLeaf(newHashFromBigInt(node.key), newHashFromBigInt(node.value));
  const [left, right] = node.children.map(newHashFromBigInt);
  if (left === undefined || right === undefined) throw new Error('expected a node of a binary tree');
  return new NodeMiddle(left, right);
}
