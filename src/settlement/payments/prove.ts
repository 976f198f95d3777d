import { rm } from 'node:fs/promises';
import { encodeFunctionData } from 'viem';
import type { ArtifactStore } from '../../machine/circuit/artifacts.js';
import { compileCircuit } from '../../machine/circuit/compile.js';
import { RULES_CATALOGUE } from '../../machine/circuit/rules-catalogue.js';
import type { AnyCircuitName } from '../../machine/circuit/rules-catalogue.js';
import { proveRules } from '../../engine/prove-rules.js';
import type { OpenDb } from '../../engine/database.js';
import { provingKeys } from '../../proof/prover/keys.js';
import type { LocalQueue } from '../../proof/prover/queue.js';
import type { RulesProof } from '../../proof/prover/rules-proof-file.js';
import type { RulesContext } from '../../rules/common/context.js';
import { executeOn } from '../../rules/common/rules.js';
import { RecordingView } from '../../rules/common/view.js';
import { accountEntry, accountOf } from '../../rules/payments/account.js';
import type { PaymentInstruction, SignedPayment } from '../../rules/payments/operation.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import { ChainError } from '../chain-error.js';
import { chunkArgument, rulesChunkArgument } from '../contracts.js';
import type { Address, Hash } from '../point.js';
import { placeOf } from '../post.js';
import { mayProve } from '../roles.js';
import { requireGoing } from '../stops.js';
import { PAYMENTS_ABI } from '../abi.js';
import type { PaymentsOptions } from './ask.js';
import { readPaymentsCircuits, requireKey } from './circuits.js';
import type { PaymentsCircuits } from './circuits.js';
import { syncPayments } from './follow.js';
import { KeptProof } from './kept-proof.js';
import { KeptPayments } from './kept.js';
import { readPayments } from './ledger.js';
import type { PaymentsLedger, PostedPaymentsBatch, PostedPaymentsFields } from './ledger.js';
import { paymentsPoint } from './point.js';
import { postPayments } from './post.js';

/**
 * What it takes to move a payments contract on: the state, which follows the consolidated root, signatures, a prover.
 * @see {@link settlePayments}
 */
export interface SettlePaymentsOptions extends PaymentsOptions {
  /** A database without a state begins with `GENESIS`; the tree is quad. */
  readonly openDb: OpenDb;
  readonly store: ArtifactStore;
  /** Makes the provers of a batch; it is closed after each. */
  readonly newQueue: () => LocalQueue;
  /** The file that keeps signed payments until they are proven: the signatures are not posted. */
  readonly signatures: string;
  /** The directory that keeps proofs until the contract has accepted them, so that nothing is proven twice. */
  readonly unfinished: string;
  /** A file that keeps the contract's events, so that each is asked for once. None is kept by default. */
  readonly events?: string | undefined;
  /** Who gets the payments' fees; by default the sender. */
  readonly feeRecipient?: Address | undefined;
}

/**
 * What was settled, and where that leaves the contract.
 * @see {@link settlePayments}
 */
export interface SettledPayments {
  /** Numbers of the batches with the payments and operations, also if they were posted before a kill. */
  readonly posted: readonly number[];
  /** Each batch that was proven now, and in words what was proven. */
  readonly proven: readonly { readonly number: number; readonly what: string }[];
  /** Batches that are posted and left for another prover, who has time yet. */
  readonly waiting: number;
  readonly root: bigint;
}

/**
 * Posts the queue's operations that wait, and signed payments; then proves what is posted and not yet consolidated, as
 * far as the sender may. Killed at any moment, the same call goes on where it was.
 * @throws {InstructionError} a payment is not permitted; nothing is posted
 * @throws {ChainError} among others, a signature of a posted payment is not here: whoever posted it has it
 * @throws {SyncError | ProverError}
 * @throws what the signal was aborted with; the sender has one of its own
 *
 * @example
 * const files = { signatures: 'payments.txt', unfinished: 'unfinished', events: 'events.jsonl' };
 * const newQueue = () => new LocalQueue({ programs: [ROOTSHIFT] });
 * const openDb: OpenDb = (options) => openDatabase('payments', options);
 * await settlePayments({ sender, contract, openDb, store, newQueue, ...files }, [payment]);
 */
export async function settlePayments(
  options: SettlePaymentsOptions,
  payments: readonly SignedPayment[],
): Promise<SettledPayments> {
  const { sender, contract, openDb, signal } = options;
  signal?.throwIfAborted();
  await sender.resume();
  const kept = await KeptPayments.open(options.signatures);
  const withDb = async <T>(work: (db: Awaited<ReturnType<OpenDb>>, ledger: PaymentsLedger) => Promise<T>) => {
    await using db = await openDb({ createIfMissing: true, bitsPerLevel: 2 });
    const ledger = await readPayments(sender.provider, contract, options);
    await syncPayments(db, ledger);
    return await work(db, ledger);
  };
  const feeRecipient = options.feeRecipient ?? sender.address;
  const posted = await withDb((db, ledger) => postPayments({ ...options, db, kept, feeRecipient }, ledger, payments));
  const proven: { number: number; what: string }[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const { next, waiting, root } = await withDb(async (db, ledger) => {
      const unproven = ledger.batches.filter((batch) => batch.root === null);
      const [first] = unproven;
      const isMine = first !== undefined && (await mayProve(sender.provider, contract, sender.address, first));
      const { root } = await db.current();
      const next = isMine
        ? { batch: first, instructions: await instructionsOf(new WorkingState(db, root), first, kept) }
        : null;
      return { next, waiting: unproven.length, root };
    });
    if (next === null) {
      // Nothing is left that a kept proof could be of.
      await rm(options.unfinished, { recursive: true, force: true });
      await sender.journal.setPosting(await placeOf(sender, contract), null);
      return { posted, proven, waiting, root };
    }
    await requireGoing(sender.provider, contract, 'proving');
    await consolidate(options, next.batch, next.instructions);
    proven.push({ number: next.batch.number, what: PAYMENTS.describe(next.batch.records) });
  }
}

