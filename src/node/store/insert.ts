import type { Uint256 } from '../../base/field/limbs.js';
import type { Queries } from '../sql/sql.js';
import { accessBytes } from './access-bytes.js';
import { addressBytes, word } from './rows.js';
import type { Included, SealedBlock } from './seal.js';

/** Stores a block, its transactions with their receipts and access logs, and their logs. */
export async function insertBlock(tx: Queries, block: SealedBlock, batch: bigint): Promise<void> {
  const { number, hash, header, size, included } = block;
  await tx.query('insert into blocks (number, hash, header, size, batch) values ($1, $2, $3, $4, $5)', [
    number,
    word(hash),
    header,
    size,
    batch,
  ]);
  if (included.length === 0) return;
  await insertTransactions(tx, number, included);
  await insertLogs(tx, number, included);
}

async function insertTransactions(tx: Queries, block: bigint, included: readonly Included[]): Promise<void> {
  const column = <T>(of: (one: Included) => T): T[] => included.map(of);
  let logs = 0;
  const firstLogs = included.map(({ receipt }) => {
    logs += receipt.logs.length;
    return logs - receipt.logs.length;
  });
  await tx.query(
    `insert into transactions (block, hash, index, sender, recipient, bytes, type, status, gas_used, cumulative_gas_used,
       effective_gas_price, contract, bloom, output, failure, first_log, access_log)
     select $1, * from unnest($2::bytea[], $3::integer[], $4::bytea[], $5::bytea[], $6::bytea[], $7::integer[], $8::text[],
       $9::bigint[], $10::bigint[], $11::numeric[], $12::bytea[], $13::bytea[], $14::bytea[], $15::text[], $16::integer[],
       $17::bytea[])`,
    [
      block,
      column(({ transaction }) => word(transaction.hash)),
      included.map((_, index) => index),
      column(({ transaction }) => addressBytes(transaction.sender)),
      column(({ transaction: { to } }) => (to === null ? null : addressBytes(to))),
      column(({ transaction }) => transaction.bytes),
      column(({ receipt }) => receipt.type),
      column(({ receipt }) => receipt.status),
      column(({ receipt }) => receipt.gasUsed),
      column(({ receipt }) => receipt.cumulativeGasUsed),
      column(({ receipt }) => receipt.effectiveGasPrice),
      column(({ receipt: { contractAddress } }) => (contractAddress === null ? null : addressBytes(contractAddress))),
      column(({ receipt }) => receipt.bloom),
      column(({ receipt }) => receipt.output),
      column(({ receipt }) => receipt.failure),
      firstLogs,
      column(({ reads, writes }) => accessBytes([...reads, ...writes])),
    ],
  );
}

async function insertLogs(tx: Queries, block: bigint, included: readonly Included[]): Promise<void> {
  const logs = included.flatMap(({ receipt }, index) => receipt.logs.map((log) => ({ ...log, index })));
  if (logs.length === 0) return;
  const topics = (place: number): (Uint8Array | null)[] =>
    logs.map(({ topics: all }) => (all[place] === undefined ? null : word(all[place])));
  await tx.query(
    `insert into logs (block, log_index, index, address, topic0, topic1, topic2, topic3, data)
     select $1, * from unnest($2::integer[], $3::integer[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[],
       $9::bytea[])`,
    [
      block,
      logs.map((_, i) => i),
      logs.map(({ index }) => index),
      logs.map(({ address }) => addressBytes(address)),
      topics(0),
      topics(1),
      topics(2),
      topics(3),
      logs.map(({ data }) => data),
    ],
  );
}

/** Stores codes; those that are there stay. */
export async function insertCodes(tx: Queries, codes: ReadonlyMap<Uint256, Uint8Array>): Promise<void> {
  if (codes.size === 0) return;
  await tx.query(
    'insert into codes (hash, code) select * from unnest($1::bytea[], $2::bytea[]) on conflict (hash) do nothing',
    [[...codes.keys()].map(word), [...codes.values()]],
  );
}
