import type { Uint256 } from '../../base/field/limbs.js';
import type { NetChanges } from '../../rules/evm/batch.js';
import type { Access } from '../../state/batch/access.js';
import type { Digest } from '../../state/tree/node.js';
import { migrate } from '../sql/migrate.js';
import type { Queries, Sql } from '../sql/sql.js';
import { accessBytes } from './access-bytes.js';
import { decodeHeader } from './header.js';
import { insertBlock, insertCodes } from './insert.js';
import { tellNewest } from './notices.js';
import { StateReader } from './reader.js';
import { word } from './rows.js';
import type { SealedBlock } from './seal.js';
import { STATE_TABLES } from './tables.js';
import type { ClosingReason, StoredBatch } from './state-db.js';

/** What a block does to its batch. */
export interface BatchGrowth {
  readonly number: bigint;
  /** The root before the batch. */
  readonly oldRoot: Digest;
  /** Entries that differ from before the batch, so far, at most. */
  readonly writes: number;
  /** Of its bytes so far, at most. */
  readonly size: number;
}

/** What a batch came to when it was closed. */
export interface ClosedBatch {
  readonly number: bigint;
  readonly reason: ClosingReason;
  /** As `encodeBatch` makes them. */
  readonly bytes: Uint8Array;
  readonly netWrites: readonly Access[];
}

/** The stored chain is not as it has to be; the message says what differs. */
export class StoredChainError extends Error {
  override readonly name = 'StoredChainError';
}

/**
 * Blocks, batches, and what is in them, as the sequencer writes them. Each call is one transaction: all of it is there,
 * or nothing.
 *
 * @example
 * const store = await StateStore.open(sql);
 * await store.addBlock(block, codes, { number: 1n, oldRoot, writes: 4, size: 300 });
 */
export class StateStore extends StateReader {
  private constructor(private readonly db: Sql) {
    super(db);
  }

  /** Makes the tables, if there are none. @throws {SqlError | MigrationError} they cannot be had */
  static async open(sql: Sql): Promise<StateStore> {
    await migrate(sql, 'state', STATE_TABLES);
    return new StateStore(sql);
  }

  /** The root of the state after the last block. @throws {StoredChainError} there is no block */
  async stateRoot(): Promise<Digest> {
    const [row] = await this.db.query<{ header: Uint8Array }>('select header from blocks order by number desc limit 1');
    if (row === undefined) throw new StoredChainError('expected a chain with a genesis block, but none is stored');
    return decodeHeader(row.header).stateRoot;
  }

  /** Stores the block before all others. */
  begin(genesis: SealedBlock, codes: NetChanges['codes']): Promise<void> {
    return this.db.transaction(async (tx) => {
      await insertBlock(tx, genesis, 0n);
      await insertCodes(tx, codes);
      await tellNewest(tx, this.db.schema, 0n);
    });
  }

  /**
   * Stores the next block, and has its batch grow by it.
   * @throws {SqlError} also if there is a block with this number
   */
  addBlock(block: SealedBlock, codes: ReadonlyMap<Uint256, Uint8Array>, batch: BatchGrowth): Promise<void> {
    const { number, oldRoot, writes, size } = batch;
    return this.db.transaction(async (tx) => {
      await insertBlock(tx, block, number);
      await insertCodes(tx, codes);
      const [grown] = await tx.query(
        `insert into batches (number, stage, first_block, last_block, old_root, new_root, timestamp, transactions, writes, size)
         values ($1, 'open', $2, $2, $3, $4, $5, $6, $7, $8)
         on conflict (number) do update set last_block = excluded.last_block, new_root = excluded.new_root,
           transactions = batches.transactions + excluded.transactions, writes = excluded.writes, size = excluded.size
         where batches.stage = 'open' returning number`,
        [
          number,
          block.number,
          word(oldRoot),
          word(block.stateRoot),
          block.timestamp,
          block.included.length,
          writes,
          size,
        ],
      );
      if (grown === undefined) throw new StoredChainError(`expected batch ${number} to be open, but it is closed`);
      await tellNewest(tx, this.db.schema, block.number);
    });
  }

