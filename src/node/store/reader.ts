import type { Uint256 } from '../../base/field/limbs.js';
import { numberOf } from '../../rules/evm/bytes.js';
import type { Access } from '../../state/batch/access.js';
import type { Sql } from '../sql/sql.js';
import { accessesOf } from './access-bytes.js';
import { watchBlocks } from './notices.js';
import { logStatement } from './log-statement.js';
import * as rows from './rows.js';
import type { AccessLog, LogFilter, StateDb, StoredBatch, StoredBlock, StoredLog } from './state-db.js';
import type { StoredReceipt, StoredTransaction } from './state-db.js';

const ANCESTORS = 256n;

/** See `StateDb`. */
export class StateReader implements StateDb {
  constructor(private readonly sql: Sql) {}

  async height(): Promise<bigint> {
    const [row] = await this.sql.query<{ height: bigint }>('select coalesce(max(number), 0) as height from blocks');
    return row!.height;
  }

  async block(number: bigint): Promise<StoredBlock | null> {
    const [block] = await this.blocks(number, number);
    return block ?? null;
  }

  async blockByHash(hash: Uint256): Promise<StoredBlock | null> {
    const [row] = await this.sql.query<rows.BlockRow>(`select ${rows.BLOCK_COLUMNS} from blocks b where b.hash = $1`, [
      rows.word(hash),
    ]);
    return row === undefined ? null : rows.blockOf(row);
  }

  async blocks(first: bigint, last: bigint): Promise<StoredBlock[]> {
    const found = await this.sql.query<rows.BlockRow>(
      `select ${rows.BLOCK_COLUMNS} from blocks b where b.number between $1 and $2 order by b.number`,
      [first, last],
    );
    return found.map(rows.blockOf);
  }

  async ancestors(number: bigint): Promise<Uint256[]> {
    const found = await this.sql.query<{ hash: Uint8Array }>(
      'select hash from blocks where number between $1 and $2 order by number desc',
      [number - ANCESTORS, number - 1n],
    );
    return found.map(({ hash }) => numberOf(hash));
  }

  async transaction(hash: Uint256): Promise<StoredTransaction | null> {
    const [row] = await this.sql.query<rows.TransactionRow>(
      `select ${rows.TRANSACTION_COLUMNS} from transactions t join blocks b on b.number = t.block where t.hash = $1`,
      [rows.word(hash)],
    );
    return row === undefined ? null : rows.transactionOf(row);
  }

  async transactionsOf(number: bigint): Promise<StoredTransaction[]> {
    const found = await this.sql.query<rows.TransactionRow>(
      `select ${rows.TRANSACTION_COLUMNS} from transactions t join blocks b on b.number = t.block
       where t.block = $1 order by t.index`,
      [number],
    );
    return found.map(rows.transactionOf);
  }

  async receipt(hash: Uint256): Promise<StoredReceipt | null> {
    const [row] = await this.sql.query<rows.ReceiptRow>(
      `select ${rows.RECEIPT_COLUMNS} from transactions t join blocks b on b.number = t.block where t.hash = $1`,
      [rows.word(hash)],
    );
    if (row === undefined) return null;
    const logs = await this.#logsOf(row.block, row.index);
    return rows.receiptOf(row, logs.map(bare));
  }

  async receiptsOf(number: bigint): Promise<StoredReceipt[]> {
    const found = await this.sql.query<rows.ReceiptRow>(
      `select ${rows.RECEIPT_COLUMNS} from transactions t join blocks b on b.number = t.block
       where t.block = $1 order by t.index`,
      [number],
    );
    const logs = await this.#logsOf(number);
    return found.map((row) => rows.receiptOf(row, logs.filter(({ index }) => index === row.index).map(bare)));
  }

  /** The logs of a block, or of one of its transactions. */
  async #logsOf(block: bigint, index: number | null = null): Promise<StoredLog[]> {
    const found = await this.sql.query<rows.LogRow>(
      `select ${rows.LOG_COLUMNS} from logs l join blocks b on b.number = l.block
       join transactions t on t.block = l.block and t.index = l.index
       where l.block = $1 and ($2::integer is null or l.index = $2) order by l.log_index`,
      [block, index],
    );
    return found.map(rows.logOf);
  }

  async logs(filter: LogFilter, limit: number): Promise<StoredLog[]> {
    const { text, values } = logStatement(filter, limit);
    return (await this.sql.query<rows.LogRow>(text, values)).map(rows.logOf);
  }

  async accessLog(hash: Uint256): Promise<AccessLog | null> {
    const [row] = await this.sql.query<{ access_log: Uint8Array | null }>(
      'select access_log from transactions where hash = $1',
      [rows.word(hash)],
    );
    if (row === undefined || row.access_log === null) return null;
    const accesses = accessesOf(row.access_log);
    const of = (op: Access['op']): Access[] => accesses.filter((access) => access.op === op);
    return { reads: of('read'), writes: of('write') };
  }

  async newestBatch(): Promise<StoredBatch | null> {
    const [row] = await this.sql.query<rows.BatchRow>(
      `select ${rows.BATCH_COLUMNS} from batches order by number desc limit 1`,
    );
    return row === undefined ? null : rows.batchOf(row);
  }

  async batch(number: bigint): Promise<StoredBatch | null> {
    const [batch] = await this.batches(number, number);
    return batch ?? null;
  }

  async batches(first: bigint, last: bigint): Promise<StoredBatch[]> {
    const found = await this.sql.query<rows.BatchRow>(
      `select ${rows.BATCH_COLUMNS} from batches where number between $1 and $2 order by number`,
      [first, last],
    );
    return found.map(rows.batchOf);
  }

  batchBytes(number: bigint): Promise<Uint8Array | null> {
    return this.#ofBatch(number, 'bytes');
  }

  async netWrites(number: bigint): Promise<Access[] | null> {
    const bytes = await this.#ofBatch<Uint8Array>(number, 'net_writes');
    return bytes === null ? null : accessesOf(bytes);
  }

  batchProof(number: bigint): Promise<string | null> {
    return this.#ofBatch<string>(number, 'proof');
  }

  async #ofBatch<T>(number: bigint, column: 'bytes' | 'net_writes' | 'proof'): Promise<T | null> {
    const [row] = await this.sql.query<{ found: T | null }>(
      `select ${column} as found from batches where number = $1`,
      [number],
    );
    return row?.found ?? null;
  }

  async get(hash: Uint256): Promise<Uint8Array | undefined> {
    const [row] = await this.sql.query<{ code: Uint8Array }>('select code from codes where hash = $1', [
      rows.word(hash),
    ]);
    return row === undefined ? undefined : row.code;
  }

  onBlock(listener: (number: bigint) => void, onRollBack?: (last: bigint) => void): Promise<() => Promise<void>> {
    return watchBlocks(this.sql, () => this.height(), { onBlock: listener, onRollBack });
  }
}

/** A log as receipts have it. */
const bare = ({ address, topics, data }: StoredLog) => ({ address, topics, data });
