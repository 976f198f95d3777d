import { keys } from './codec.js';
import { ContentWriter } from './content.js';
import type { Content } from './content.js';
import { HashDbError } from './driver.js';
import type { Change } from './driver.js';
import { put } from './seal.js';
import type { HeadChange, Records } from './records.js';
import { encodeRoot } from './root-record.js';
import type { Head, RootRecord } from './root-record.js';
import type { Roots } from './roots.js';

/** Another write happened while a state was being staged. Its nodes may be pruned, or its parent may be outdated. */
export class StagingInterruptedError extends HashDbError {
  override readonly name = 'StagingInterruptedError';
  constructor(location: string) {
    super(`the database at ${location} was changed while a state was loaded into it; load it again`);
  }
}

/**
 * A state too large for one commit: its parts go to the disk as they come, and its root at the end. Until
 * then nobody sees it, and what is there of it is dropped by the next `prune`. Nothing else may be
 * written meanwhile.
 *
 * @example
 * const staging = await db.stage();
 * await staging.commit({ root: EMPTY, entries: 0, origin: 'load' });
 */
export class Staging {
  private constructor(
    private readonly records: Records,
    /** The root that the state follows. */
    readonly before: RootRecord,
    private head: Head,
    /** Was the database without nodes? Then none need be looked for. */
    private readonly isFirst: boolean,
  ) {}

  /** Begins at the current root. */
  static async begin(records: Records, roots: Roots): Promise<Staging> {
    const head = await records.head();
    return new Staging(records, await roots.at(head), head, head.nodes === 0);
  }

  /**
   * Writes some of the state's nodes, in any order; each node once.
   * @throws {StagingInterruptedError}
   */
  async add(content: Content): Promise<void> {
    const writer = new ContentWriter(this.records, content);
    const { nodes, changes } = this.isFirst ? writer.all(this.head) : await writer.after(this.head);
    await this.write({ nodes }, changes);
  }

  /**
   * Makes the state current, all nodes of which have been added.
   * @throws {StagingInterruptedError}
   */
  async commit({ root, entries, origin }: Pick<RootRecord, 'root' | 'entries' | 'origin'>): Promise<RootRecord> {
    const number = this.before.number + 1;
    const record: RootRecord = { number, root, parent: this.before.root, entries, origin, pruned: false };
    await this.write({ number }, [put(keys.root(number), encodeRoot(record))]);
    return record;
  }

  private async write(next: HeadChange, changes: readonly Change[]): Promise<void> {
    const head = await this.records.write(this.head, next, changes);
    if (head === null) throw new StagingInterruptedError(this.records.driver.location);
    this.head = head;
  }
}
