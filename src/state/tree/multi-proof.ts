import { EMPTY } from './node.js';
import type { Digest, Entry } from './node.js';
import { digitAt, shareLevels } from './path.js';
import type { PathVerdict } from './proof.js';
import { readPaths } from './read.js';
import { leafAt, levelsOf, partition } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import type { NodeReader } from './store.js';

/**
 * Proves the values of many keys under one root. Each node on their paths occurs once, and only those siblings that
 * cannot be computed. Each tree and set of keys has exactly one proof.
 * @see {@link proveMany}
 */
export interface MultiProof {
  /**
   * What the nodes are, depth first, children in the order of their digits. On the path of some key: `i`
   * inner node, whose children follow; `l` the leaf of one of the keys; `o` another leaf; `e` empty. Beside
   * the paths: `s` a sibling, `z` an empty one.
   */
  readonly shape: string;
  /** The siblings, in the order of their letters. */
  readonly siblings: readonly Digest[];
  /** The other leaves, in the order of their letters. */
  readonly otherLeaves: readonly Entry[];
}

/**
 * Proves the values of `keys`, which are in ascending order, each once, in the tree with `root`.
 * @throws {EntryRangeError} a key is not one of the scheme's
 * @throws {MissingNodeError} the store lacks a node on a path
 * @throws {MalformedTreeError} the store's nodes do not make a tree of the scheme
 *
 * @example
 * const proof = await proveMany(db, db.scheme, root, [5n, 6n]);
 */
export async function proveMany(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  keys: readonly bigint[],
): Promise<MultiProof> {
  const paths = await readPaths(reader, scheme, root, keys);
  let shape = '';
  const siblings: Digest[] = [];
  const otherLeaves: Entry[] = [];
  visit([...keys.keys()], 0);
  return { shape, siblings, otherLeaves };

  /** `group`: indices of the keys that lead to a node with `level` levels above it. */
  function visit(group: readonly number[], level: number): void {
    const { siblings: rows, end } = paths[group[0]!]!;
    const row = rows[level];
    if (row !== undefined) {
      shape += 'i';
      const own = digitAt(keys[group[0]!]!, level, scheme.bitsPerLevel);
      for (const [digit, part] of partition(scheme, group, (i) => keys[i]!, level).entries()) {
        if (part.length > 0) visit(part, level + 1);
        else beside(row[digit < own ? digit : digit - 1]!);
      }
    } else if (end.kind === 'empty') {
      shape += 'e';
    } else if (group.some((i) => keys[i] === end.leaf.key)) {
      shape += 'l';
    } else {
      shape += 'o';
      otherLeaves.push(end.leaf);
    }
  }

  function beside(digest: Digest): void {
    shape += digest === EMPTY ? 'z' : 's';
    if (digest !== EMPTY) siblings.push(digest);
  }
}

/** What is wrong with a proof. */
class Flaw extends Error {}

function insist(holds: boolean, reason: () => string): asserts holds {
  if (!holds) throw new Flaw(reason());
}

/**
 * Checks, from the proof alone, that in the tree with `root` each of `claims` has its value (0: absent). Claims are in
 * ascending order of keys. Only the one correct proof is accepted: no number may be out of range, and no part may be
 * missing, extra or misplaced.
 *
 * @example
 * const proof = await proveMany(db, db.scheme, root, [5n, 6n]);
 * verifyCombined(db.scheme, root, [{ key: 5n, value: 7n }, { key: 6n, value: 0n }], proof).valid;
 */
export function verifyCombined(
  scheme: TreeScheme,
  root: Digest,
  claims: readonly Entry[],
  proof: MultiProof,
): PathVerdict {
  try {
    checkNumbers(scheme, claims, proof);
    const computed = rootShownBy(scheme, claims, proof);
    insist(computed === root, () => `the proof leads to root ${computed}, but the claim is ${root}`);
    return { valid: true };
  } catch (error) {
    if (error instanceof Flaw) return { valid: false, reason: error.message };
    throw error;
  }
}

