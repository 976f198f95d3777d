import { arityOf } from '../tree/scheme.js';
import type { TreeScheme } from '../tree/scheme.js';
import type { Digest } from '../tree/node.js';
import { keys } from './codec.js';
import type { KeyRange } from './codec.js';
import type { Change, Driver } from './driver.js';
import { decodeNode } from './node-record.js';
import type { StoredNode } from './node-record.js';
import { DamagedRecordError } from './record.js';
import { put, seal, unseal } from './seal.js';
import { decodeHead, encodeHead } from './root-record.js';
import type { Head } from './root-record.js';

/** What a write does to the head, beside counting it. */
export type HeadChange = Partial<Pick<Head, 'number' | 'nodes'>>;

/** A driver's bytes as a database's records. */
export class Records {
  constructor(
    readonly driver: Driver,
    readonly scheme: TreeScheme,
  ) {}

  /** What stands under each key, in order; `undefined` for nothing. @throws {DamagedRecordError} */
  async bodies(wanted: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const records = await this.driver.getMany(wanted);
    return records.map((record, i) => record && unseal(wanted[i]!, record));
  }

  /** @throws {DamagedRecordError} the record is damaged or missing */
  async body(key: Uint8Array): Promise<Uint8Array> {
    const [body] = await this.bodies([key]);
    if (body === undefined) throw new DamagedRecordError(key, 'is missing');
    return body;
  }

  /** The keys of a range in order, and their records' bodies. @throws {DamagedRecordError} */
  async *iterate({ from, before }: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    for await (const [key, record] of this.driver.iterate(from, before)) yield [key, unseal(key, record)];
  }

  /** Nodes as they are kept; `undefined` for one that is not. @throws {DamagedRecordError} */
  async nodes(digests: readonly Digest[]): Promise<(StoredNode | undefined)[]> {
    const wanted = digests.map(keys.node);
    const bodies = await this.bodies(wanted);
    return bodies.map((body, i) => body && decodeNode(wanted[i]!, body, arityOf(this.scheme)));
  }

  /** Nodes as they are kept; for one that is missing or damaged, what is wrong. */
  async tryNodes(digests: readonly Digest[]): Promise<(StoredNode | DamagedRecordError)[]> {
    const wanted = digests.map(keys.node);
    const records = await this.driver.getMany(wanted);
    return records.map((record, i) => {
      const key = wanted[i]!;
      if (record === undefined) return new DamagedRecordError(key, 'is missing');
      try {
        return decodeNode(key, unseal(key, record), arityOf(this.scheme));
      } catch (error) {
        if (error instanceof DamagedRecordError) return error;
        throw error;
      }
    });
  }

  /** @throws {DamagedRecordError} */
  async head(): Promise<Head> {
    return decodeHead(keys.head, await this.body(keys.head));
  }

  /**
   * Makes all changes, and the head's, if nothing at all was written since `head` was read.
   * @returns the head afterwards; null if something was, and nothing is changed
   */
  async write(head: Head, next: HeadChange, changes: readonly Change[]): Promise<Head | null> {
    const moved = { ...head, ...next, writes: head.writes + 1 };
    const guard = { key: keys.head, value: seal(keys.head, encodeHead(head)) };
    return (await this.driver.writeIf(guard, [...changes, put(keys.head, encodeHead(moved))])) ? moved : null;
  }
}
