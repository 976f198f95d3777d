import {
  BlockNotFoundError,
  decodeEventLog,
  encodeAbiParameters,
  getAddress,
  hexToBytes,
  HttpRequestError,
  keccak256,
  parseAbiParameters,
} from 'viem';
import type { BaseError, PublicClient } from 'viem';
import { CATALOGUE } from '../machine/circuit/catalogue.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { CHAIN_VERIFIER_ABI, SETTLEMENT_ABI } from './abi.js';
import { asking, reading } from './asking.js';
import { ChainError } from './chain-error.js';
import { clientOf } from './client.js';
import { EventFile } from './event-file.js';
import type { RawEvent } from './event-file.js';
import { decodeBatchData } from './data.js';
import type { Write } from './data.js';
import type { Address, Hash } from './point.js';
import type { Provider } from './provider.js';

/**
 * A posted batch as the contract's events tell it, and must be told again to prove it.
 * @see {@link readBatches}
 */
export interface PostedBatch {
  readonly number: number;
  readonly posted: {
    readonly dataHash: Hash;
    /** Seconds, by the contract's clock. */
    readonly postedAt: number;
    /** Of the verifiers that take its proofs. */
    readonly version: number;
    /** Who paid the fee, in wei, for whoever proves it. */
    readonly payer: Address;
    readonly fee: bigint;
    readonly prover: Address;
    readonly logHash: bigint;
    readonly dataOut: bigint;
  };
  readonly data: Hash;
  readonly writes: readonly Write[];
  /** The state's root after it, once it is consolidated; until then null. */
  readonly root: bigint | null;
}

/** Blocks whose events are asked for at once, until the endpoint refuses so many. */
const BLOCKS = 10_000n;

/** How often reading is begun anew because the chain was reorganised meanwhile. */
const ATTEMPTS = 5;

/**
 * How a settlement's events are read.
 * @see {@link readBatches}
 */
export interface ReadOptions {
  /** A file that keeps the events, so that each is asked for once. None is kept by default. */
  readonly events?: string | undefined;
}

/**
 * Every batch that was posted, in order, as the chain has it now: read from the block of the deployment on, or from the
 * last block that a file has, in ranges that become narrower where the endpoint wants them so.
 * @throws {ChainError} the endpoint does not answer, or its events are not all that the contract has had
 *
 * @example
 * const batches = await readBatches(openEndpoint('http://127.0.0.1:8545'), contract, { events: 'events.jsonl' });
 */
