import { buildPoseidon } from 'circomlibjs';
import { describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { emptyTrie } from '../../../src/linea/suite/empty.js';
import { POSEIDON_BN254 as suite } from '../../../src/linea/suite/poseidon.js';
import { EncodingRangeError } from '../../../src/linea/suite/suite.js';

const circomlib = await buildPoseidon();
const P = (...inputs: bigint[]): bigint => circomlib.F.toObject(circomlib(inputs));
const ACCOUNT = {
  nonce: 1n,
  balance: 2n,
  storageRoot: 3n,
  codeHash: 4n,
  keccakCodeHash: (5n << 128n) | 6n,
  codeSize: 7n,
};

describe('the Poseidon suite', () => {
  it("hashes each object by one of circomlib's permutations", async () => {
    expect(await suite.nodes([[1n, 2n]])).toEqual([P(1n, 2n)]);
    expect(await suite.leaves([{ prevLeaf: 1, nextLeaf: 2, hKey: 3n, hVal: 4n }])).toEqual([P(1n, 2n, 3n, 4n)]);
    expect(await suite.tops([{ nextFreeNode: 2, subRoot: 5n }])).toEqual([P(2n, 5n)]);
    expect(await suite.addresses([9n])).toEqual([P(9n)]);
    expect(await suite.words([(1n << 128n) | 2n])).toEqual([P(1n, 2n)]);
    expect(await suite.accounts([ACCOUNT])).toEqual([P(1n, 2n, 3n, 4n, 5n, 6n, 7n)]);
  });

  it('refuses numbers of an account that could stand for another', async () => {
    const largest = { ...ACCOUNT, balance: 2n ** 128n - 1n };
    await expect(suite.accounts([largest])).resolves.toHaveLength(1);
    await expect(suite.accounts([{ ...largest, balance: 2n ** 128n }])).rejects.toThrow(EncodingRangeError);
    await expect(suite.accounts([{ ...ACCOUNT, nonce: 2n ** 64n }])).rejects.toThrow(EncodingRangeError);
  });

  it('tells codes apart that differ in zeros at either end', async () => {
    const codes = [[], [0], [0, 0], [1], [0, 1], [1, 0], ...[30, 31, 32, 495, 496, 497].map((n) => Array(n).fill(1))];
    const hashes = await Promise.all(codes.map((code) => suite.code(Uint8Array.from(code))));
    expect(new Set(hashes).size).toBe(codes.length);
  });

  it('has a largest key whose halves a circuit can compare', () => {
    expect(suite.maxKey).toBeLessThan(FIELD_ORDER);
    expect(suite.maxKey & (2n ** 128n - 1n)).toBe(2n ** 128n - 1n);
    expect(suite.maxKey + 1n + 2n ** 128n).toBeGreaterThan(FIELD_ORDER);
  });

  it('has this empty trie', async () => {
    const { nodes, head, tail, state, topRoot } = await emptyTrie(suite);
    let empty = 0n;
    let path = P(P(0n, 1n, 0n, 0n), P(0n, 1n, suite.maxKey, 0n));
    for (let level = 0; level < 40; level++) {
      expect(nodes[level]).toBe(empty);
      if (level > 0) path = P(path, empty);
      empty = P(empty, empty);
    }
    expect(head).toEqual({ prevLeaf: 0, nextLeaf: 1, hKey: 0n, hVal: 0n });
    expect(tail.hKey).toBe(suite.maxKey);
    expect(state).toEqual({ nextFreeNode: 2, subRoot: path });
    expect(topRoot).toBe(P(2n, path));
  });
});
