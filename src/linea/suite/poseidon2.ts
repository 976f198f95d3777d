import { toUint256 } from '../../base/field/limbs.js';
import { DIGEST_LIMBS, KOALABEAR_ORDER, MAX_LIMBS, poseidon2Hash } from './poseidon2-kernel.js';
import type { Poseidon2Hash } from './poseidon2-kernel.js';
import { checkBits, EncodingRangeError } from './suite.js';
import type { Account, Suite } from './suite.js';

const LIMB_BYTES = 4;
/** Of a limb that is part of a word or an address. */
const HALF_LIMB_BYTES = 2;
const ADDRESS_LIMBS = 10;

/**
 * Linea's suite since 2026, with Poseidon2 over KoalaBear. A digest is 8 limbs of 4 bytes, each below the field's
 * order. Everything else is cut into limbs of 2 bytes, the most significant first. A last block that is short begins
 * with zeros.
 */
export class Poseidon2Suite implements Suite {
  readonly name = 'poseidon2-koalabear';
  readonly integerBytes = 64;
  readonly maxKey = digestOf(Array.from({ length: DIGEST_LIMBS }, () => KOALABEAR_ORDER - 1));
  #hash: Poseidon2Hash | undefined;

  isDigest(x: bigint): boolean {
    return x >= 0n && x >> 256n === 0n && limbsOf(x).every((limb) => limb < KOALABEAR_ORDER);
  }

  /** @throws {EncodingRangeError} not whole limbs, or one that is not below the field's order */
  bytes(input: Uint8Array): bigint {
    if (input.length % LIMB_BYTES !== 0) {
      throw new EncodingRangeError(`expected limbs of ${LIMB_BYTES} bytes, got ${input.length} bytes`);
    }
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    return this.#absorb(Array.from({ length: input.length / LIMB_BYTES }, (_, i) => view.getUint32(i * LIMB_BYTES)));
  }

  async nodes(children: Parameters<Suite['nodes']>[0]): Promise<bigint[]> {
    return children.map(([left, right]) => this.#absorb([...limbsOf(left), ...limbsOf(right)]));
  }

  async leaves(openings: Parameters<Suite['leaves']>[0]): Promise<bigint[]> {
    return openings.map(({ prevLeaf, nextLeaf, hKey, hVal }) =>
      this.#absorb([
        ...wordLimbs(BigInt(prevLeaf)),
        ...wordLimbs(BigInt(nextLeaf)),
        ...limbsOf(hKey),
        ...limbsOf(hVal),
      ]),
    );
  }

  async tops(states: Parameters<Suite['tops']>[0]): Promise<bigint[]> {
    return states.map(({ nextFreeNode, subRoot }) =>
      this.#absorb([...wordLimbs(BigInt(nextFreeNode)), ...limbsOf(subRoot)]),
    );
  }

  async addresses(addresses: readonly bigint[]): Promise<bigint[]> {
    return addresses.map((address) => this.#absorb(wordLimbs(address).slice(-ADDRESS_LIMBS)));
  }

  async words(words: readonly bigint[]): Promise<bigint[]> {
    return words.map((word) => this.#absorb(wordLimbs(word)));
  }

  async accounts(accounts: readonly Account[]): Promise<bigint[]> {
    return accounts.map(({ nonce, balance, storageRoot, codeHash, keccakCodeHash, codeSize }) => {
      checkBits('nonce', nonce, 64n);
      checkBits('codeSize', codeSize, 64n);
      return this.#absorb([
        ...wordLimbs(nonce),
        ...wordLimbs(balance),
        ...limbsOf(storageRoot),
        ...limbsOf(codeHash),
        ...wordLimbs(keccakCodeHash),
        ...wordLimbs(codeSize),
      ]);
    });
  }

  /**
   * Of an odd number of bytes, the first limb of the last block has one, all others two. The length is not bound: an
   * account has it in `codeSize`.
   */
  async code(code: Uint8Array): Promise<bigint> {
    if (code.length === 0) return this.#absorb(Array.from({ length: DIGEST_LIMBS }, () => 0));
    const blockBytes = DIGEST_LIMBS * HALF_LIMB_BYTES;
    const lastBlock = code.length - (code.length % blockBytes || blockBytes);
    const limbs: number[] = [];
    for (let at = 0; at < code.length;) {
      const size = at === lastBlock && code.length % HALF_LIMB_BYTES === 1 ? 1 : HALF_LIMB_BYTES;
      limbs.push(size === 1 ? code[at]! : (code[at]! << 8) | code[at + 1]!);
      at += size;
    }
    return this.#absorb(limbs);
  }

  /** @throws {EncodingRangeError} */
  #absorb(limbs: readonly number[]): bigint {
    const wrong = limbs.find((limb) => limb >= KOALABEAR_ORDER);
    if (wrong !== undefined) {
      throw new EncodingRangeError(`expected limbs below KoalaBear's order, got 0x${wrong.toString(16)}`);
    }
    if (limbs.length > MAX_LIMBS) throw new EncodingRangeError(`expected at most ${MAX_LIMBS} limbs`);
    this.#hash ??= poseidon2Hash();
    const rest = limbs.length % DIGEST_LIMBS;
    if (rest === 0) return digestOf(this.#hash(limbs));
    const zeros = Array.from({ length: DIGEST_LIMBS - rest }, () => 0);
    return digestOf(this.#hash([...limbs.slice(0, -rest), ...zeros, ...limbs.slice(-rest)]));
  }
}

/** Of 32 bytes, by 4. */
const limbsOf = (x: bigint): number[] =>
  Array.from({ length: DIGEST_LIMBS }, (_, i) => Number((x >> BigInt(32 * (DIGEST_LIMBS - 1 - i))) & 0xffffffffn));

/** Of 32 bytes, by 2. */
const wordLimbs = (x: bigint): number[] => limbsOf(toUint256(x)).flatMap((limb) => [limb >>> 16, limb & 0xffff]);

function digestOf(limbs: readonly number[]): bigint {
  return limbs.reduce((x, limb) => (x << 32n) | BigInt(limb), 0n);
}

/**
 * Linea's suite since 2026.
 *
 * @example
 * await POSEIDON2_KOALABEAR.nodes([[0n, 0n]]); // the node above two empty leaves
 */
export const POSEIDON2_KOALABEAR = new Poseidon2Suite();
