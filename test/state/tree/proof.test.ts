import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { verifyPath } from '../../../src/state/tree/proof.js';
import { readPath } from '../../../src/state/tree/read.js';
import { contents, keys, treeOf } from './model.js';
import { binary, schemes } from './schemes.js';

describe.each(schemes)('a Merkle proof in a tree of $id', (scheme) => {
  test('shows the value of any key, present or absent, and no other value', () =>
    fc.assert(
      fc.asyncProperty(contents(scheme, 20), keys(scheme), async (list, stranger) => {
        const tree = await treeOf(scheme, list);
        for (const key of [...tree.content.keys(), stranger]) {
          const value = tree.content.get(key) ?? 0n;
          const path = await readPath(tree.store, scheme, tree.root, key);
          expect(verifyPath(scheme, tree.root, key, value, path)).toEqual({ valid: true });
          expect(verifyPath(scheme, tree.root, key, value + 1n, path).valid).toBe(false);
          expect(verifyPath(scheme, tree.root + 1n, key, value, path).valid).toBe(false);
        }
      }),
      { numRuns: 15 },
    ));
});

describe('a Merkle proof is refused, with the reason', async () => {
  const tree = await treeOf(binary, [
    [1n, 7n],
    [3n, 5n],
    [4n, 9n],
  ]);
  const path = await readPath(tree.store, binary, tree.root, 3n);
  const absent = await readPath(tree.store, binary, tree.root, 5n);
  const leaf = binary.hashLeaf({ kind: 'leaf', key: 3n, value: 5n });
  const verify = (key: bigint, value: bigint, changed = path) => verifyPath(binary, tree.root, key, value, changed);

  test('its honest twins are accepted', () => {
    expect(verify(3n, 5n)).toEqual({ valid: true });
    expect(absent.end).toMatchObject({ kind: 'leaf', leaf: { key: 1n } });
    expect(verify(5n, 0n, absent)).toEqual({ valid: true });
    expect(verifyPath(binary, binary.hashInner([9n, leaf]), 3n, 5n, { siblings: [[9n]], end: path.end })).toEqual({
      valid: true,
    });
    expect(
      verifyPath(binary, binary.hashInner([9n, 0n]), 3n, 0n, { siblings: [[9n]], end: { kind: 'empty' } }),
    ).toEqual({ valid: true });
  });

  test.each([
    [
      'a changed sibling',
      () => verify(3n, 5n, { ...path, siblings: [[1n], ...path.siblings.slice(1)] }),
      /leads to root/,
    ],
    ['a skipped level', () => verify(3n, 5n, { ...path, siblings: path.siblings.slice(1) }), /leads to root/],
    ['a present key claimed absent', () => verify(3n, 0n), /shows value 5, but the claim is 0/],
    ['an absent key claimed present', () => verify(5n, 7n, absent), /shows no value, but the claim is 7/],
    ['an empty end where a leaf is', () => verify(3n, 0n, { ...path, end: { kind: 'empty' } }), /leads to root/],
    ['another key with the same path', () => verify(7n, 5n), /shows no value/],
    ['a leaf off the path', () => verify(2n, 0n), /which does not belong there/],
    ['the key aliased by r', () => verify(3n + FIELD_ORDER, 5n), /key .* is out of the range/],
    [
      'the leaf key aliased by r',
      () => verify(3n, 0n, { ...path, end: { kind: 'leaf', leaf: { key: 3n + FIELD_ORDER, value: 5n } } }),
      /leaf's key .* is out of range/,
    ],
    [
      'a sibling aliased by r',
      () =>
        verify(3n, 5n, { ...path, siblings: path.siblings.map((row) => row.map((digest) => digest + FIELD_ORDER)) }),
      /sibling .* at level 0 is out of the range/,
    ],
    [
      'a leaf of value 0',
      () => verify(3n, 0n, { ...path, end: { kind: 'leaf', leaf: { key: 3n, value: 0n } } }),
      /leaf's value 0 is out of range/,
    ],
    [
      'a leaf deeper than its path needs, though its hashes lead to the root',
      () => verifyPath(binary, binary.hashInner([0n, leaf]), 3n, 5n, { siblings: [[0n]], end: path.end }),
      /leaf of key 3 is deeper than its path needs/,
    ],
    [
      'an end below a node of nothing, though its hashes lead to the root',
      () => verifyPath(binary, binary.hashInner([0n, 0n]), 3n, 0n, { siblings: [[0n]], end: { kind: 'empty' } }),
      /ends below a node without children/,
    ],
    [
      'a row of two siblings',
      () => verify(3n, 5n, { ...path, siblings: [[1n, 2n]] }),
      /expected 1 siblings at level 0, got 2/,
    ],
    [
      'more levels than a key has bits',
      () => verify(3n, 5n, { ...path, siblings: Array.from({ length: 255 }, () => [0n]) }),
      /255 levels, but the key has only 254/,
    ],
  ])('%s', (_what, attempt, reason) => {
    const verdict = attempt();
    expect(verdict.valid).toBe(false);
    expect(verdict.valid || verdict.reason).toMatch(reason);
  });
});
