import { createHash } from 'node:crypto';
import type { Digest } from '../../../src/state/tree/node.js';
import { hashNode, poseidonScheme } from '../../../src/state/tree/scheme.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';

/** The low 128 bits of a sha256, which are never 0 in practice. */
const sha = (text: string): bigint => BigInt(`0x${createHash('sha256').update(text).digest('hex').slice(0, 32)}`);

/**
 * A scheme as unlike the BN254 one as the tree allows: another hash, and leaves that store only what
 * remains of the key, so that a leaf's hash depends on its level and two keys can share a leaf node.
 * Keys are 16 bits: paths reach their last level, and remaining keys collide all the time.
 */
export const remainingKeyScheme = (bitsPerLevel: number): TreeScheme => {
  const scheme: TreeScheme = {
    id: `sha256/remaining-key/${bitsPerLevel}`,
    bitsPerLevel,
    keyBits: 16,
    keyLimit: 1n << 16n,
    valueLimit: 1n << 64n,
    digestLimit: 1n << 128n,
    storedKey: (key, level) => key >> BigInt(bitsPerLevel * level),
    wholeKey: (stored, level, path) =>
      (stored << BigInt(bitsPerLevel * level)) | BigInt.asUintN(bitsPerLevel * level, path),
    leafValue: (value) => value,
    leafValues: async (values) => values,
    hashLeaf: ({ key, value }) => sha(`leaf ${key} ${value}`),
    hashInner: (children) => sha(`inner ${children.join(' ')}`),
    hashNodes: async (nodes) => nodes.map((node) => hashNode(scheme, node)),
  };
  return scheme;
};

/** Tests hash the same nodes over and over: once when the tree makes them, again when a model does. */
function remembering(scheme: TreeScheme): TreeScheme {
  const known = new Map<string, Digest>();
  const once = (name: string, hash: () => Digest): Digest => {
    const digest = known.get(name) ?? hash();
    known.set(name, digest);
    return digest;
  };
  return {
    ...scheme,
    hashLeaf: (leaf) => once(`${leaf.key} is ${leaf.value}`, () => scheme.hashLeaf(leaf)),
    hashInner: (children) => once(children.join(' '), () => scheme.hashInner(children)),
  };
}

export const binary = remembering(poseidonScheme(1));
export const quad = remembering(poseidonScheme(2));

/** Every scheme that the laws of the tree are tried on. */
export const schemes = [binary, quad, remainingKeyScheme(1), remainingKeyScheme(2), remainingKeyScheme(3)];
