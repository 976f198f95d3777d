import { decodeEventLog, hexToBytes } from 'viem';
import type { PublicClient } from 'viem';
import type { Fr } from '../../base/field/fr.js';
import { signingDomain } from '../../rules/common/context.js';
import type { RulesContext } from '../../rules/common/context.js';
import { isRejection } from '../../rules/common/rules.js';
import type { Rules, RulesTypes } from '../../rules/common/rules.js';
import { RecordingView } from '../../rules/common/view.js';
import type { Entry } from '../../state/batch/batch.js';
import { changeOf } from '../../state/hashdb/change.js';
import { HashDb } from '../../state/hashdb/hashdb.js';
import { MemoryDriver } from '../../state/hashdb/memory.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import type { Digest } from '../../state/tree/node.js';
import { poseidonScheme } from '../../state/tree/scheme.js';
import { RULES_SETTLEMENT_ABI } from '../abi.js';
import { reading } from '../asking.js';
import { ChainError } from '../chain-error.js';
import { readChainId } from '../chain.js';
import { clientOf } from '../client.js';
import type { RawEvent, ReadOptions } from '../event-file.js';
import { readEvents } from '../events.js';
import type { EventList } from '../events.js';
import type { Address, Hash } from '../point.js';
import type { Provider } from '../provider.js';
import { followSteps, SyncError } from '../sync.js';
import type { Synced } from '../sync.js';
import { elementsIn } from './point.js';

/**
 * A batch that a contract of rules consolidated.
 * @see {@link readRules}
 */
export interface ConsolidatedBatch {
  readonly number: number;
  readonly timestamp: number;
  readonly prover: Address;
  /** The records' elements, 32 bytes each. */
  readonly records: Hash;
  readonly root: bigint;
}

/**
 * What a contract of rules is, and what it consolidated.
 * @see {@link readRules}
 */
export interface RulesLedger {
  readonly chainId: number;
  readonly contract: Address;
  /** Of the rules. */
  readonly version: number;
  readonly genesis: bigint;
  readonly batches: readonly ConsolidatedBatch[];
}

/**
 * What a contract of rules consolidated, by its events.
 * @throws {ChainError} the endpoint does not answer, or its events are not all there are
 *
 * @example
 * const { batches: proven } = await readRules(openEndpoint('http://127.0.0.1:8545'), contract);
 */
export async function readRules(
  provider: Provider,
  contract: Address,
  options: ReadOptions = {},
): Promise<RulesLedger> {
  const place = { address: contract, abi: RULES_SETTLEMENT_ABI } as const;
  const client = clientOf(provider);
  const chainId = await readChainId(provider);
  const { batches } = await readEvents(provider, contract, () => new Batches(contract), options);
  return reading(contract, async () => ({
    chainId,
    contract,
    batches,
    version: await client.readContract({ ...place, functionName: 'version' }),
    genesis: await client.readContract({ ...place, functionName: 'rootAfter', args: [0] }),
  }));
}

class Batches implements EventList {
  readonly batches: ConsolidatedBatch[] = [];
  constructor(private readonly contract: Address) {}

  add(raw: RawEvent): void {
    const { args } = decodeEventLog({ abi: RULES_SETTLEMENT_ABI, ...raw });
    const { number, timestamp, prover, records, root } = args;
    if (number !== this.batches.length + 1)
      throw new ChainError(
        `expected batch ${this.batches.length + 1} of ${this.contract} next, got an event of batch ${number}`,
      );
    this.batches.push({ number, timestamp, prover, records, root });
  }

  async require(client: PublicClient, blockNumber: bigint): Promise<void> {
    const place = { address: this.contract, abi: RULES_SETTLEMENT_ABI, blockNumber } as const;
    const last = await client.readContract({ ...place, functionName: 'lastConsolidated' });
    const root = await client.readContract({ ...place, functionName: 'consolidatedRoot' });
    const found = this.batches.at(-1);
    if (last === this.batches.length && (found === undefined || found.root === root)) return;
    throw new ChainError(
      `the endpoint's events of ${this.contract} are incomplete: they contain ${this.batches.length} batches, but the contract has ${last}, root 0x${root.toString(16)}`,
    );
  }
}

/**
 * Brings a database to the consolidated root of a contract of rules, from its events alone, as `syncState` does: what
 * each batch's records do must lead to the root that the contract has. A database without a state begins with the
 * rules' genesis.
 * @throws {SyncError} the records give another root than the contract has, or the database never followed this contract
 * @throws {HashDbError} somebody else moves the database meanwhile
 *
 * @example
 * await syncRules(db, PAYMENTS, await readRules(sender.provider, contract));
 */
export async function syncRules<T extends RulesTypes>(
  db: HashDb,
  rules: Rules<T>,
  ledger: RulesLedger,
): Promise<Synced> {
  const current = await db.current();
  if (current.number === 0 && rules.genesis.length > 0)
    await db.commit({ ...(await changeOf(db, current.root, rules.genesis)), origin: 'chain' });
  return followSteps(db, ledger, {
    genesis: ledger.genesis,
    steps: ledger.batches.map((batch) => ({
      root: batch.root,
      writes: (state: HashDb, root: Digest) => writesOf(new WorkingState(state, root), rules, ledger, batch),
    })),
  });
}

/** The root of the rules' genesis: what a contract of them begins with. */
export async function genesisRootOf<T extends RulesTypes>({ genesis }: Rules<T>): Promise<bigint> {
  if (genesis.length === 0) return 0n;
  await using empty = await HashDb.open(new MemoryDriver(), poseidonScheme(2), { createIfMissing: true });
  return (await changeOf(empty, 0n, genesis)).root;
}

async function writesOf<T extends RulesTypes>(
  state: WorkingState,
  rules: Rules<T>,
  { chainId, contract, version }: RulesLedger,
  batch: ConsolidatedBatch,
): Promise<readonly Entry[]> {
  const context: RulesContext = {
    domain: signingDomain({ chainId: BigInt(chainId), contract: BigInt(contract), version }),
    batchNumber: BigInt(batch.number),
    timestamp: BigInt(batch.timestamp),
    feeRecipient: BigInt(batch.prover),
  };
  const view = new RecordingView(state);
  let carry = 0n;
  try {
    for (const record of recordsOf(rules, batch)) ({ carry } = await rules.replay(view, record, { context, carry }));
  } catch (cause) {
    if (!isRejection(cause)) throw cause;
    throw new SyncError(`batch ${batch.number} is consolidated, but the state before it does not permit it`, { cause });
  }
  return view.log.filter(({ op }) => op === 'write');
}

/**
 * The records of a batch. The contract does not know how many elements a record has: it is the number at which all of
 * them are records.
 * @throws {SyncError} there is none: the batch is of other rules
 */
export function recordsOf<T extends RulesTypes>(rules: Rules<T>, batch: ConsolidatedBatch): T['record'][] {
  const elements = elementsIn(hexToBytes(batch.records));
  for (let width = 1; width <= elements.length; width++) {
    const records = elements.length % width === 0 ? recordsBy(rules, elements, width) : null;
    if (records !== null) return records;
  }
  throw new SyncError(`batch ${batch.number}: expected records of the rules ${rules.name}, got others`);
}

function recordsBy<T extends RulesTypes>(
  rules: Rules<T>,
  elements: readonly Fr[],
  width: number,
): T['record'][] | null {
  try {
    return Array.from({ length: elements.length / width }, (_, i) =>
      rules.recordFrom(elements.slice(width * i, width * (i + 1))),
    );
  } catch {
    return null;
  }
}
