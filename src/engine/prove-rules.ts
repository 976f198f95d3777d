import { ZERO, toFr } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import type { Watching } from '../base/tasks/watching.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { compileCircuit, compileRulesCircuit } from '../machine/circuit/compile.js';
import type { RulesCircuit } from '../machine/circuit/rules-catalogue.js';
import { CapacityError } from '../machine/witness/layout.js';
import { provingKeys } from '../proof/prover/keys.js';
import type { ProvingKeys, VerifyingKeys } from '../proof/prover/keys.js';
import { ROOTSHIFT, SNARKJS } from '../proof/prover/program.js';
import { LocalQueue } from '../proof/prover/queue.js';
import type { ProofQueue, RulesJob } from '../proof/prover/queue.js';
import { formatRulesProof, parseRulesProof } from '../proof/prover/rules-proof-file.js';
import type { RulesChunkProof, RulesProof } from '../proof/prover/rules-proof-file.js';
import { verifyRulesProof } from '../proof/verifier/verify-rules.js';
import { contextHash, signingDomain } from '../rules/common/context.js';
import type { Deployment, RulesContext } from '../rules/common/context.js';
import { BATCH_START, rulesPublics } from '../rules/common/publics.js';
import type { RulesStart } from '../rules/common/publics.js';
import { transactionsHash } from '../rules/common/records.js';
import { executeAll } from '../rules/common/rules.js';
import type { ExecutedBatch, Rules, RulesTypes } from '../rules/common/rules.js';
import { RecordingView } from '../rules/common/view.js';
import type { Access } from '../state/batch/access.js';
import { makeBatch } from '../state/batch/batch.js';
import type { Batch } from '../state/batch/batch.js';
import { treeKeys } from '../state/batch/encoding.js';
import { logHash } from '../state/batch/log.js';
import { valuesAt } from '../state/hashdb/reader.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import { readPaths } from '../state/tree/read.js';
import { openIfThere } from './database.js';
import type { OpenDb } from './database.js';
import { FinishedProofs } from './finished-proofs.js';
import { proveBatch } from './prove-batch.js';
import { startingState } from './starting-state.js';
import type { StartingState } from './starting-state.js';

/**
 * What a verifier's point is a hash of, beside what it knows itself.
 * @see {@link proveRules}
 */
export interface PointOf {
  /** Of the whole batch. */
  readonly logHash: Fr;
  readonly txHash: Fr;
  /** The batch's records as they are posted. */
  readonly posted: Uint8Array;
}

/**
 * A batch of instructions to prove, on which state, and with what resources.
 * @see {@link proveRules}
 */
export interface ProveRulesOptions<T extends RulesTypes> extends Watching {
  /** As for `proveBatch`. A database without a state begins with the rules' genesis. */
  readonly openDb: OpenDb;
  readonly rules: Rules<T>;
  readonly instructions: readonly T['instruction'][];
  readonly deployment: Deployment;
  readonly context: Omit<RulesContext, 'domain'>;
  /**
   * The name of the only circuit of rules; by default the largest for what fills it, and the smallest that holds the
   * rest.
   */
  readonly rulesCircuit?: string;
  /** The only storage circuit, as for `proveBatch`. */
  readonly circuit?: CircuitName;
  readonly store: ArtifactStore;
  /** The verifier's point `x`; by default 0, for a verifier who has the records themselves. */
  readonly point?: (batch: PointOf) => Fr;
  /** Saves the proof; the new root, whose number in the history it is told, becomes current only after that. */
  readonly save?: (proof: RulesProof, number: number) => Promise<void>;
  /**
   * The directory that keeps the proofs of chunks until all are done, as for `proveBatch`: the same batch continues
   * after an interruption.
   */
  readonly unfinished?: string;
  /** Makes the proofs; by default this process. It is closed at the end. */
  readonly queue?: ProofQueue;
}

/**
 * A batch that was proven and became the current state.
 * @see {@link proveRules}
 */
export interface ProvenRulesBatch<T extends RulesTypes> {
  readonly proof: RulesProof;
  readonly receipts: readonly T['receipt'][];
  /** The new root's place in the history. */
  readonly record: RootRecord;
  /** Of all circuits that were used, those of rules first: what `verifyRulesProof` takes. */
  readonly keys: readonly VerifyingKeys[];
}

/** A batch of rules that cannot be proven as it is: empty, or with something handed on at its end. */
export class RulesBatchError extends Error {
  override readonly name = 'RulesBatchError';
}