export async function readBatches(
  provider: Provider,
  contract: Address,
  options: ReadOptions = {},
): Promise<PostedBatch[]> {
  const client = clientOf(provider);
  const kept = await EventFile.open(options.events);
  return reading(contract, async () => {
    if ((await client.getCode({ address: contract })) === undefined)
      throw new ChainError(`expected a settlement contract at ${contract}, found no contract`);
    for (let attempt = 1; ; attempt++) {
      const from = await firstUnread(client, contract, kept);
      const head = await client.getBlock();
      const list = new BatchList(contract);
      const added: RawEvent[] = [];
      try {
        for (const event of kept.events) list.add(decodeEventLog({ abi: SETTLEMENT_ABI, ...event }));
        for await (const event of eventsOf(client, contract, from, head.number)) {
          list.add(event);
          added.push(event);
        }
        list.requireAll(await stateAt(client, contract, head.number));
        await requirePosted(client, contract, list.batches, head.number);
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
        return list.batches;
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

/** Checks the batches that wait for their proofs against what the contract has stored of them. */
async function requirePosted(
  client: PublicClient,
  address: Address,
  batches: readonly PostedBatch[],
  blockNumber: bigint,
): Promise<void> {
  for (const { number, posted, root } of batches) {
    if (root !== null) continue;
    const call = { address, abi: SETTLEMENT_ABI, functionName: 'postedHash', args: [number], blockNumber } as const;
    if ((await client.readContract(call)) === postedHash(posted)) continue;
    throw new ChainError(
      `the endpoint's event of batch ${number} of ${address} differs from what the contract has stored`,
    );
  }
}

/** The contract's hash of a posted batch: of its fields, each in a word, in their order. */
const postedHash = (posted: PostedBatch['posted']): Hash =>
  keccak256(
    encodeAbiParameters(parseAbiParameters('bytes32, uint48, uint32, address, uint256, address, uint256, uint256'), [
      posted.dataHash,
      posted.postedAt,
      posted.version,
      posted.payer,
      posted.fee,
      posted.prover,
      posted.logHash,
      posted.dataOut,
    ]),
  );

/**
 * The id of the endpoint's chain.
 * @throws {ChainError} the endpoint does not say
 *
 * @example
 * await readChainId(openEndpoint('http://127.0.0.1:8545')); // 31337
 */
export const readChainId = (provider: Provider): Promise<number> =>
  asking('could not ask which chain it is', () => clientOf(provider).getChainId());

/** How far a settlement is, by its own word. */
async function stateAt(client: PublicClient, address: Address, blockNumber: bigint) {
  const read = <Name extends 'lastVirtual' | 'lastConsolidated' | 'consolidatedRoot'>(functionName: Name) =>
    client.readContract({ address, abi: SETTLEMENT_ABI, functionName, blockNumber });
  return {
    posted: await read('lastVirtual'),
    consolidated: await read('lastConsolidated'),
    root: await read('consolidatedRoot'),
  };
}

type SettlementEvent = ReturnType<typeof decodeEventLog<typeof SETTLEMENT_ABI>>;

const someEvents = (client: PublicClient, address: Address, fromBlock: bigint, toBlock: bigint) =>
  client.getContractEvents({ address, abi: SETTLEMENT_ABI, fromBlock, toBlock, strict: true });

/** A settlement's events from one block to another, in order. */
async function* eventsOf(
  client: PublicClient,
  contract: Address,
  first: bigint,
  last: bigint,
): AsyncGenerator<SettlementEvent & RawEvent, void> {
  let blocks = BLOCKS;
  for (let from = first; from <= last;) {
    const to = from + blocks - 1n < last ? from + blocks - 1n : last;
    try {
      yield* await someEvents(client, contract, from, to);
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

/** The batches that events tell of. */
class BatchList {
  readonly batches: PostedBatch[] = [];
  readonly #forced = new Map<number, Hash>();

  constructor(private readonly contract: Address) {}

  add(event: SettlementEvent): void {
    switch (event.eventName) {
      case 'BatchForced':
        this.#forced.set(event.args.index, event.args.data);
        break;
      case 'BatchPosted':
        this.#post(event.args.number, event.args.posted, event.args.data);
        break;
      case 'ForcedBatchPosted':
        this.#post(event.args.number, event.args.posted, this.#forced.get(event.args.index));
        break;
      case 'BatchConsolidated': {
        const { number, root } = event.args;
        this.batches[number - 1] = { ...(this.batches[number - 1] ?? this.#unexpected(number)), root };
        break;
      }
      default:
    }
  }

  /** @throws {ChainError} the contract has had other events, or more */
  requireAll(state: Awaited<ReturnType<typeof stateAt>>): void {
    const consolidated = this.batches.filter(({ root }) => root !== null);
    const told = {
      posted: this.batches.length,
      consolidated: consolidated.length,
      root: consolidated.at(-1)?.root ?? 0n,
    };
    if (told.posted === state.posted && told.consolidated === state.consolidated && told.root === state.root) return;
    const describe = ({ posted, consolidated, root }: typeof told): string =>
      `${posted} batches, ${consolidated} consolidated, root 0x${root.toString(16)}`;
    throw new ChainError(
      `the endpoint's events of ${this.contract} are incomplete: they contain ${describe(told)}, but the contract has ${describe(state)}`,
    );
  }

  #post(number: number, posted: PostedBatch['posted'], data: Hash | undefined): void {
    if (number !== this.batches.length + 1 || data === undefined) this.#unexpected(number);
    if (keccak256(data) !== posted.dataHash)
      throw new ChainError(`the endpoint's data of batch ${number} of ${this.contract} differs from what was posted`);
    this.batches.push({
      number,
      posted: { ...posted, prover: getAddress(posted.prover) },
      data,
      writes: decodeBatchData(hexToBytes(data)),
      root: null,
    });
  }

  #unexpected(number: number): never {
    throw new ChainError(
      `expected batch ${this.batches.length + 1} of ${this.contract} next, got an event of batch ${number}`,
    );
  }
}

/**
 * A circuit whose proofs a settlement takes.
 * @see {@link readCircuits}
 */
export interface SettlementCircuit {
  readonly name: CircuitName;
  readonly verificationKey: Hash;
  /** keccak256 of the verification key that the verifier contract has, as it encodes it. */
  readonly keyHash: Hash;
  /** True if one party made the keys, and so could forge proofs, by the verifier contract's word. */
  readonly developmentKeys: boolean;
}

/**
 * The usual circuit, and the one for what that has no room for.
 * @see {@link readCircuits}
 */
export type SettlementCircuits = readonly [SettlementCircuit, SettlementCircuit];

/**
 * A settlement's two circuits, the usual one first.
 * @param options.version of its verifiers; by default the one that batches are posted with now
 * @throws {ChainError} the contract is no settlement, or for circuits that are not known here
 *
 * @example
 * const [usual, deep] = await readCircuits(sender.provider, contract);
 */
export async function readCircuits(
  provider: Provider,
  contract: Address,
  options: { readonly version?: number } = {},
): Promise<SettlementCircuits> {
  const client = clientOf(provider);
  const read = async (address: Address): Promise<SettlementCircuit> => {
    const name = await client.readContract({ address, abi: CHAIN_VERIFIER_ABI, functionName: 'circuit' });
    if (!Object.hasOwn(CATALOGUE, name))
      throw new ChainError(`the settlement at ${contract} uses circuit ${name}, which this version does not have`);
    const verifier = { address, abi: CHAIN_VERIFIER_ABI } as const;
    return {
      name: name as CircuitName,
      verificationKey: await client.readContract({ ...verifier, functionName: 'verificationKey' }),
      keyHash: await client.readContract({ ...verifier, functionName: 'keyHash' }),
      developmentKeys: await client.readContract({ ...verifier, functionName: 'developmentKeys' }),
    };
  };
  return reading(contract, async () => {
    const place = { address: contract, abi: SETTLEMENT_ABI } as const;
    const version = options.version ?? (await client.readContract({ ...place, functionName: 'version' }));
    const [usual, deep] = await client.readContract({ ...place, functionName: 'verifiersOf', args: [version] });
    if (usual === undefined || deep === undefined)
      throw new ChainError(`expected two verifiers of version ${version} at ${contract}, got fewer`);
    return [await read(usual), await read(deep)];
  });
}
