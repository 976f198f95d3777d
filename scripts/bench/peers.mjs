// The peers' trees, filled with the nodes of our own: the same content has the same root there, and inserting a
// hundred thousand keys one by one would take them minutes. That a peer takes them for its own is checked by its root
// after updates.
import { Hash, InMemoryDB, Merkletree, newHashFromBigInt, NodeLeaf, NodeMiddle, str2Bytes } from '@iden3/js-merkletree';
import { newMemEmptyTrie } from 'circomlibjs';

export async function circomlibTree(root, nodes) {
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
    root: () => F.toObject(tree.root),
  };
}

export async function iden3Tree(root, nodes) {
  const db = new InMemoryDB(str2Bytes(''));
  for (const [digest, node] of nodes) {
    const made =
      node.kind === 'leaf'
        ? new NodeLeaf(newHashFromBigInt(node.key), newHashFromBigInt(node.value))
        : new NodeMiddle(...node.children.map(newHashFromBigInt));
    await db.put(newHashFromBigInt(digest).value, made);
  }
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
}
