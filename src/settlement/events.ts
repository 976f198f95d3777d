import { BlockNotFoundError, HttpRequestError } from 'viem';
import type { BaseError, PublicClient } from 'viem';
import { SETTLEMENT_ABI } from './abi.js';
import { reading } from './asking.js';
import { ChainError } from './chain-error.js';
import { clientOf } from './client.js';
import { EventFile } from './event-file.js';
import type { RawEvent, ReadOptions } from './event-file.js';
import type { Address } from './point.js';
import type { Provider } from './provider.js';

/** Blocks whose events are asked for at once, until the endpoint refuses so many. */
const BLOCKS = 10_000n;

/** How often reading is begun anew because the chain was reorganised meanwhile. */
const ATTEMPTS = 5;

/** What a contract's events add up to. */
export interface EventList {
  /** @throws {ChainError} it cannot come next */
  add(event: RawEvent): void;
  /** @throws {ChainError} at a block, the contract's own word is another */
  require(client: PublicClient, block: bigint): Promise<void>;
}

/**
 * All events of a contract with a `deploymentBlock`, as the chain has them now: read from that block on, or from the
 * last block that a file has, in ranges that become narrower where the endpoint wants them so.
 * @throws {ChainError} the endpoint does not answer, or its events are not all that the contract has had
 */
export async function readEvents<List extends EventList>(
  provider: Provider,
  contract: Address,
  newList: () => List,
  options: ReadOptions,
): Promise<List> {
  const client = clientOf(provider);
  const kept = await EventFile.open(options.events);
  return reading(contract, async () => {
    if ((await client.getCode({ address: contract })) === undefined)
      throw new ChainError(`expected a settlement contract at ${contract}, found no contract`);
    for (let attempt = 1; ; attempt++) {
      const from = await firstUnread(client, contract, kept);
      const head = await client.getBlock();
      const list = newList();
      const added: RawEvent[] = [];
      try {
        for (const event of kept.events) list.add(event);
        for await (const event of eventsOf(client, contract, from, head.number)) {
          list.add(event);
          added.push(event);
        }
        await list.require(client, head.number);
      } catch (error) {
        if (!(error instanceof ChainError) || attempt === ATTEMPTS) throw error;
        // What is kept may be what is wrong.
        kept.clear();
        continue;
      }
      // Else what was read is of two chains.
      const now = await client.getBlock({ blockNumber: head.number }).catch(() => null);
      if (now?.hash === head.hash) {
        await kept.add(added, { block: String(head.number), hash: head.hash });
        return list;
      }
      if (attempt === ATTEMPTS)
        throw new ChainError(`the chain was reorganised ${ATTEMPTS} times while reading the events of ${contract}`);
    }
  });
}

/** The first block whose events are not kept. Readings that end with a block that the chain has left are dropped. */
async function firstUnread(client: PublicClient, contract: Address, kept: EventFile): Promise<bigint> {
  for (;;) {
    const { checkpoint } = kept;
    if (checkpoint === undefined)
      return client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'deploymentBlock' });
    const block = await client.getBlock({ blockNumber: BigInt(checkpoint.block) }).catch((error: unknown) => {
      if (error instanceof BlockNotFoundError) return null;
      throw error;
    });
    if (block?.hash === checkpoint.hash) return BigInt(checkpoint.block) + 1n;
    kept.dropLast();
  }
}

/** A contract's events from one block to another, in order. */
async function* eventsOf(
  client: PublicClient,
  address: Address,
  first: bigint,
  last: bigint,
): AsyncGenerator<RawEvent, void> {
  let blocks = BLOCKS;
  for (let from = first; from <= last;) {
    const to = from + blocks - 1n < last ? from + blocks - 1n : last;
    try {
      yield* await client.getLogs({ address, fromBlock: from, toBlock: to });
      from = to + 1n;
      blocks = 2n * blocks < BLOCKS ? 2n * blocks : BLOCKS;
    } catch (error) {
      // Endpoints bound the blocks, or the events, of an answer, and each says so in its own words.
      if (from === to || isUnreachable(error)) throw error;
      blocks = (to - from + 1n) / 2n;
    }
  }
}

/** No answer at all, not even an error. */
const isUnreachable = (error: unknown): boolean =>
  (error as BaseError).walk((cause) => cause instanceof HttpRequestError && cause.status === undefined) !== null;
