const BYTES = 6;
const BITS = 8 * BYTES;

/**
 * A set of hashes by their last 48 bits, some twenty bytes each: it has all that were added, and perhaps
 * one of many thousand million that were not.
 */
export class DigestSet {
  /** Open addressing; 0 is a free place. */
  private slots = new Float64Array(1 << 10);
  private held = 0;

  get size(): number {
    return this.held;
  }

  add(digest: bigint): void {
    if (this.put(shortened(digest)) && ++this.held * 3 > this.slots.length * 2) this.grow();
  }

  has(digest: bigint): boolean {
    const short = shortened(digest);
    return this.slots[this.find(short)] === short;
  }

  /** `has` of a number whose bytes, big-endian, a key ends with. */
  hasEndOf(key: Uint8Array): boolean {
    const short = 1 + Buffer.from(key.buffer, key.byteOffset, key.length).readUIntBE(key.length - BYTES, BYTES);
    return this.slots[this.find(short)] === short;
  }

  private find(short: number): number {
    const { length } = this.slots;
    let at = short % length;
    for (let held = this.slots[at]; held !== 0 && held !== short; held = this.slots[at])
      at = at + 1 === length ? 0 : at + 1;
    return at;
  }

  /** @returns whether it was not there */
  private put(short: number): boolean {
    const at = this.find(short);
    if (this.slots[at] === short) return false;
    this.slots[at] = short;
    return true;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new Float64Array(before.length * 2);
    for (const short of before) if (short !== 0) this.put(short);
  }
}

const shortened = (digest: bigint): number => 1 + Number(BigInt.asUintN(BITS, digest));
