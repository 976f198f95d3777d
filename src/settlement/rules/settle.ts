import { encodeFunctionData, keccak256, stringToHex } from 'viem';
import type { ArtifactStore } from '../../machine/circuit/artifacts.js';
import { isStorageCircuit } from '../../machine/circuit/catalogue.js';
import { compileCircuit, compileRulesCircuit } from '../../machine/circuit/compile.js';
import type { RulesCircuit } from '../../machine/circuit/rules-catalogue.js';
import type { OpenDb } from '../../engine/database.js';
import { executeInstructions, proveRules } from '../../engine/prove-rules.js';
import { provingKeys } from '../../proof/prover/keys.js';
import type { ProofQueue } from '../../proof/prover/queue.js';
import { contextHash, signingDomain } from '../../rules/common/context.js';
import type { Rules, RulesTypes } from '../../rules/common/rules.js';
import type { Watching } from '../../base/tasks/watching.js';
import { CHAIN_VERIFIER_ABI, RULES_SETTLEMENT_ABI } from '../abi.js';
import { reading } from '../asking.js';
import { ChainError } from '../chain-error.js';
import { clientOf } from '../client.js';
import { chunkArgument, rulesChunkArgument } from '../contracts.js';
import { requireKey } from '../payments/circuits.js';
import type { Address, Hash } from '../point.js';
import { placeOf } from '../post.js';
import type { Provider } from '../provider.js';
import type { Sender } from '../sender.js';
import { readRules, recordsOf, syncRules } from './follow.js';
import type { ConsolidatedBatch, RulesLedger } from './follow.js';
import { recordsData, rulesPoint } from './point.js';

/**
 * What it takes to move a contract of rules on.
 * @see {@link settleRules}
 */
export interface SettleRulesOptions<T extends RulesTypes> extends Watching {
  readonly sender: Sender;
  readonly contract: Address;
  readonly rules: Rules<T>;
  /** Follows the consolidated root; a database without a state begins with the rules' genesis. The tree is quad. */
  readonly openDb: OpenDb;
  readonly store: ArtifactStore;
  /** Makes the proofs; it is closed at the end. */
  readonly queue: ProofQueue;
  /** A file that keeps the contract's events. None is kept by default. */
  readonly events?: string | undefined;
}

/**
 * A batch that was settled.
 * @see {@link settleRules}
 */
export interface SettledRules {
  readonly number: number;
  /** In words, what was proven. */
  readonly what: string;
  readonly root: bigint;
}

/**
 * Executes instructions on the consolidated state, proves them, and has the contract move its root over them, in one
 * transaction. If an earlier process sent the very same batch and ended before it could tell, it is not sent again.
 * @throws {InstructionError} an instruction is not permitted; nothing is proven or sent
 * @throws {ChainError} among others, the contract's verifiers have other keys than the artifacts, or another batch came
 * first
 * @throws {SyncError | ProverError}
 * @throws what the signal was aborted with; the sender has one of its own
 *
 * @example
 * const openDb: OpenDb = (options) => openDatabase('state', options);
 * const local = new LocalQueue({ programs: [ROOTSHIFT] });
 * await settleRules({ sender, contract, rules: PAYMENTS, openDb, store, queue: local }, [payment]);
 */
export async function settleRules<T extends RulesTypes>(
  options: SettleRulesOptions<T>,
  instructions: readonly T['instruction'][],
): Promise<SettledRules> {
  const { sender, contract, rules, openDb, queue, signal } = options;
  try {
    signal?.throwIfAborted();
    await sender.resume();
    const place = await placeOf(sender, contract);
    const ledger = await readRules(sender.provider, contract, options);
    if (ledger.version !== rules.version)
      throw new ChainError(
        `expected a contract of version ${rules.version} of ${rules.name}, ${contract} is of version ${ledger.version}`,
      );
    const db = await openDb({ createIfMissing: true, bitsPerLevel: 2 });
    try {
      await syncRules(db, rules, ledger);
    } finally {
      await db.close();
    }
    const name = nameOf(instructions);
    const sent = sender.journal.posting(place);
    const found = sent?.dataHashes[0] === name ? ledger.batches[sent.first - 1] : undefined;
    const isSent =
      found !== undefined &&
      found.prover.toLowerCase() === sender.address.toLowerCase() &&
      keccak256(found.records) === sent?.dataHashes[1];
    const settled = isSent ? settledAs(rules, found) : await proveAndSend(options, ledger, instructions, name);
    // The last step: whoever begins before it finds what was sent, and whoever begins after it sends once more.
    await sender.journal.setPosting(place, null);
    return settled;
  } finally {
    await queue.close();
  }
}

