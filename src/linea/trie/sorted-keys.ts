/** Keys of one run: as many as are moved at an insertion. */
const RUN = 512;

/** Numbers in order, each with a leaf index. */
export class SortedKeys {
  /** Runs in order, none of them empty, unless all is. */
  #runs: { readonly keys: bigint[]; readonly indices: number[] }[] = [{ keys: [], indices: [] }];

  /** Adds a key that is not there. */
  add(key: bigint, index: number): void {
    const at = this.#runOf(key);
    const { keys, indices } = this.#runs[at]!;
    const place = countBelow(keys, key);
    keys.splice(place, 0, key);
    indices.splice(place, 0, index);
    if (keys.length < 2 * RUN) return;
    this.#runs.splice(at + 1, 0, { keys: keys.splice(RUN), indices: indices.splice(RUN) });
  }

  /** Takes a key away that is there. */
  remove(key: bigint): void {
    const at = this.#runOf(key);
    const { keys, indices } = this.#runs[at]!;
    const place = countBelow(keys, key);
    keys.splice(place, 1);
    indices.splice(place, 1);
    if (keys.length === 0 && this.#runs.length > 1) this.#runs.splice(at, 1);
  }

  /** The smallest key that is not below `key`, with its index. */
  from(key: bigint): { readonly key: bigint; readonly index: number } | undefined {
    const at = this.#runOf(key);
    const { keys, indices } = this.#runs[at]!;
    const place = countBelow(keys, key);
    if (place < keys.length) return { key: keys[place]!, index: indices[place]! };
    const next = this.#runs[at + 1];
    return next === undefined ? undefined : { key: next.keys[0]!, index: next.indices[0]! };
  }

  /** The last run that begins at `key` or below it, else the first. */
  #runOf(key: bigint): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#runs[middle]!.keys[0]! <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function countBelow(keys: readonly bigint[], key: bigint): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
