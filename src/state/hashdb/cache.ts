/**
 * A map that forgets what was not asked for in a while, so as to hold about as much as it may, by an
 * estimate of each value's size. Of a tree it keeps the top, which every path asks for.
 */
export class Cache<K, V> {
  // Two generations: what is asked for moves to the young one. When that is full it becomes the old one,
  // and the old one is forgotten. A look-up is a look-up, where a list in order of use would be changed by each.
  private young = new Map<K, V>();
  private old = new Map<K, V>();
  private youngSize = 0;

  /**
   * @param capacity never exceeded by more than one value, in the unit of `sizeOf`
   * @param sizeOf a value's size, always the same
   */
  constructor(
    private readonly capacity: number,
    private readonly sizeOf: (value: V) => number,
  ) {}

  get(key: K): V | undefined {
    const young = this.young.get(key);
    if (young !== undefined) return young;
    const value = this.old.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
    this.youngSize = 0;
  }

  /** A key's value is always the same. */
  set(key: K, value: V): void {
    const before = this.young.size;
    this.young.set(key, value);
    if (this.young.size === before) return;
    this.youngSize += this.sizeOf(value);
    if (2 * this.youngSize < this.capacity) return;
    this.old = this.young;
    this.young = new Map();
    this.youngSize = 0;
  }
}