/** What tells a list of instructions from others. */
const nameOf = (instructions: readonly unknown[]): Hash =>
  keccak256(
    stringToHex(
      JSON.stringify(instructions, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ),
  );

const settledAs = <T extends RulesTypes>(rules: Rules<T>, batch: ConsolidatedBatch): SettledRules => ({
  number: batch.number,
  what: rules.describe(recordsOf(rules, batch)),
  root: batch.root,
});

async function proveAndSend<T extends RulesTypes>(
  { sender, contract, rules, openDb, store, queue, onProgress = () => {}, signal }: SettleRulesOptions<T>,
  ledger: RulesLedger,
  instructions: readonly T['instruction'][],
  name: Hash,
): Promise<SettledRules> {
  const { chainId, version } = ledger;
  const number = ledger.batches.length + 1;
  const { timestamp } = await reading(contract, () => clientOf(sender.provider).getBlock());
  const context = { batchNumber: BigInt(number), timestamp, feeRecipient: BigInt(sender.address) };
  const deployment = { chainId: BigInt(chainId), contract: BigInt(contract), version };
  const batch = { openDb, rules, instructions, deployment, context };
  const { executed } = await executeInstructions(batch);
  const rows = executed.rows.map((row) => rules.recordOf(row));
  const records = recordsData(rows.map((record) => rules.elements(record)));
  const circuits = await requireKeys({ provider: sender.provider, contract, rules, store, onProgress, signal });
  const hash = contextHash({ ...context, domain: signingDomain(deployment) });
  const { proof } = await proveRules({
    ...batch,
    // The contract takes proofs of these circuits alone.
    rules: { ...rules, circuits: circuits.rules },
    circuit: circuits.storage,
    store,
    queue,
    point: ({ logHash, txHash }) =>
      rulesPoint({
        chainId,
        contract,
        number,
        prover: sender.address,
        recordsHash: keccak256(records),
        logHash,
        txHash,
        context: hash,
      }),
    onProgress,
    ...(signal && { signal }),
  });
  const { storageChunks, rulesChunks } = proof;
  const chunks = storageChunks.map((chunk) => chunkArgument(chunk, chunk.circuit.name !== circuits.storage));
  const small = rulesChunks.map((chunk) => rulesChunkArgument(chunk, chunk.circuit.name !== circuits.large));
  const args = [number, Number(timestamp), records, chunks, small] as const;
  const call = encodeFunctionData({ abi: RULES_SETTLEMENT_ABI, functionName: 'consolidate', args });
  const place = await placeOf(sender, contract);
  await sender.journal.setPosting(place, { first: number, dataHashes: [name, keccak256(records)] });
  onProgress(`consolidating batch ${number}`, 0, 0);
  await sender.send(`consolidate batch ${number} of ${rules.name}`, contract, call);
  return { number, what: rules.describe(rows), root: storageChunks.at(-1)!.publicSignals.newRoot };
}

/** The circuits whose proofs the contract takes, once its verifiers are found to have the keys of the artifacts. */
async function requireKeys<T extends RulesTypes>({
  provider,
  contract,
  rules,
  store,
  onProgress,
  signal,
}: Watching & Pick<SettleRulesOptions<T>, 'contract' | 'rules' | 'store'> & { readonly provider: Provider }) {
  const client = clientOf(provider);
  const place = { address: contract, abi: RULES_SETTLEMENT_ABI } as const;
  const read = (functionName: 'usual' | 'deep' | 'large' | 'small') =>
    reading(contract, async () => {
      const address = await client.readContract({ ...place, functionName });
      const verifier = { address, abi: CHAIN_VERIFIER_ABI } as const;
      const name = await client.readContract({ ...verifier, functionName: 'circuit' });
      return { name, keyHash: await client.readContract({ ...verifier, functionName: 'keyHash' }) };
    });
  const watching = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  const usual = await read('usual');
  if (!isStorageCircuit(usual.name)) throw unknown(contract, usual.name);
  requireKey(usual, await provingKeys(store, await compileCircuit(store, usual.name, watching), watching));
  const circuits: RulesCircuit[] = [];
  for (const which of ['large', 'small'] as const) {
    const verifier = await read(which);
    const own = rules.circuits.find(({ name }) => name === verifier.name) ?? null;
    if (own === null) throw unknown(contract, verifier.name);
    requireKey(verifier, await provingKeys(store, await compileRulesCircuit(store, own, watching), watching));
    if (!circuits.includes(own)) circuits.push(own);
  }
  return { storage: usual.name, rules: circuits, large: circuits[0]!.name };
}

const unknown = (contract: Address, name: string): ChainError =>
  new ChainError(`the contract at ${contract} uses circuit ${name}, which is not known here`);