function checkNumbers(scheme: TreeScheme, claims: readonly Entry[], { siblings, otherLeaves }: MultiProof): void {
  const isKey = (key: bigint): boolean => key >= 0n && key < scheme.keyLimit;
  insist(claims.length > 0, () => 'expected at least one key, got none');
  for (const [i, { key, value }] of claims.entries()) {
    insist(isKey(key), () => `key ${key} is out of the range of ${scheme.id}`);
    insist(
      i === 0 || claims[i - 1]!.key < key,
      () => `expected distinct keys in ascending order; got ${claims[i - 1]?.key}, then ${key}`,
    );
    insist(value >= 0n && value < scheme.valueLimit, () => `value ${value} is out of the range of ${scheme.id}`);
  }
  for (const digest of siblings) {
    insist(digest > 0n && digest < scheme.digestLimit, () => `sibling ${digest} is out of the range of ${scheme.id}`);
  }
  for (const { key, value } of otherLeaves) {
    insist(isKey(key), () => `the key ${key} of another leaf is out of the range of ${scheme.id}`);
    insist(
      value > 0n && value < scheme.valueLimit,
      () => `the value ${value} of another leaf is out of the range of ${scheme.id}`,
    );
  }
}

function rootShownBy(
  scheme: TreeScheme,
  claims: readonly Entry[],
  { shape, siblings, otherLeaves }: MultiProof,
): Digest {
  let letters = 0;
  let siblingsTaken = 0;
  let leavesTaken = 0;
  const root = onPath(claims, 0);
  insist(
    letters === shape.length,
    () => `the shape has ${shape.length} letters, of which ${shape.length - letters} are left over`,
  );
  insist(siblingsTaken === siblings.length, () => `${siblings.length - siblingsTaken} siblings are left over`);
  insist(leavesTaken === otherLeaves.length, () => `${otherLeaves.length - leavesTaken} other leaves are left over`);
  return root;

  /** The hash of a node that the keys of `group`, at least one, lead to. */
  function onPath(group: readonly Entry[], level: number): Digest {
    const letter = shape[letters++];
    const present = group.filter(({ value }) => value !== 0n);
    const [leaf, second] = present;
    const at = (): string => `at level ${level} of the path of key ${group[0]!.key}`;
    switch (letter) {
      case 'i': {
        insist(level < levelsOf(scheme), () => `an inner node is below the last level, ${at()}`);
        const parts = partition(scheme, group, ({ key }) => key, level);
        const children = parts.map((part) => {
          const isLeaf = 'lo'.includes(shape[letters] ?? 's');
          return { isLeaf, digest: part.length > 0 ? onPath(part, level + 1) : beside(at) };
        });
        const [child, another] = children.filter(({ digest }) => digest !== EMPTY);
        insist(child !== undefined, () => `an inner node without children is ${at()}`);
        insist(
          another !== undefined || !child.isLeaf,
          () => `a leaf is deeper than its path needs, below the node ${at()}`,
        );
        return scheme.hashInner(children.map(({ digest }) => digest));
      }
      case 'l':
        insist(leaf !== undefined, () => `a leaf of one of the keys is ${at()}, but all are claimed absent`);
        insist(second === undefined, () => `one leaf is ${at()}, but several keys are claimed present`);
        return scheme.hashLeaf(leafAt(scheme, leaf, level));
      case 'o': {
        insist(
          leaf === undefined,
          () => `the path ends at another leaf, ${at()}, but key ${leaf?.key} is claimed present`,
        );
        const other = otherLeaves[leavesTaken++];
        insist(other !== undefined, () => `another leaf is missing, ${at()}`);
        insist(
          shareLevels(other.key, group[0]!.key, level, scheme.bitsPerLevel),
          () => `the leaf of key ${other.key} does not belong there, ${at()}`,
        );
        insist(
          group.every(({ key }) => key !== other.key),
          () => `the leaf of key ${other.key} is ${at()}, but the key is claimed absent`,
        );
        return scheme.hashLeaf(leafAt(scheme, other, level));
      }
      case 'e':
        insist(leaf === undefined, () => `nothing is ${at()}, but key ${leaf?.key} is claimed present`);
        return EMPTY;
      default:
        throw new Flaw(
          `expected one of the letters i, l, o and e ${at()}, got ${letter === undefined ? 'none' : `"${letter}"`}`,
        );
    }
  }

  /** The hash of a node beside the paths. */
  function beside(at: () => string): Digest {
    const letter = shape[letters++];
    if (letter === 'z') return EMPTY;
    insist(
      letter === 's',
      () =>
        `expected one of the letters s and z below the node ${at()}, got ${letter === undefined ? 'none' : `"${letter}"`}`,
    );
    const digest = siblings[siblingsTaken++];
    insist(digest !== undefined, () => `a sibling is missing below the node ${at()}`);
    return digest;
  }
}