/**
 * Executes instructions on the current state, proves them by two chains, one of rules and one of storage, verifies
 * both, and only then makes the new root current.
 * @throws {RulesBatchError} there are no instructions, or fees that none of them collects
 * @throws {InstructionError} an instruction is not permitted
 * @throws {ContextError} the fee recipient is 0
 * @throws what `proveBatch` throws
 *
 * @example
 * const context = { batchNumber: 1n, timestamp: 1_800_000_000n, feeRecipient: 0xfeen };
 * const batch = { instructions, deployment, context };
 * const openDb: OpenDb = (options) => openDatabase('payments', options);
 * const { proof: made } = await proveRules({ rules: PAYMENTS, ...batch, openDb, store });
 * formatRulesProof(made);
 */
export async function proveRules<T extends RulesTypes>(options: ProveRulesOptions<T>): Promise<ProvenRulesBatch<T>> {
  const { rules, deployment, context, store, openDb, circuit, point, save, unfinished } = options;
  const { queue = new LocalQueue({ programs: [ROOTSHIFT, SNARKJS] }), onProgress, signal } = options;
  const watching = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  try {
    const executed = await executeInstructions(options);
    const {
      executed: { rows, receipts },
      log,
      batch,
    } = executed;
    const records = rows.map((row) => rules.recordOf(row));
    const x = point === undefined ? ZERO : point(pointOf(rules, records, log));
    const chain = await proveChain(options, executed, x, queue);
    const keys: VerifyingKeys[] = [...chain.keys];
    let made: RulesProof | null = null;
    const { record } = await proveBatch({
      openDb,
      batch,
      store,
      x,
      queue,
      ...(circuit && { circuit }),
      ...(unfinished !== undefined && { unfinished: () => unfinished }),
      ...watching,
      save: async ({ chunks }, number) => {
        keys.push(...(await storageKeys(store, new Set(chunks.map((chunk) => chunk.circuit.name)))));
        made = await verified(
          { rules: rules.name, deployment, context, rulesChunks: chain.chunks, storageChunks: chunks },
          options,
          keys,
        );
        await save?.(made, number);
      },
    });
    return { proof: made!, receipts, record, keys };
  } finally {
    await queue.close();
  }
}

/** Instructions as they were executed, on the state that there is. */
export interface ExecutedInstructions<T extends RulesTypes> {
  readonly executed: ExecutedBatch<T>;
  readonly log: readonly Access[];
  /** The same accesses as a batch, a transaction for each instruction; on the genesis if there is no state yet. */
  readonly batch: Batch;
}

/** What instructions do to the state that there is: nothing is proven, and nothing written. */
export async function executeInstructions<T extends RulesTypes>({
  openDb,
  rules,
  instructions,
  deployment,
  context,
}: Pick<ProveRulesOptions<T>, 'openDb' | 'rules' | 'instructions' | 'deployment' | 'context'>): Promise<
  ExecutedInstructions<T>
> {
  if (instructions.length === 0) throw new RulesBatchError('expected at least one instruction to prove, got none');
  const db = await openIfThere(openDb);
  try {
    const isNew = db === null || (await db.current()).number === 0;
    const view = viewOf(await startingState(db, { prestate: isNew ? rules.genesis : [] }));
    const executed = await executeAll(view, rules, instructions, { ...context, domain: signingDomain(deployment) });
    const left = executed.carries.at(-1)!;
    if (left !== 0n) throw new RulesBatchError(`expected a batch that hands nothing on, ${left} is left at its end`);
    const { accessesPerRow: each, genesis } = rules;
    const transactions = executed.rows.map((_, i) =>
      view.log.slice(each * i, each * (i + 1)).map((access) => ({ access, where: `instruction ${i}` })),
    );
    return { executed, log: view.log, batch: makeBatch(transactions, isNew ? genesis : []) };
  } finally {
    await db?.close();
  }
}

const viewOf = ({ reader, root }: StartingState): RecordingView =>
  new RecordingView({
    getMany: async (entries) => {
      const keys = await treeKeys(entries);
      return valuesAt(reader, keys, await readPaths(reader, reader.scheme, root, keys));
    },
  });

const pointOf = <T extends RulesTypes>(
  rules: Rules<T>,
  records: readonly T['record'][],
  log: readonly Access[],
): PointOf => ({
  logHash: logHash(log),
  txHash: transactionsHash(records.map((record) => rules.elements(record))),
  posted: rules.post(records),
});

