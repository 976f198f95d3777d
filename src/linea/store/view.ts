import type { Driver } from '../../state/hashdb/driver.js';
import { BodyReader } from '../../state/hashdb/record.js';
import { unseal } from '../../state/hashdb/seal.js';
import { emptyTrie, TAIL } from '../suite/empty.js';
import type { Digest, Suite, TrieState } from '../suite/suite.js';
import { MemoryTrie } from '../trie/memory-trie.js';
import { MissingLeafError } from '../trie/store.js';
import type { Leaf, TrieReader } from '../trie/store.js';
import type { TrieId, WorldReader } from '../world/world.js';
import { decodeDigest, decodeIndex, decodeLeaf, decodeState, hKeyOf, keys, ranges } from './records.js';
import type { KeyRange } from './records.js';

/** The first record of a range, sealed. */
export async function firstOf(
  driver: Driver,
  { from, before }: KeyRange,
): Promise<readonly [Uint8Array, Uint8Array] | undefined> {
  for await (const record of driver.iterate(from, before)) return record;
  return undefined;
}

/** The state as it was after a block. */
export class StateView implements WorldReader {
  /** @param number the block; undefined: the current one, whichever that is */
  constructor(
    readonly driver: Driver,
    readonly suite: Suite,
    readonly number: number | undefined,
  ) {}

  async trie(id: TrieId): Promise<TrieReader> {
    const [state] = await this.bodies([keys.state(id)]);
    return state === undefined ? MemoryTrie.empty(this.suite) : new TrieView(this, id);
  }

  /** What stood under keys; undefined for nothing. @throws {DamagedRecordError} */
  async bodies(wanted: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const current = await this.driver.getMany(wanted);
    const bodies = current.map((record, i) => record && unseal(wanted[i]!, record));
    const { number } = this;
    if (number === undefined) return bodies;
    return Promise.all(
      wanted.map(async (key, i) => {
        const found = await firstOf(this.driver, ranges.oldAfter(key, number));
        return found === undefined ? bodies[i] : decodeOld(found[0], unseal(...found));
      }),
    );
  }

  /** The first key of a trie that is not below `hKey`, with the index of its leaf. */
  async entryFrom(id: TrieId, hKey: Digest): Promise<number | undefined> {
    for (let from = hKey; ; from++) {
      const current = await firstOf(this.driver, ranges.entriesFrom(id, from));
      if (this.number === undefined) return current && decodeIndex(current[0], unseal(...current));
      const old = await firstOf(this.driver, ranges.oldEntriesFrom(id, from));
      const candidates = [current, old].flatMap((found) => (found === undefined ? [] : [hKeyOf(found[0])]));
      if (candidates.length === 0) return undefined;
      from = candidates.reduce((a, b) => (a < b ? a : b));
      const key = keys.entry(id, from);
      const [body] = await this.bodies([key]);
      if (body !== undefined) return decodeIndex(key, body);
    }
  }
}

/** What stood under a key before a block; undefined for nothing. @throws {DamagedRecordError} */
export function decodeOld(key: Uint8Array, body: Uint8Array): Uint8Array | undefined {
  const fields = new BodyReader(key, body, 'what stood there before');
  return fields.byte() === 0 ? undefined : body.subarray(1);
}

class TrieView implements TrieReader {
  constructor(
    private readonly view: StateView,
    private readonly id: TrieId,
  ) {}

  async state(): Promise<TrieState> {
    const key = keys.state(this.id);
    const [body] = await this.view.bodies([key]);
    return body === undefined ? (await emptyTrie(this.view.suite)).state : decodeState(key, body);
  }

  async nodes(level: number, indices: readonly number[]): Promise<readonly (Digest | undefined)[]> {
    const wanted = indices.map((index) => keys.node(this.id, level, index));
    const bodies = await this.view.bodies(wanted);
    return bodies.map((body, i) => body && decodeDigest(wanted[i]!, body));
  }

  async leaves(indices: readonly number[]): Promise<readonly Leaf[]> {
    const wanted = indices.map((index) => keys.leaf(this.id, index));
    const bodies = await this.view.bodies(wanted);
    return bodies.map((body, i) => {
      if (body === undefined) throw new MissingLeafError(indices[i]!);
      return decodeLeaf(wanted[i]!, body);
    });
  }

  async indexFrom(hKey: Digest): Promise<number> {
    return (await this.view.entryFrom(this.id, hKey)) ?? TAIL;
  }
}
