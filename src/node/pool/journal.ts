import type { Uint256 } from '../../base/field/limbs.js';
import { bytesOf, numberOf } from '../../rules/evm/bytes.js';
import { migrate } from '../sql/migrate.js';
import type { Sql } from '../sql/sql.js';
import type { Pooled } from './pooled.js';
import { POOL_MIGRATIONS } from './tables.js';

/** A transaction as it was stored. */
export interface StoredRow {
  readonly hash: Uint256;
  readonly bytes: Uint8Array;
  readonly since: number;
}

/**
 * What outlives the process. Changes that come while others are being written are written together, in one SQL
 * transaction: many users wait for one write to the disk.
 */
export class PoolJournal {
  /** By hash: what to insert, or null to delete. Of two changes the later counts. */
  #waiting = new Map<Uint256, Pooled | null>();
  /** The write under way, and the one after it, which takes what is waiting. */
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  private constructor(private readonly sql: Sql) {}

  /** @throws {SqlError | MigrationError} */
  static async open(sql: Sql): Promise<PoolJournal> {
    await migrate(sql, 'pool', POOL_MIGRATIONS);
    return new PoolJournal(sql);
  }

  /** All transactions, in the order of their arrival. */
  async transactions(): Promise<readonly StoredRow[]> {
    type Row = { readonly hash: Uint8Array; readonly bytes: Uint8Array; readonly since: bigint };
    const rows = await this.sql.query<Row>('select hash, bytes, since from pool_transactions order by arrival');
    return rows.map(({ hash, bytes, since }) => ({ hash: numberOf(hash), bytes, since: Number(since) }));
  }

  /**
   * @returns resolves when all of it is stored
   * @throws {SqlError} none of it is, or nobody knows: the connection broke
   */
  write(inserted: readonly Pooled[], deleted: readonly Uint256[]): Promise<void> {
    if (inserted.length + deleted.length === 0) return Promise.resolve();
    inserted.forEach((entry) => this.#waiting.set(entry.transaction.hash, entry));
    deleted.forEach((hash) => this.#waiting.set(hash, null));
    this.#next ??= this.#writing.then(
      () => this.#flush(),
      () => this.#flush(),
    );
    return this.#next;
  }

  /** Waits for what is being written. What fails has been told to whoever asked for it. */
  async settled(): Promise<void> {
    await (this.#next ?? this.#writing).catch(() => {});
  }

  async blocked(): Promise<readonly bigint[]> {
    const rows = await this.sql.query<{ readonly sender: Uint8Array }>('select sender from pool_blocked');
    return rows.map(({ sender }) => numberOf(sender));
  }

  async block(sender: bigint): Promise<void> {
    await this.sql.query('insert into pool_blocked values ($1) on conflict do nothing', [bytesOf(sender, 20)]);
  }

  async unblock(sender: bigint): Promise<void> {
    await this.sql.query('delete from pool_blocked where sender = $1', [bytesOf(sender, 20)]);
  }

  #flush(): Promise<void> {
    const changes = [...this.#waiting];
    this.#waiting = new Map();
    this.#writing = this.#next!;
    this.#next = null;
    const inserted = changes.flatMap(([, entry]) => entry ?? []);
    const deleted = changes.flatMap(([hash, entry]) => (entry === null ? [bytesOf(hash, 32)] : []));
    return this.sql.transaction(async (tx) => {
      if (deleted.length > 0) await tx.query('delete from pool_transactions where hash = any($1::bytea[])', [deleted]);
      if (inserted.length === 0) return;
      await tx.query(
        `insert into pool_transactions (hash, bytes, since)
        select hash, bytes, since from unnest($1::bytea[], $2::bytea[], $3::bigint[])
          with ordinality as given (hash, bytes, since, place) order by place
        on conflict do nothing`,
        [
          inserted.map(({ transaction }) => bytesOf(transaction.hash, 32)),
          inserted.map(({ transaction }) => transaction.bytes),
          inserted.map(({ since }) => since),
        ],
      );
    });
  }
}
