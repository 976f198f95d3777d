import * as z from 'zod';
import { RPC, RpcError } from '../../base/json-rpc/answer.js';
import type { LogFilter, StateDb, StoredLog } from '../store/state-db.js';
import { blockNamed, numberOf } from './blocks.js';
import type { RpcLimits } from './limits.js';
import { exceeded } from './errors.js';
import { ADDRESS, BLOCK_NUMBER, HASH } from './params.js';
import type { BlockName } from './params.js';

/** The most addresses of a query, and topics at one place of it. */
const MOST_CHOICES = 1000;

const oneOrMany = <T>(schema: z.ZodType<T>, expected: string) =>
  z
    .union(
      [schema.transform((one) => [one]), z.array(schema).max(MOST_CHOICES)],
      `${expected}, or at most ${MOST_CHOICES}`,
    )
    .nullish()
    .transform((all) => all ?? []);

/** Which logs are asked for. */
export const LOG_QUERY = z
  .object(
    {
      fromBlock: BLOCK_NUMBER.nullish(),
      toBlock: BLOCK_NUMBER.nullish(),
      blockHash: HASH.nullish(),
      address: oneOrMany(ADDRESS, 'expected an address (0x and 40 hex digits)'),
      topics: z
        .array(oneOrMany(HASH, 'expected null, a topic (0x and 64 hex digits)'))
        .max(4, 'expected at most four topics')
        .nullish(),
    },
    'expected a filter: an object',
  )
  .refine(
    ({ blockHash, fromBlock, toBlock }) => blockHash == null || (fromBlock == null && toBlock == null),
    'expected either blockHash, or fromBlock and toBlock',
  )
  .transform(({ fromBlock, toBlock, blockHash, address, topics }) => ({
    fromBlock: numbered(fromBlock),
    toBlock: numbered(toBlock),
    blockHash: blockHash ?? null,
    addresses: address,
    // Places at the end where any topic is taken, or none, ask for nothing in geth either.
    topics: topics ?? [],
  }));
export type LogQuery = z.output<typeof LOG_QUERY>;

type Numbered = Exclude<BlockName, { readonly hash: bigint }>;
const numbered = (name: BlockName | null | undefined): Numbered => (name ?? 'latest') as Numbered;

/** Whether a log is one that is asked for, whatever its block. */
export function matches({ addresses, topics }: Pick<LogFilter, 'addresses' | 'topics'>, log: StoredLog): boolean {
  if (addresses.length > 0 && !addresses.includes(log.address)) return false;
  if (log.topics.length < topics.length) return false;
  return topics.every((choices, i) => choices.length === 0 || choices.includes(log.topics[i]!));
}

/**
 * All the logs of some blocks that are asked for.
 * @throws {RpcError} these are more than one call may ask for
 */
export async function logsIn(
  store: StateDb,
  limits: Pick<RpcLimits, 'logs' | 'logBlocks'>,
  filter: LogFilter,
): Promise<StoredLog[]> {
  const { fromBlock, toBlock } = filter;
  if (toBlock < fromBlock) return [];
  if (toBlock - fromBlock >= BigInt(limits.logBlocks)) {
    const got = `got ${toBlock - fromBlock + 1n} (${fromBlock} to ${toBlock})`;
    throw exceeded(`expected a range of at most ${limits.logBlocks} blocks, ${got}`);
  }
  const logs = await store.logs(filter, limits.logs + 1);
  if (logs.length <= limits.logs) return logs;
  throw exceeded(`query returned more than ${limits.logs} results: ask for fewer blocks`);
}

/** The logs that a query asks for. */
export async function search(store: StateDb, limits: RpcLimits, query: LogQuery): Promise<StoredLog[]> {
  const { addresses, topics, blockHash } = query;
  if (blockHash !== null) {
    const { number } = await blockNamed(store, { hash: blockHash });
    return logsIn(store, limits, { addresses, topics, fromBlock: number, toBlock: number });
  }
  const height = await store.height();
  const fromBlock = await numberOf(store, query.fromBlock);
  const toBlock = await numberOf(store, query.toBlock);
  if (fromBlock > toBlock) {
    throw new RpcError(RPC.invalidParams, `invalid block range params: from ${fromBlock} to ${toBlock}`);
  }
  return logsIn(store, limits, { addresses, topics, fromBlock, toBlock: toBlock < height ? toBlock : height });
}
