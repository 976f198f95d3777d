import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import { accountFromHex } from '../../../src/linea/suite/account-bytes.js';
import { emptyTrie } from '../../../src/linea/suite/empty.js';
import { bytesToNumber, EncodingRangeError } from '../../../src/linea/suite/suite.js';
import type { Hex } from '../../../src/linea/suite/suite.js';
import { foldOnce } from '../../../src/linea/trie/fold.js';
import { MemoryTrie } from '../../../src/linea/trie/memory-trie.js';
import { bytesOf, casesOf, hex, SUITES } from '../vectors.js';
import type { PublishedSuite } from '../vectors.js';

interface HashCase {
  readonly as: 'bytes' | 'word' | 'address' | 'account' | 'code' | 'codeAccount';
  readonly in: Hex;
  readonly out: Hex;
}

async function hashOf(suite: PublishedSuite, { as, in: input }: HashCase): Promise<bigint> {
  switch (as) {
    case 'bytes':
      return suite.bytes(bytesOf(input));
    case 'word':
      return (await suite.words([BigInt(input)]))[0]!;
    case 'address':
      return (await suite.addresses([BigInt(input)]))[0]!;
    case 'account':
      return (await suite.accounts([accountFromHex(suite, input)]))[0]!;
    case 'code':
      return suite.code(bytesOf(input));
    case 'codeAccount': {
      const codeHash = await suite.code(bytesOf(input));
      const keccakCodeHash = bytesToNumber(keccak_256(bytesOf(input)));
      const { topRoot: storageRoot } = await emptyTrie(suite);
      const account = { nonce: 65n, balance: 835n, storageRoot, codeHash, keccakCodeHash, codeSize: 0n };
      return (await suite.accounts([account]))[0]!;
    }
  }
}

const HASHES = casesOf<HashCase>('hash');

describe("Linea's suites", () => {
  it.each(Object.keys(SUITES))('%s gives all published hashes', async (name) => {
    const cases = HASHES.filter(({ suite }) => suite === name);
    expect(cases.length).toBeGreaterThan(1);
    for (const one of cases) expect([one.name, hex(await hashOf(SUITES[name]!, one))]).toEqual([one.name, one.out]);
  });

  it('are held to 97 of them', () => {
    expect(HASHES).toHaveLength(97);
  });

  it('have these empty tries', async () => {
    const found = Object.values(SUITES).map(async (suite) => {
      const { head, tail, path, nodes, state, topRoot } = await emptyTrie(suite);
      const [headLeaf, tailLeaf] = path[0]!.map(hex);
      expect(await suite.leaves([head, tail])).toEqual(path[0]);
      const code = hex(await suite.code(new Uint8Array()));
      return [hex(suite.maxKey), headLeaf, tailLeaf, hex(nodes[40]!), hex(state.subRoot), hex(topRoot), code].map(
        (digest) => digest!.replace(/^(0x.{8}).*(.{4})$/, '$1…$2'),
      );
    });
    const [mimc, , poseidon2] = await Promise.all(found);
    expect(mimc).toEqual(
      ['0x12ab655e…0000', '0x0891fa77…b672', '0x10ba2286…dbe0', '0x09c43afd…dff6'].concat([
        '0x0951bfcd…a166',
        '0x07977874…73e5',
        '0x0134373b…eb17',
      ]),
    );
    expect(poseidon2).toEqual(
      ['0x7f000000…0000', '0x2f5de7ad…1340', '0x5c73480b…1255', expect.any(String)].concat([
        '0x3a00a8e3…6ba6',
        '0x2fa0344a…9df7',
        '0x0656ab85…47fc',
      ]),
    );
  });

  it('give the published roots of trees without a list', async () => {
    interface TreeCase {
      readonly leaves?: readonly (readonly [number, Hex])[];
      readonly fill?: number;
      readonly root?: Hex;
      readonly pos?: number;
      readonly siblings?: readonly Hex[];
    }
    for (const { suite: name, leaves = [], fill, root, pos, siblings } of casesOf<TreeCase>('tree')) {
      const suite = SUITES[name]!;
      const { nodes } = await emptyTrie(suite);
      const filled = Array.from({ length: fill ?? 0 }, (_, i): [number, bigint] => [i, BigInt(i & 0xff)]);
      const all = new Map<number, bigint>([...filled, ...leaves.map(([i, leaf]) => [i, BigInt(leaf)] as const)]);
      const bare = Object.assign(Object.create(await MemoryTrie.empty(suite)), {
        nodes: async (_: number, indices: readonly number[]) => indices.map(() => undefined),
      });
      const built = all.size === 0 ? [] : await foldOnce(suite, bare, all);
      const nodeAt = (level: number, index: number): Hex => hex(built[level]?.get(index) ?? nodes[level]!);
      if (root !== undefined) expect(nodeAt(40, 0)).toBe(root);
      const path = Array.from({ length: 40 }, (_, level) => nodeAt(level, ((pos ?? 0) >> Math.min(level, 31)) ^ 1));
      if (siblings !== undefined) expect(path.map(String)).toEqual(siblings);
      expect(root ?? siblings).toBeDefined();
    }
  });

  it.each(Object.values(SUITES))('$name hashes many as it hashes each', async (suite) => {
    const pairs = Array.from({ length: 7 }, (_, i) => [BigInt(i) ** 40n % 2n ** 240n, BigInt(i)] as const).map(
      ([a, b]) => [suite.isDigest(a) ? a : 1n, b] as const,
    );
    const each = await Promise.all(pairs.map(async (pair) => (await suite.nodes([pair]))[0]!));
    expect(await suite.nodes(pairs)).toEqual(each);
    expect(each.every((digest) => suite.isDigest(digest))).toBe(true);
  });

  it.each(Object.values(SUITES))('$name refuses what is no digest, and takes the largest', async (suite) => {
    await expect(suite.nodes([[suite.maxKey, suite.maxKey]])).resolves.toHaveLength(1);
    expect(suite.isDigest(suite.maxKey)).toBe(true);
    for (const wrong of [suite.maxKey + 1n, 2n ** 256n - 1n]) {
      expect(suite.isDigest(wrong)).toBe(false);
      await expect(suite.nodes([[0n, wrong]])).rejects.toThrow(EncodingRangeError);
    }
    expect(() => suite.bytes(new Uint8Array(33))).toThrow(EncodingRangeError);
  });
});
