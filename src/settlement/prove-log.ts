import type { Watching } from '../base/tasks/watching.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { CATALOGUE } from '../machine/circuit/catalogue.js';
import type { CircuitSize } from '../machine/circuit/catalogue.js';
import { compileCircuit } from '../machine/circuit/compile.js';
import { bitsPerLevelOf } from '../engine/database.js';
import type { Fr } from '../base/field/fr.js';
import type { ChangedState } from '../state/hashdb/changed-state.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import { planChunks } from '../machine/planner/plan.js';
import { provingKeys } from '../proof/prover/keys.js';
import type { ProvingKeys } from '../proof/prover/keys.js';
import type { ProofQueue } from '../proof/prover/queue.js';
import type { SettlementCircuit, SettlementCircuits } from './chain.js';
import { chunkArgument, verifierKeyHash } from './contracts.js';
import type { Write } from './data.js';
import { ChainError } from './chain-error.js';

/**
 * What it takes to make proofs for a settlement.
 * @see {@link settle}
 */
export interface LogProver extends Watching {
  /** Over the tree of the settlement's circuits. */
  readonly db: HashDb;
  readonly store: ArtifactStore;
  readonly queue: ProofQueue;
  /** A file that keeps the settlement's events, so that each is asked for once. None is kept by default. */
  readonly events?: string | undefined;
}

/**
 * A chunk's proof, and what it ends with, as the contract takes it.
 * @see {@link proveReads}
 */
export type ChunkArgument = ReturnType<typeof chunkArgument>;

/**
 * Proves a log of writes on a state, which stays as it is.
 * @param state the database's, or one that is not committed yet
 * @param what names the log in messages
 * @param x the point of its data: `batchPoint` or `readsPoint`, which depend on its `logHash`
 * @throws {ChainError} the settlement is for another tree, or other keys
 * @throws {ProverError}
 * @throws what the signal was aborted with
 */
export async function proveLog(
  { db, store, queue, onProgress = () => {}, signal }: LogProver,
  state: ChangedState,
  circuits: SettlementCircuits,
  what: string,
  writes: readonly Write[],
  x: Fr,
): Promise<ChunkArgument[]> {
  if (circuits.some(({ name }) => CATALOGUE[name].bitsPerLevel !== bitsPerLevelOf(db))) {
    throw new ChainError(`the settlement uses circuit ${circuits[0].name}, which does not fit the database's tree`);
  }
  const sizes = circuits.map(({ name }): CircuitSize => CATALOGUE[name]) as [CircuitSize, CircuitSize];
  const batch = { accesses: writes, where: (index: number) => `write ${index} of ${what}` };
  const chunks: ChunkArgument[] = [];
  for await (const { trace, size } of planChunks({ reader: state, root: state.root, batch, sizes, x })) {
    const place = sizes.indexOf(size);
    const { name } = circuits[place]!;
    const circuit = await compileCircuit(store, name, { onProgress, signal });
    const keys = await provingKeys(store, circuit, { signal });
    checkKeys(keys, circuits[place]!);
    onProgress(`${what}: proving chunk ${chunks.length + 1}`, 0, 0);
    const { proof } = await queue.prove({ trace, circuit, keys }, { signal });
    chunks.push(chunkArgument(proof, place === 1));
  }
  return chunks;
}

/**
 * The name of a key may be copied from another verifier; the hash that the verifier computed of its own key may not.
 */
function checkKeys(keys: ProvingKeys, { verificationKey, keyHash }: SettlementCircuit): void {
  const { circuit, verificationKeyHash } = keys;
  if (`0x${verificationKeyHash}` !== verificationKey) {
    throw new ChainError(
      `the settlement accepts proofs of circuit ${circuit.name} with the keys ${verificationKey}, but the artifacts have 0x${verificationKeyHash}`,
    );
  }
  const own = verifierKeyHash(keys);
  if (own !== keyHash) {
    throw new ChainError(
      `the verifier of circuit ${circuit.name} claims to have the key ${verificationKey}, but has another one: expected keyHash ${own}, got ${keyHash}`,
    );
  }
}