/**
 * A posted batch as instructions: its payments with their signatures.
 * @throws {ChainError} a signature is not kept here, or the batch can be proven by nobody
 */
async function instructionsOf(
  state: WorkingState,
  { number, records, queue, context }: PostedPaymentsBatch,
  kept: KeptPayments,
): Promise<PaymentInstruction[]> {
  const view = new RecordingView(state);
  const instructions: PaymentInstruction[] = [];
  const operations = [...queue];
  let carry = 0n;
  for (const [index, record] of records.entries()) {
    const instruction = await (async (): Promise<PaymentInstruction> => {
      if (record.kind === 'collect') return { kind: 'collect' };
      if (record.kind !== 'transfer' && record.kind !== 'withdraw') return operations.shift()!;
      const { nonce } = accountOf(await view.peek(accountEntry(record.account)));
      const signed = kept.find(record, nonce);
      if (signed !== undefined) return signed;
      throw new ChainError(
        `batch ${number}, record ${index}: expected the signature of its ${record.kind} with nonce ${nonce}, found none here: who posted the batch has it`,
      );
    })();
    instructions.push(instruction);
    ({ carry } = await executeOn(view, PAYMENTS, instruction, { context, carry }));
  }
  return instructions;
}

/** Proves a batch on the state before it, and sends the proofs. */
async function consolidate(
  options: SettlePaymentsOptions,
  { number, posted, data, context }: PostedPaymentsBatch,
  instructions: readonly PaymentInstruction[],
): Promise<void> {
  const { sender, contract, onProgress = () => {} } = options;
  const chunks = await proveBatch(options, number, posted, context, instructions);
  const { logHash, txHash } = chunks.rulesChunks.at(-1)!;
  const isEvaluated =
    posted.prover.toLowerCase() === sender.address.toLowerCase() &&
    posted.logHash === logHash &&
    posted.txHash === txHash;
  const sent = { data: isEvaluated ? ('0x' as Hash) : data, ...chunks };
  onProgress(`consolidating batch ${number}`, 0, 0);
  const args = [number, posted, sent] as const;
  const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'verifyBatch', args });
  await sender.send(`consolidate batch ${number} of payments`, contract, call);
}

/** Both chains of proofs of a batch, for this sender to send, as the contract takes them. */
export async function proveBatch(
  options: SettlePaymentsOptions,
  number: number,
  posted: Pick<PostedPaymentsFields, 'version' | 'dataHash' | 'itemsHash' | 'context'>,
  context: RulesContext,
  instructions: readonly PaymentInstruction[],
): Promise<ReturnType<typeof chunkArguments>> {
  const { sender, contract, openDb, store, onProgress = () => {}, signal } = options;
  const chainId = await sender.chainId();
  const circuits = await readPaymentsCircuits(sender.provider, contract, posted.version);
  await requireKeys(options, circuits);
  onProgress(`batch ${number}: proving`, 0, 0);
  const kept = new KeptProof(options.unfinished, number, posted.dataHash);
  // The contract takes proofs of these circuits alone, and numbers its verifiers.
  const own = circuits.rules.map(({ name }) => RULES_CATALOGUE[name]);
  const rules = { ...PAYMENTS, version: posted.version, circuits: own };
  const point = ({ logHash, txHash }: { readonly logHash: bigint; readonly txHash: bigint }) =>
    paymentsPoint({ ...posted, chainId, contract, number, prover: sender.address, logHash, txHash });
  const names = [...circuits.storage, ...circuits.rules].map(({ name }) => name);
  const root = await currentRoot(openDb);
  const found = await kept.find(store, { rules, root, circuits: names, point });
  if (found !== null) return chunkArguments(found, circuits);
  const { proof } = await proveRules({
    openDb,
    rules,
    instructions,
    deployment: { chainId: BigInt(chainId), contract: BigInt(contract), version: posted.version },
    context,
    circuit: circuits.storage[0].name,
    store,
    queue: options.newQueue(),
    unfinished: kept.chunks,
    save: (made) => kept.keep(made),
    point,
    onProgress,
    ...(signal && { signal }),
  });
  return chunkArguments(proof, circuits);
}

async function currentRoot(openDb: OpenDb): Promise<bigint> {
  await using db = await openDb({ createIfMissing: true, bitsPerLevel: 2 });
  return (await db.current()).root;
}

/** Both chains as the contract takes them. */
const chunkArguments = ({ storageChunks, rulesChunks }: RulesProof, { storage, rules }: PaymentsCircuits) => ({
  chunks: storageChunks.map((chunk) => chunkArgument(chunk, chunk.circuit.name !== storage[0].name)),
  rulesChunks: rulesChunks.map((chunk) => rulesChunkArgument(chunk, chunk.circuit.name !== rules[0].name)),
});

/** Checks, before anything is proven, that the verifiers have the keys of the artifacts. */
async function requireKeys(
  { store, onProgress = () => {}, signal }: SettlePaymentsOptions,
  { storage: [usual], rules }: PaymentsCircuits,
): Promise<void> {
  // The deep circuit's key, which takes a minute to make, is compared when it is used.
  const used: ReadonlyMap<AnyCircuitName, PaymentsCircuits['rules'][number] | typeof usual> = new Map(
    [usual, ...rules].map((circuit) => [circuit.name, circuit]),
  );
  for (const [name, circuit] of used) {
    const compiled = await compileCircuit(store, name, { onProgress, signal });
    requireKey(circuit, await provingKeys(store, compiled, { signal }));
  }
}
