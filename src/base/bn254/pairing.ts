import { BASE_FIELD_ORDER } from './numbers.js';

export type PairingGroup = 'g1' | 'g2';

/** A point in the memory of a `PairingCurve`, until `begin` is called. */
export type Point = number & { readonly [pointBrand]: true };
declare const pointBrand: unique symbol;

const WORD_BYTES = 32;
const GT_BYTES = 12 * WORD_BYTES;
const PAGE_BYTES = 65536;
/** What the code asks for. */
const PAGES = 25;
/** How many words a coordinate has. */
const WORDS: Readonly<Record<PairingGroup, number>> = { g1: 1, g2: 2 };

type Exports = Readonly<Record<string, (...args: number[]) => number>>;

/**
 * BN254's groups and its pairing: the WebAssembly of wasmcurves, which ffjavascript runs too, as it comes built. What
 * only verifies need not build it anew, which takes ten times as long as a verification.
 */
export class PairingCurve {
  static #loaded: Promise<PairingCurve> | undefined;
  readonly #start: number;

  private constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly code: Exports,
    /** How much a point takes that is prepared for a pairing. */
    private readonly preparedBytes: Readonly<Record<PairingGroup, number>>,
  ) {
    this.#start = this.#free;
    this.begin();
  }

  static load(): Promise<PairingCurve> {
    return (this.#loaded ??= this.#load());
  }

  static async #load(): Promise<PairingCurve> {
    // Large, and only for who verifies Groth16 proofs.
    const { default: bn128 } = await import('wasmcurves/build/bn128_wasm.js');
    const memory = new WebAssembly.Memory({ initial: PAGES });
    const bytes = Uint8Array.from(atob(bn128.code), (letter) => letter.charCodeAt(0));
    const instance = new WebAssembly.Instance(await WebAssembly.compile(bytes), { env: { memory } });
    return new PairingCurve(memory, instance.exports as Exports, { g1: bn128.prePSize, g2: bn128.preQSize });
  }

  /** Forgets all points. */
  begin(): void {
    this.#free = this.#start;
  }

  /**
   * A point by its coordinates as snarkjs writes them, projective, those of G2 in pairs. Infinity has z = 0, or x = y =
   * 0 as in EIP-196.
   */
  point(group: PairingGroup, coordinates: readonly (readonly bigint[])[]): Point {
    const point = this.#take(group);
    const [x, y, z] = coordinates;
    const isZero = (coordinate: readonly bigint[] | undefined): boolean =>
      coordinate?.every((word) => word % BASE_FIELD_ORDER === 0n) ?? false;
    if (isZero(z) || (isZero(x) && isZero(y))) {
      this.#call(`${group}m_zero`, point);
      return point;
    }
    coordinates.forEach((words, i) => {
      const at = point + i * WORDS[group] * WORD_BYTES;
      words.forEach((word, k) => this.#put(at + k * WORD_BYTES, word % BASE_FIELD_ORDER));
      this.#call(`f${WORDS[group]}m_toMontgomery`, at, at);
    });
    return point;
  }

  isInfinity(group: PairingGroup, point: Point): boolean {
    return this.#call(`${group}m_isZero`, point) !== 0;
  }

  /** Whether a point is on its curve, as infinity is. */
  isOnCurve(group: PairingGroup, point: Point): boolean {
    return this.isInfinity(group, point) || this.#call(`${group}m_inCurve`, point) !== 0;
  }

  /** @param scalar below 2^256 */
  times(group: PairingGroup, point: Point, scalar: bigint): Point {
    const factor = this.#allocate(WORD_BYTES);
    const product = this.#take(group);
    this.#put(factor, scalar);
    this.#call(`${group}m_timesScalar`, point, factor, WORD_BYTES, product);
    return product;
  }

  negative(point: Point): Point {
    const negative = this.#take('g1');
    this.#call('g1m_neg', point, negative);
    return negative;
  }

  sum(points: readonly Point[]): Point {
    const sum = this.#take('g1');
    this.#call('g1m_zero', sum);
    for (const point of points) this.#call('g1m_add', sum, point, sum);
    return sum;
  }

  /** Whether the product of the pairings of a point of G1 and one of G2 each is 1. */
  isProductOne(pairs: readonly (readonly [Point, Point])[]): boolean {
    const preparedP = this.#allocate(this.preparedBytes.g1);
    const preparedQ = this.#allocate(this.preparedBytes.g2);
    const [factor, product, one] = [0, 1, 2].map(() => this.#allocate(GT_BYTES)) as [number, number, number];
    this.#call('ftm_one', one);
    this.#call('ftm_one', product);
    for (const [p, q] of pairs) {
      // The pairing with infinity is 1, for which the code gives another number.
      if (this.isInfinity('g1', p) || this.isInfinity('g2', q)) continue;
      this.#call('bn128_prepareG1', p, preparedP);
      this.#call('bn128_prepareG2', q, preparedQ);
      this.#call('bn128_millerLoop', preparedP, preparedQ, factor);
      this.#call('ftm_mul', product, factor, product);
    }
    this.#call('bn128_finalExponentiation', product, product);
    return this.#call('ftm_eq', product, one) !== 0;
  }

  #call(name: string, ...args: number[]): number {
    return this.code[name]!(...args);
  }

  #take(group: PairingGroup): Point {
    return this.#allocate(3 * WORDS[group] * WORD_BYTES) as Point;
  }

  /** Where free memory begins, of which the code uses some itself while it works. */
  get #free(): number {
    return new Uint32Array(this.memory.buffer)[0]!;
  }

  set #free(address: number) {
    new Uint32Array(this.memory.buffer)[0] = address;
  }

  #allocate(bytes: number): number {
    const address = this.#free;
    this.#free = address + Math.ceil(bytes / 8) * 8;
    const missing = this.#free + PAGE_BYTES - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return address;
  }

  #put(address: number, x: bigint): void {
    const view = new DataView(this.memory.buffer, address, WORD_BYTES);
    for (let i = 0; i < 4; i++) view.setBigUint64(8 * i, BigInt.asUintN(64, x >> BigInt(64 * i)), true);
  }
}
