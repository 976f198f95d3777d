/** A map that forgets what was not asked for longest, so as never to hold more than `capacity`. */
export class Cache<K, V> {
  // A Map keeps the order of insertion: the first key is the one that was used longest ago.
  private readonly held = new Map<K, V>();

  constructor(private readonly capacity: number) {}

  get(key: K): V | undefined {
    const value = this.held.get(key);
    if (value !== undefined) {
      this.held.delete(key);
      this.held.set(key, value);
    }
    return value;
  }

  clear(): void {
    this.held.clear();
  }

  set(key: K, value: V): void {
    this.held.delete(key);
    this.held.set(key, value);
    for (const oldest of this.held.keys()) {
      if (this.held.size <= this.capacity) return;
      this.held.delete(oldest);
    }
  }
}
