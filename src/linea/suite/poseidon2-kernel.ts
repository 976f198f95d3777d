import { keccak_256 } from '@noble/hashes/sha3.js';
import { inverseModulo, powerModulo } from '../../base/bn254/numbers.js';
import { advance, i32, i64, ModuleBuilder, repeat } from '../../base/wasm/assembler.js';
import type { Code, Local } from '../../base/wasm/assembler.js';
import { bytesToNumber } from './suite.js';

/** KoalaBear's order, 2^31 - 2^24 + 1. */
export const KOALABEAR_ORDER = 2 ** 31 - 2 ** 24 + 1;
/** Limbs of a digest, and of a block. */
export const DIGEST_LIMBS = 8;

const WIDTH = 2 * DIGEST_LIMBS;
const HALF_FULL_ROUNDS = 3;
const PARTIAL_ROUNDS = 21;
const SEED = 'Poseidon2-koalabear[t=16,rF=6,rP=21,d=3]';

const ORDER = BigInt(KOALABEAR_ORDER);
const LOW_31 = 2n ** 31n - 1n;
const LOW_32 = 2n ** 32n - 1n;
/** 2^31 modulo the order. */
const FOLD = 2n ** 24n - 1n;

/** -1 / order modulo R. */
const NEGATIVE_INVERSE = 2n ** 32n - inverseModulo(ORDER, 2n ** 32n);

/** 2^-exponent. */
const halved = (exponent: bigint): bigint => powerModulo((ORDER + 1n) / 2n, exponent, ORDER);

/** The diagonal that the internal layer adds to the matrix of ones. */
const DIAGONAL = [
  -2n,
  1n,
  2n,
  halved(1n),
  3n,
  4n,
  -halved(1n),
  -3n,
  -4n,
  halved(8n),
  halved(3n),
  halved(24n),
  -halved(8n),
  -halved(3n),
  -halved(4n),
  -halved(24n),
];
const toMontgomery = (x: bigint): bigint => ((((x % ORDER) + ORDER) % ORDER) << 32n) % ORDER;

const SQUARED_R = toMontgomery(2n ** 32n);

/** Round keys, drawn by Keccak-256: those of a full round are 16, that of a partial one is one. */
function roundKeys(): bigint[] {
  const count = 2 * HALF_FULL_ROUNDS * WIDTH + PARTIAL_ROUNDS;
  let digest = keccak_256(keccak_256(new TextEncoder().encode(SEED)));
  return Array.from({ length: count }, () => {
    const key = bytesToNumber(digest) % ORDER;
    digest = keccak_256(digest);
    return key;
  });
}

// Memory: round keys, the diagonal, the state, then blocks. All numbers have 8 bytes.
const KEYS_AT = 0;
const DIAGONAL_AT = 8 * (2 * HALF_FULL_ROUNDS * WIDTH + PARTIAL_ROUNDS);
const STATE_AT = DIAGONAL_AT + 8 * WIDTH;
const BLOCKS_AT = STATE_AT + 8 * DIGEST_LIMBS;
const PAGES = 4;

/** Limbs of one call, at most. */
export const MAX_LIMBS = (PAGES * 65536 - BLOCKS_AT) / 8;

/**
 * Poseidon2 of width 16 over KoalaBear in Merkle and Damgard's mode with feed-forward; the state is 0 at first.
 *
 * Numbers are in Montgomery's form, R = 2^32, and reduced only as far as is needed:
 *
 * - a product of two numbers whose product is below 2^63 is below 2^31.6
 * - a linear layer's sum is below 2^37; `fold` takes it below 2^31.6, and a second one below 2^31.1
 *
 * Source: https://eprint.iacr.org/2023/323; parameters of https://github.com/Consensys/gnark-crypto,
 * field/koalabear/poseidon2
 */
