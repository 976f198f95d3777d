import type { Migration } from '../sql/migrate.js';

/** How the tables of the chain came to be as they are. */
export const STATE_TABLES: readonly Migration[] = [
  {
    name: 'batches, blocks, transactions with their receipts, logs, codes',
    // What is hashed or packed does not compress.
    sql: `
      create table batches (
        number bigint primary key,
        stage text not null,
        closing_reason text,
        first_block bigint not null,
        last_block bigint not null,
        old_root bytea not null,
        new_root bytea not null,
        timestamp bigint not null,
        transactions integer not null,
        writes integer not null,
        size integer not null,
        bytes bytea,
        net_writes bytea,
        proof_stage text not null default 'none',
        proof text
      );
      create table blocks (
        number bigint primary key,
        hash bytea not null unique,
        header bytea not null,
        size integer not null,
        batch bigint not null
      );
      create index blocks_batch on blocks (batch);
      create table transactions (
        hash bytea primary key,
        block bigint not null references blocks on delete cascade,
        index integer not null,
        sender bytea not null,
        recipient bytea,
        bytes bytea not null,
        type integer not null,
        status text not null,
        gas_used bigint not null,
        cumulative_gas_used bigint not null,
        effective_gas_price numeric(78) not null,
        contract bytea,
        bloom bytea not null,
        output bytea not null,
        failure text,
        first_log integer not null,
        access_log bytea,
        unique (block, index)
      );
      create table logs (
        block bigint not null references blocks on delete cascade,
        log_index integer not null,
        index integer not null,
        address bytea not null,
        topic0 bytea,
        topic1 bytea,
        topic2 bytea,
        topic3 bytea,
        data bytea not null,
        primary key (block, log_index)
      );
      create index logs_address on logs (address, block);
      create index logs_topic0 on logs (topic0, block) where topic0 is not null;
      create index logs_topic1 on logs (topic1, block) where topic1 is not null;
      create index logs_topic2 on logs (topic2, block) where topic2 is not null;
      create index logs_topic3 on logs (topic3, block) where topic3 is not null;
      create table codes (hash bytea primary key, code bytea not null);
      alter table batches alter column bytes set storage external;
      alter table transactions alter column bytes set storage external;
    `,
  },
];