/** The chain of rules proofs, and the keys that it was made with. */
async function proveChain<T extends RulesTypes>(
  { rules, deployment, context, store, rulesCircuit, unfinished, onProgress, signal }: ProveRulesOptions<T>,
  { executed: { rows, carries }, log }: ExecutedInstructions<T>,
  x: Fr,
  queue: ProofQueue,
): Promise<{ readonly chunks: readonly RulesChunkProof[]; readonly keys: readonly ProvingKeys[] }> {
  const { accessesPerRow } = rules;
  const hash = contextHash({ ...context, domain: signingDomain(deployment) });
  const keys = new Map<string, ProvingKeys>();
  const finished = unfinished === undefined ? null : new FinishedProofs(unfinished);
  const proofOf = async (job: RulesJob): Promise<RulesChunkProof> => {
    const found = await finished?.findRules(job);
    if (found) return found;
    const { proof } = await queue.proveRules(job, { onProgress, signal });
    await finished?.keepRules(job, proof);
    return proof;
  };
  const proofs: Promise<RulesChunkProof>[] = [];
  let start: RulesStart = BATCH_START;
  let first = 0;
  for (const size of circuitsFor(rules, rows.length, rulesCircuit)) {
    const circuit = await compileRulesCircuit(store, size, {
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
    const own = keys.get(size.name) ?? (await provingKeys(store, circuit, { ...(signal && { signal }) }));
    keys.set(size.name, own);
    const end = Math.min(rows.length, first + circuit.size.rows);
    const some = rows.slice(first, end);
    const records = some.map((row) => rules.elements(rules.recordOf(row)));
    const accesses = log.slice(accessesPerRow * first, accessesPerRow * end);
    const publics = rulesPublics({ start, accesses, records, carryOut: toFr(carries[end - 1]!), x, context: hash });
    const inputs = rules.inputs({ rows: some, publics, deployment, context }, circuit.size);
    const proof = proofOf({ circuit, keys: own, publics, inputs, records });
    // Whoever waits for it below is told.
    proof.catch(() => {});
    proofs.push(proof);
    // While a prover works on one chunk, the witness of the next is made.
    await proofs.at(-queue.ahead);
    const { logHash: logHashIn, txHash: txHashIn, dataOut: dataIn, carryOut: carryIn } = publics;
    start = { logHashIn, txHashIn, dataIn, carryIn };
    first = end;
  }
  return { chunks: await Promise.all(proofs), keys: [...keys.values()] };
}

/**
 * The circuits of a batch's chunks, in order: the largest for as many chunks as it fills, and the smallest that holds
 * what is left.
 * @throws {CapacityError} there are no circuits of these rules
 */
export function circuitsFor<T extends RulesTypes>(
  { name: rules, circuits }: Rules<T>,
  rows: number,
  only: string | undefined,
): RulesCircuit[] {
  const known = circuits.filter(({ name }) => (only ?? name) === name).sort((a, b) => a.rows - b.rows);
  const largest = known.at(-1);
  if (largest === undefined) {
    const which =
      only === undefined ? 'a circuit' : `one of the circuits ${circuits.map(({ name }) => name).join(', ')}`;
    throw new CapacityError(`expected ${which} of the rules ${rules}, got ${only ?? 'none'}`);
  }
  const chosen: RulesCircuit[] = [];
  for (let left = rows; left > 0; left -= chosen.at(-1)!.rows) {
    chosen.push(known.find((one) => one.rows >= left) ?? largest);
  }
  return chosen;
}

const storageKeys = (store: ArtifactStore, names: ReadonlySet<CircuitName>): Promise<ProvingKeys[]> =>
  Promise.all([...names].map(async (name) => provingKeys(store, await compileCircuit(store, name))));

/** The proof as read back from its file, verified as a reader verifies it. */
async function verified<T extends RulesTypes>(
  made: RulesProof,
  { rules }: ProveRulesOptions<T>,
  keys: readonly VerifyingKeys[],
): Promise<RulesProof> {
  const proof = parseRulesProof(formatRulesProof(made));
  const acceptedRoots = [made.storageChunks[0]!.publicSignals.oldRoot];
  const verdict = await verifyRulesProof({ proof, rules, keys, acceptedRoots });
  if (!verdict.valid) throw new Error(`the proof was valid, but not after it was written to a file: ${verdict.reason}`);
  return proof;
}