function buildModule(): Uint8Array {
  const module = new ModuleBuilder();
  const f = module.define('absorb', ['i32']);
  const blocks = f.param(0);
  const x = f.locals('i64', WIDTH);
  const sums = f.locals('i64', 4);
  const [product, total] = f.locals('i64', 2);
  const [block, key, round] = f.locals('i32', 3);

  const set = (to: Local, value: Code): void => f.emit(to.set(value));
  /** Below 2^31 + x / 2^7. */
  const folded = (value: Local): Code =>
    i64.add(i64.and(value.get, i64.const(LOW_31)), i64.mul(i64.shrU(value.get, 31), i64.const(FOLD)));
  const multiplied = (a: Code, b: Code): Code => [
    product.set(i64.mul(a, b)),
    i64.shrU(
      i64.add(
        product.get,
        i64.mul(i64.and(i64.mul(product.get, i64.const(NEGATIVE_INVERSE)), i64.const(LOW_32)), i64.const(ORDER)),
      ),
      32,
    ),
  ];
  const keyed = (limb: Local, offset: number): Code[] => [
    limb.set(i64.add(limb.get, i64.load(key.get, offset))),
    limb.set(folded(limb)),
    limb.set(folded(limb)),
    total.set(multiplied(limb.get, limb.get)),
    limb.set(multiplied(total.get, limb.get)),
  ];
  const added = (...terms: readonly Code[]): Code => terms.reduce((sum, term) => i64.add(sum, term));
  const double = (value: Local): Code => i64.shl(value.get, 1);

  /** [2 3 1 1; 1 2 3 1; 1 1 2 3; 3 1 1 2] on each four, then the sums over the fours on each column. */
  const external: Code[] = [];
  for (let four = 0; four < WIDTH; four += 4) {
    const [a, b, c, d] = x.slice(four, four + 4) as [Local, Local, Local, Local];
    external.push(
      total.set(added(a.get, b.get, c.get, d.get)),
      sums[0].set(added(total.get, a.get, double(b))),
      sums[1].set(added(total.get, b.get, double(c))),
      sums[2].set(added(total.get, c.get, double(d))),
      sums[3].set(added(total.get, d.get, double(a))),
      ...[a, b, c, d].map((limb, i) => limb.set(sums[i]!.get)),
    );
  }
  for (let column = 0; column < 4; column++) {
    const limbs = [0, 4, 8, 12].map((four) => x[four + column]!);
    external.push(
      total.set(added(...limbs.map(({ get }) => get))),
      ...limbs.map((limb) => limb.set(i64.add(limb.get, total.get))),
    );
  }
  const fullRound: Code[] = [
    ...x.flatMap((limb, i) => keyed(limb, 8 * i)),
    ...external,
    advance(key, 8 * WIDTH),
    // A partial round takes all but the first as they are.
    ...x.map((limb) => limb.set(folded(limb))),
  ];
  const partialRound: Code[] = [
    ...keyed(x[0]!, 0),
    sums[0].set(added(...x.map(({ get }) => get))),
    ...x.flatMap((limb, i) => [
      limb.set(i64.add(sums[0].get, multiplied(limb.get, i64.load(i32.const(0), DIAGONAL_AT + 8 * i)))),
      limb.set(folded(limb)),
    ]),
    advance(key, 8),
  ];
  const toForm = (at: number): Code =>
    i64.store(block.get, at, multiplied(i64.load(block.get, at), i64.const(SQUARED_R)));
  const fromForm = (at: number): Code =>
    i64.store(i32.const(0), at, multiplied(i64.load(i32.const(0), at), i64.const(1n)));
  const rounds = (count: number, body: readonly Code[]): Code => [round.set(i32.const(count)), repeat(round, ...body)];
  const stateAt = (i: number): number => STATE_AT + 8 * i;

  set(block, i32.const(BLOCKS_AT));
  f.emit(
    repeat(
      blocks,
      ...Array.from({ length: DIGEST_LIMBS }, (_, i) => toForm(8 * i)),
      ...x.map((limb, i) =>
        limb.set(i < DIGEST_LIMBS ? i64.load(i32.const(0), stateAt(i)) : i64.load(block.get, 8 * (i - DIGEST_LIMBS))),
      ),
      ...external,
      key.set(i32.const(KEYS_AT)),
      rounds(HALF_FULL_ROUNDS, fullRound),
      rounds(PARTIAL_ROUNDS, partialRound),
      rounds(HALF_FULL_ROUNDS, fullRound),
      ...x
        .slice(DIGEST_LIMBS)
        .flatMap((limb, i) => [
          limb.set(i64.add(limb.get, i64.load(block.get, 8 * i))),
          limb.set(folded(limb)),
          i64.store(i32.const(0), stateAt(i), limb.get),
        ]),
      advance(block, 8 * DIGEST_LIMBS),
    ),
    Array.from({ length: DIGEST_LIMBS }, (_, i) => fromForm(stateAt(i))),
  );
  return module.build(PAGES);
}

/** The hash of limbs below the order, at most `MAX_LIMBS` and whole blocks of 8: 8 limbs. */
export type Poseidon2Hash = (limbs: readonly number[]) => number[];

export function poseidon2Hash(): Poseidon2Hash {
  const { memory, absorb } = new WebAssembly.Instance(new WebAssembly.Module(buildModule())).exports as {
    memory: WebAssembly.Memory;
    absorb(blocks: number): void;
  };
  new BigUint64Array(memory.buffer).set([...roundKeys(), ...DIAGONAL].map(toMontgomery));
  // Of each number's two words, the low one: the high one is 0.
  const words = new Uint32Array(memory.buffer);
  return (limbs) => {
    words.fill(0, STATE_AT / 4, BLOCKS_AT / 4 + 2 * limbs.length);
    limbs.forEach((limb, i) => {
      words[BLOCKS_AT / 4 + 2 * i] = limb;
    });
    absorb(limbs.length / DIGEST_LIMBS);
    return Array.from({ length: DIGEST_LIMBS }, (_, i) => {
      const limb = words[STATE_AT / 4 + 2 * i]!;
      return limb < KOALABEAR_ORDER ? limb : limb - KOALABEAR_ORDER;
    });
  };
}
