import { keccak_256 } from '@noble/hashes/sha3.js';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { splitLimbs } from '../../base/field/limbs.js';
import { MAX_BLOCKS, mimcHash } from './mimc-kernel.js';
import type { MimcHash } from './mimc-kernel.js';
import { bytesToNumber, checkBits, EncodingRangeError } from './suite.js';
import type { Account, Suite } from './suite.js';

/** The order of BLS12-377's groups: a 253-bit prime. Source: https://eprint.iacr.org/2018/962, appendix A */
const BLS12_377_ORDER = 8444461749428370424248824938781546531375899335154063827935233455917409239041n;

/** Bytes of code in a block. */
const CODE_BYTES = 16;
const BLOCK_BYTES = 32;

/**
 * Round constants, drawn by Keccak-256 from the word "seed".
 *
 * Source: https://github.com/Consensys/gnark-crypto, ecc/bls12-377/fr/mimc
 */
function constantsOf(order: bigint, rounds: number): bigint[] {
  const constants: bigint[] = [];
  let digest = keccak_256(new TextEncoder().encode('seed'));
  for (let i = 0; i < rounds; i++) {
    digest = keccak_256(digest);
    constants.push(bytesToNumber(digest) % order);
  }
  return constants;
}

/**
 * A suite of Linea's with MiMC: blocks of 32 bytes, each a number below the field's order. What is 256 bits wide is two
 * blocks of 128, the low half first.
 */
export class MimcSuite implements Suite {
  readonly maxKey: bigint;
  readonly integerBytes = 32;
  #hash: MimcHash | undefined;

  constructor(
    readonly name: string,
    private readonly order: bigint,
    private readonly squarings: number,
    private readonly rounds: number,
  ) {
    this.maxKey = order - 1n;
  }

  isDigest(x: bigint): boolean {
    return x >= 0n && x < this.order;
  }

  /** @throws {EncodingRangeError} not whole blocks, or one that is not below the field's order */
  bytes(input: Uint8Array): bigint {
    if (input.length % BLOCK_BYTES !== 0) {
      throw new EncodingRangeError(`expected blocks of ${BLOCK_BYTES} bytes, got ${input.length} bytes`);
    }
    return this.#rows([blocksOf(input, BLOCK_BYTES)])[0]!;
  }

  async nodes(children: Parameters<Suite['nodes']>[0]): Promise<bigint[]> {
    return this.#rows(children);
  }

  async leaves(openings: Parameters<Suite['leaves']>[0]): Promise<bigint[]> {
    return this.#rows(
      openings.map(({ prevLeaf, nextLeaf, hKey, hVal }) => [BigInt(prevLeaf), BigInt(nextLeaf), hKey, hVal]),
    );
  }

  async tops(states: Parameters<Suite['tops']>[0]): Promise<bigint[]> {
    return this.#rows(states.map(({ nextFreeNode, subRoot }) => [BigInt(nextFreeNode), subRoot]));
  }

  async addresses(addresses: readonly bigint[]): Promise<bigint[]> {
    return this.#rows(addresses.map((address) => [address]));
  }

  async words(words: readonly bigint[]): Promise<bigint[]> {
    return this.#rows(words.map(halves));
  }

  async accounts(accounts: readonly Account[]): Promise<bigint[]> {
    return this.#rows(
      accounts.map(({ nonce, balance, storageRoot, codeHash, keccakCodeHash, codeSize }) => {
        checkBits('nonce', nonce, 64n);
        checkBits('codeSize', codeSize, 64n);
        return [nonce, balance, storageRoot, codeHash, ...halves(keccakCodeHash), codeSize];
      }),
    );
  }

  /** Its length is not bound: an account has it in `codeSize`. */
  async code(code: Uint8Array): Promise<bigint> {
    return this.#rows([code.length === 0 ? [0n] : blocksOf(code, CODE_BYTES)])[0]!;
  }

  /** @throws {EncodingRangeError} */
  #rows(rows: readonly (readonly bigint[])[]): bigint[] {
    for (const row of rows) {
      if (row.length > MAX_BLOCKS) throw new EncodingRangeError(`expected at most ${MAX_BLOCKS} blocks`);
      for (const x of row) {
        if (!this.isDigest(x)) throw new EncodingRangeError(`expected a number below ${this.name}'s order, got ${x}`);
      }
    }
    const { order, squarings, rounds } = this;
    this.#hash ??= mimcHash({ order, squarings, constants: constantsOf(order, rounds) });
    return this.#hash(rows);
  }
}

function halves(word: bigint): [bigint, bigint] {
  const { hi, lo } = splitLimbs(word);
  return [lo, hi];
}

const blocksOf = (bytes: Uint8Array, size: number): bigint[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytesToNumber(bytes.subarray(i * size, (i + 1) * size)),
  );

/**
 * Linea's suite from 2024 to 2026: 62 rounds of 17th powers.
 *
 * @example
 * await MIMC_BLS12_377.nodes([[0n, 0n]]); // the node above two empty leaves
 */
export const MIMC_BLS12_377 = new MimcSuite('mimc-bls12377', BLS12_377_ORDER, 4, 62);

/**
 * Linea's suite of 2023: 110 rounds of fifth powers.
 *
 * @example
 * await MIMC_BN254.nodes([[0n, 0n]]); // the node above two empty leaves
 */
export const MIMC_BN254 = new MimcSuite('mimc-bn254', FIELD_ORDER, 2, 110);
