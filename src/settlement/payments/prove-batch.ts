import type { OpenDb } from '../../engine/database.js';
import { proveRules } from '../../engine/prove-rules.js';
import type { ArtifactStore } from '../../machine/circuit/artifacts.js';
import { compileCircuit } from '../../machine/circuit/compile.js';
import { RULES_CATALOGUE } from '../../machine/circuit/rules-catalogue.js';
import type { AnyCircuitName } from '../../machine/circuit/rules-catalogue.js';
import { provingKeys } from '../../proof/prover/keys.js';
import type { LocalQueue } from '../../proof/prover/queue.js';
import type { RulesProof } from '../../proof/prover/rules-proof-file.js';
import type { RulesContext } from '../../rules/common/context.js';
import type { PaymentInstruction } from '../../rules/payments/operation.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import { chunkArgument, rulesChunkArgument } from '../contracts.js';
import type { Address } from '../point.js';
import type { PaymentsOptions } from './ask.js';
import { readPaymentsCircuits, requireKey } from './circuits.js';
import type { PaymentsCircuits } from './circuits.js';
import { KeptProof } from './kept-proof.js';
import type { PostedPaymentsFields } from './ledger.js';
import { paymentsPoint } from './point.js';

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
export const chunkArguments = ({ storageChunks, rulesChunks }: RulesProof, { storage, rules }: PaymentsCircuits) => ({
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
