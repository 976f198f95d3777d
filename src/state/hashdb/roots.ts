import type { Digest } from '../tree/node.js';
import { Cache } from './cache.js';
import { keys, nameOf, ranges } from './codec.js';
import type { KeyRange } from './codec.js';
import { HashDbError } from './driver.js';
import { attempt, DamagedRecordError } from './record.js';
import { put, unseal } from './seal.js';
import type { Records } from './records.js';
import { decodeName, decodeRoot, encodeName } from './root-record.js';
import type { Head, RootRecord } from './root-record.js';

const hex = (root: Digest): string => `0x${root.toString(16).padStart(64, '0')}`;

/** A root that the database never had. */
export class UnknownRootError extends HashDbError {
  override readonly name = 'UnknownRootError';
  constructor(readonly root: Digest) {
    super(`root ${hex(root)} is not in the history of the database`);
  }
}

/** A root of the history whose nodes are not kept any more. */
export class PrunedRootError extends HashDbError {
  override readonly name = 'PrunedRootError';
  constructor(readonly root: Digest) {
    super(`root ${hex(root)} was pruned`);
  }
}

/** A name that cannot be given, or that there is not. */
export class RootNameError extends HashDbError {
  override readonly name = 'RootNameError';
}

/** A name begins with a letter, so that it is never taken for a root. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/**
 * The history of a database's roots, and the names of some of them.
 *
 * @example
 * await db.roots.name(root, 'genesis');
 * await db.roots.named('genesis'); // root
 */
export class Roots {
  /** Where roots were found, so that the history need not be read again. */
  private readonly numbers = new Cache<Digest, number>(10_000, () => 1);

  constructor(private readonly records: Records) {}

  /** The newest root. */
  async current(): Promise<RootRecord> {
    return this.at(await this.records.head());
  }

  /** The root that a head names. */
  async at({ number }: Pick<Head, 'number'>): Promise<RootRecord> {
    const key = keys.root(number);
    return decodeRoot(key, await this.records.body(key));
  }

  /** Every root there has been, oldest first; the first is the empty tree's. */
  async history(): Promise<RootRecord[]> {
    const roots: RootRecord[] = [];
    for await (const root of this.since(0)) roots.push(root);
    return roots;
  }

  /** The records of roots whose nodes are kept, oldest first: the current one's are, whatever its record says. */
  async kept(): Promise<RootRecord[]> {
    const { number } = await this.records.head();
    return (await this.history()).filter((record) => !record.pruned || record.number === number);
  }

  /** The history from a number on. */
  async *since(number: number): AsyncGenerator<RootRecord> {
    const range = { ...ranges.roots, from: keys.root(number) };
    for await (const [key, body] of this.records.iterate(range)) yield decodeRoot(key, body);
  }

  /**
   * A record of a root whose nodes are kept.
   * @throws {UnknownRootError} it is not in the history
   * @throws {PrunedRootError} it is, but its nodes are gone
   * @throws {DamagedRecordError} it is not among those whose records can be read
   */
  async find(root: Digest): Promise<RootRecord> {
    const number = this.numbers.get(root);
    const known = number === undefined ? undefined : await this.at({ number });
    if (known?.root === root && !known.pruned) return known;
    let isThere = false;
    let damage: DamagedRecordError | null = null;
    for await (const [, record] of this.tried(ranges.roots, decodeRoot)) {
      if (record instanceof DamagedRecordError) damage = record;
      if (record instanceof DamagedRecordError || record.root !== root) continue;
      isThere = true;
      if (record.pruned) continue;
      this.numbers.set(root, record.number);
      return record;
    }
    if (damage !== null) throw damage;
    throw isThere ? new PrunedRootError(root) : new UnknownRootError(root);
  }

  /** Names and what they stand for, in the names' order. */
  async names(): Promise<Map<string, Digest>> {
    const names = new Map<string, Digest>();
    for await (const [key, body] of this.records.iterate(ranges.names)) names.set(nameOf(key), decodeName(key, body));
    return names;
  }

  /** Of history and names what can be read: where the database is damaged, not all. */
  async readable(): Promise<{ readonly history: readonly RootRecord[]; readonly names: ReadonlyMap<string, Digest> }> {
    const history: RootRecord[] = [];
    const names = new Map<string, Digest>();
    for await (const [, record] of this.tried(ranges.roots, decodeRoot))
      if (!(record instanceof DamagedRecordError)) history.push(record);
    for await (const [key, root] of this.tried(ranges.names, decodeName))
      if (!(root instanceof DamagedRecordError)) names.set(nameOf(key), root);
    return { history, names };
  }

  private async *tried<T>(
    { from, before }: KeyRange,
    decode: (key: Uint8Array, body: Uint8Array) => T,
  ): AsyncGenerator<readonly [Uint8Array, T | DamagedRecordError]> {
    for await (const [key, record] of this.records.driver.iterate(from, before))
      yield [key, attempt(() => decode(key, unseal(key, record)))];
  }

  /** @throws {RootNameError} no root has the name */
  async named(name: string): Promise<Digest> {
    return (await this.tryNamed(name)) ?? fail(new RootNameError(`no root is named ${name}`));
  }

  private async tryNamed(name: string): Promise<Digest | undefined> {
    const key = keys.name(name);
    const [body] = await this.records.bodies([key]);
    return body && decodeName(key, body);
  }

  /**
   * Gives a root a name, which protects it from pruning. A root may have several.
   * @throws {RootNameError} it is no name, or another root's
   * @throws {UnknownRootError | PrunedRootError} see `find`
   */
  async name(root: Digest, name: string): Promise<void> {
    if (!NAME.test(name)) {
      throw new RootNameError(
        `expected a name of at most 64 letters, digits and . _ -, the first a letter; got ${name}`,
      );
    }
    for (;;) {
      const head = await this.records.head();
      const held = await this.tryNamed(name);
      if (held !== undefined && held !== root)
        throw new RootNameError(`${name} is already the name of root ${hex(held)}`);
      await this.find(root);
      if ((await this.records.write(head, {}, [put(keys.name(name), encodeName(root))])) !== null) return;
    }
  }

  /**
   * Takes a name back, a damaged one, too; the root stays until it is pruned.
   * @throws {RootNameError} there is no such name
   */
  async unname(name: string): Promise<void> {
    for (;;) {
      const head = await this.records.head();
      const key = keys.name(name);
      const [record] = await this.records.driver.getMany([key]);
      if (record === undefined) throw new RootNameError(`no root is named ${name}`);
      if ((await this.records.write(head, {}, [{ key, value: null }])) !== null) return;
    }
  }
}

function fail(error: Error): never {
  throw error;
}
