import { i32, v128 } from '../wasm/assembler.js';
import type { Code } from '../wasm/assembler.js';
import { toLimbs } from './numbers.js';

/** A number in the kernel's constants: address, and code that loads it. */
export interface Constant {
  readonly address: number;
  readonly load: Code;
}

/** The constants at the start of the kernel's memory. */
export class Statics {
  readonly #words: bigint[] = [];

  constructor(private readonly start: number) {}

  /** Puts 64-bit words; negative ones stand for two's complements. */
  words(words: readonly bigint[]): number {
    const address = this.end;
    this.#words.push(...words.map((word) => BigInt.asUintN(64, word)));
    if (this.#words.length % 2 === 1) this.#words.push(0n);
    return address;
  }

  /** A word in both lanes. */
  splat(word: bigint): Constant {
    const address = this.words([word, word]);
    return { address, load: v128.load(i32.const(0), address) };
  }

  /** The limbs of a number, each in both lanes: a pair of equal numbers. */
  pair(x: bigint): number {
    return this.words(toLimbs(x).flatMap((limb) => [limb, limb]));
  }

  /** Where the next constant goes, and scratch memory may begin. */
  get end(): number {
    return this.start + 8 * this.#words.length;
  }

  /** Writes the constants into a kernel's memory. */
  write(memory: ArrayBufferLike): void {
    new BigUint64Array(memory, this.start, this.#words.length).set(this.#words);
  }
}

/** The bits of a double. */
export const bitsOfDouble = (x: number): bigint => new BigUint64Array(new Float64Array([x]).buffer)[0]!;