  /** Closes the open batch: it takes no more blocks. */
  async closeBatch({ number, reason, bytes, netWrites }: ClosedBatch): Promise<void> {
    await this.db.query(
      `update batches set stage = 'closed', closing_reason = $2, bytes = $3, net_writes = $4, writes = $5, size = $6
       where number = $1 and stage = 'open'`,
      [number, reason, bytes, accessBytes(netWrites), netWrites.length, bytes.length],
    );
  }

  /** Says of a closed batch that it was executed again, with the same result. */
  async markChecked(number: bigint): Promise<void> {
    await this.db.query(`update batches set stage = 'checked' where number = $1 and stage = 'closed'`, [number]);
  }

  /** The oldest checked batch without a proof; null if there is none. */
  async firstUnproven(): Promise<bigint | null> {
    const [row] = await this.db.query<{ number: bigint }>(
      `select number from batches where stage = 'checked' and proof_stage <> 'proven' order by number limit 1`,
    );
    return row?.number ?? null;
  }

  /** How many batches are closed and not proven. */
  async unproven(): Promise<number> {
    const [row] = await this.db.query<{ count: bigint }>(
      `select count(*) as count from batches where stage <> 'open' and proof_stage <> 'proven'`,
    );
    return Number(row!.count);
  }

  async markQueued(number: bigint): Promise<void> {
    await this.db.query(`update batches set proof_stage = 'queued' where number = $1 and proof_stage = 'none'`, [
      number,
    ]);
  }

  /**
   * Keeps a batch's proof, as `formatProof` writes it.
   * @returns false if the checked batch no longer leads from this root to that: blocks were taken back meanwhile
   */
  async keepProof(
    { number, oldRoot, newRoot }: Pick<StoredBatch, 'number' | 'oldRoot' | 'newRoot'>,
    proof: string,
  ): Promise<boolean> {
    const kept = await this.db.query(
      `update batches set proof_stage = 'proven', proof = $2
       where number = $1 and stage = 'checked' and old_root = $3 and new_root = $4 returning number`,
      [number, proof, word(oldRoot), word(newRoot)],
    );
    return kept.length === 1;
  }

  /**
   * Takes back all blocks after one. The batch of that block is open again, without a proof, if it has lost blocks.
   * @returns how many blocks were taken back
   * @throws {StoredChainError} there is no such block
   */
  rollBack(last: bigint): Promise<number> {
    return this.db.transaction(async (tx) => {
      const [kept] = await tx.query<{ number: bigint; batch: bigint }>(
        'select number, batch from blocks where number = $1',
        [last],
      );
      if (kept === undefined) throw new StoredChainError(`there is no block ${last} to go back to`);
      const gone = await tx.query<{ batch: bigint }>('delete from blocks where number > $1 returning batch', [last]);
      await tx.query('delete from batches where number > $1', [kept.batch]);
      if (gone.some(({ batch }) => batch === kept.batch)) await this.#reopen(tx, kept.batch, last);
      if (gone.length > 0) await tellNewest(tx, this.db.schema, last);
      return gone.length;
    });
  }

  async #reopen(tx: Queries, batch: bigint, last: bigint): Promise<void> {
    const [row] = await tx.query<{ header: Uint8Array }>('select header from blocks where number = $1', [last]);
    await tx.query(
      `update batches set stage = 'open', closing_reason = null, bytes = null, net_writes = null, proof_stage = 'none',
       proof = null, last_block = $2, new_root = $3,
       transactions = (select count(*) from transactions t join blocks b on b.number = t.block where b.batch = $1)
       where number = $1`,
      [batch, last, word(decodeHeader(row!.header).stateRoot)],
    );
  }

  /** Forgets the access logs of transactions in the blocks before one: they take most of the room. */
  async forgetAccessLogs(before: bigint): Promise<void> {
    await this.db.query('update transactions set access_log = null where block < $1 and access_log is not null', [
      before,
    ]);
  }
}
