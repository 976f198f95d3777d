import { FIELD_ORDER } from '../../base/field/fr.js';
import { splitLimbs } from '../../base/field/limbs.js';
import { poseidon } from '../../base/hash/poseidon.js';
import { bytesToNumber, checkBits } from './suite.js';
import type { Account, Suite } from './suite.js';

/**
 * Bits of a limb: a 256-bit word is two of them. A balance is one.
 */
const LIMB_BITS = 128n;

/** Bytes of code in a field element, and field elements that one permutation absorbs. */
const CODE_BYTES = 31;
const CODE_ELEMENTS = 16;

/**
 * Our own suite: Linea's accumulator with circomlib's Poseidon over BN254, one permutation for each object where
 * Linea's suites chain several. Circuits over BN254 compute it natively. With Pn for Poseidon of n inputs:
 *
 * - node P2(left, right), leaf P4(prev, next, hKey, hVal), top P2(nextFreeNode, subRoot)
 * - address P1(address), word P2(hi, lo) of its 128-bit halves
 * - account P7(nonce, balance, storageRoot, codeHash, hi and lo of keccakCodeHash, codeSize)
 * - code: its length, then by 16 its chunks of 31 bytes, absorbed by the permutation's lane 0; big-endian, the last
 *   chunk as long as it is, the last 16 filled up with 0, and at least 16
 *
 * P2 stands for a node, a word and a top. They cannot be taken for each other, since the depth is fixed: a verifier
 * that left the depth open would be wrong.
 *
 * The largest key is not r - 1 but the largest number below it whose low half is all ones, so that a circuit
 * compares keys by halves: the high one below that of r, the low one below 2^128.
 */
class PoseidonSuite implements Suite {
  readonly name = 'poseidon-bn254';
  readonly integerBytes = 32;
  readonly maxKey = (((FIELD_ORDER - 1n) >> LIMB_BITS) << LIMB_BITS) - 1n;

  isDigest(x: bigint): boolean {
    return x >= 0n && x < FIELD_ORDER;
  }

  nodes(children: Parameters<Suite['nodes']>[0]): Promise<bigint[]> {
    return poseidon.hashMany(children);
  }

  leaves(openings: Parameters<Suite['leaves']>[0]): Promise<bigint[]> {
    return poseidon.hashMany(
      openings.map(({ prevLeaf, nextLeaf, hKey, hVal }) => [BigInt(prevLeaf), BigInt(nextLeaf), hKey, hVal]),
    );
  }

  tops(states: Parameters<Suite['tops']>[0]): Promise<bigint[]> {
    return poseidon.hashMany(states.map(({ nextFreeNode, subRoot }) => [BigInt(nextFreeNode), subRoot]));
  }

  addresses(addresses: readonly bigint[]): Promise<bigint[]> {
    return poseidon.hashMany(addresses.map((address) => [address]));
  }

  words(words: readonly bigint[]): Promise<bigint[]> {
    return poseidon.hashMany(words.map(halves));
  }

  async accounts(accounts: readonly Account[]): Promise<bigint[]> {
    return poseidon.hashMany(
      accounts.map(({ nonce, balance, storageRoot, codeHash, keccakCodeHash, codeSize }) => {
        checkBits('nonce', nonce, 64n);
        checkBits('balance', balance, LIMB_BITS);
        checkBits('codeSize', codeSize, 64n);
        return [nonce, balance, storageRoot, codeHash, ...halves(keccakCodeHash), codeSize];
      }),
    );
  }

  code(code: Uint8Array): Promise<bigint> {
    const bytesPerRow = CODE_BYTES * CODE_ELEMENTS;
    const rows = Array.from({ length: Math.max(1, Math.ceil(code.length / bytesPerRow)) }, (_, row) =>
      Array.from({ length: CODE_ELEMENTS }, (_, i) => {
        const start = row * bytesPerRow + i * CODE_BYTES;
        return bytesToNumber(code.subarray(start, start + CODE_BYTES));
      }),
    );
    return poseidon.absorb(BigInt(code.length), rows);
  }
}

function halves(word: bigint): [bigint, bigint] {
  const { hi, lo } = splitLimbs(word);
  return [hi, lo];
}

/**
 * The suite over BN254 with Poseidon.
 *
 * @example
 * await POSEIDON_BN254.nodes([[0n, 0n]]); // the node above two empty leaves
 */
export const POSEIDON_BN254: Suite = new PoseidonSuite();
