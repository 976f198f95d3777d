import type { Access } from '../state/batch/access.js';
import { entryId, treeKeys } from '../state/batch/encoding.js';
import { CATALOGUE } from '../machine/circuit/catalogue.js';
import type { CircuitSize } from '../machine/circuit/catalogue.js';
import { execute, StateMismatchError } from '../machine/executor/executor.js';
import { frToHex } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import type { Uint256 } from '../base/field/limbs.js';
import { ChangedState } from '../state/hashdb/changed-state.js';
import type { StateReader } from '../state/hashdb/reader.js';
import { utilisation } from '../machine/planner/utilisation.js';
import type { Utilisation } from '../machine/planner/utilisation.js';
import type { KeysManifest } from '../proof/prover/key-manifest.js';
import type { ChunkProof, ProofFile } from '../proof/prover/proof-file.js';
import { CapacityError } from '../machine/witness/layout.js';
import { tablesOf } from './from-trace.js';
import type { Inspection, InspectedKey, InspectionVerdict } from './inspection.js';

/** The state that a proof began at, or why it is not at hand, as a sentence. */
export type OldState = { readonly reader: StateReader } | { readonly missing: string };

/**
 * What a proof speaks of. Its file has the accesses and the public signals; paths, and values that were there before
 * and are not read, are known only where the state is at hand: there its accesses are executed once more.
 * @param options.keysOf what is known of the keys that a chunk names
 */
export async function inspectProof({
  proof: { chunks },
  verdict,
  oldState,
  keysOf,
}: {
  readonly proof: ProofFile;
  readonly verdict: InspectionVerdict;
  readonly oldState: OldState;
  readonly keysOf: (chunk: ChunkProof) => KeysManifest | null;
}): Promise<Inspection> {
  const run = 'missing' in oldState ? oldState : await executeChunks(oldState.reader, chunks);
  const log = chunks.flatMap((chunk) => chunk.log);
  const tables = 'missing' in run ? await tablesOfLog(log) : run.tables;
  let first = 0;
  return {
    kind: 'proof',
    rules: null,
    bitsPerLevel: CATALOGUE[chunks[0]!.circuit.name].bitsPerLevel,
    oldRoot: chunks[0]!.publicSignals.oldRoot,
    newRoot: chunks.at(-1)!.publicSignals.newRoot,
    verdict,
    unknown:
      'missing' in run
        ? [
            run.missing,
            'So paths, siblings and rows are not known, nor the old value of a key that is written before it is read.',
          ]
        : [],
    ...tables,
    parts: chunks.map((chunk, index) => {
      const { circuit, setup, verificationKey, publicSignals } = chunk;
      const part = {
        first,
        accesses: chunk.log.length,
        circuit: circuit.name,
        use: 'missing' in run ? null : run.uses[index]!,
        publics: publicSignals,
        provenance: { circuit, setup, verificationKeyHash: verificationKey, keys: keysOf(chunk) },
      };
      first += chunk.log.length;
      return part;
    }),
  };
}

interface Run {
  readonly tables: Pick<Inspection, 'log' | 'keys'>;
  readonly uses: readonly Utilisation[];
}

/** The accesses of all chunks, as the prover executed them. */
async function executeChunks(
  reader: StateReader,
  chunks: readonly ChunkProof[],
): Promise<Run | { readonly missing: string }> {
  const { oldRoot } = chunks[0]!.publicSignals;
  const state = new ChangedState(reader, oldRoot);
  const uses: Utilisation[] = [];
  try {
    for (const { circuit, log, publicSignals } of chunks) {
      const size: CircuitSize = CATALOGUE[circuit.name];
      const { trace, change } = await execute(state, state.root, { accesses: log, where: whereIn }, size);
      if (trace.publics.newRoot !== publicSignals.newRoot)
        return { missing: differs(publicSignals.newRoot, trace.publics.newRoot) };
      uses.push(utilisation({ trace, size }));
      state.add(change);
    }
    const accesses = chunks.flatMap((chunk) => chunk.log);
    const { trace } = await execute(reader, oldRoot, { accesses, where: whereIn });
    return { tables: tablesOf(trace, true), uses };
  } catch (error) {
    if (!(error instanceof StateMismatchError || error instanceof CapacityError)) throw error;
    return { missing: `The log does not match its old root: ${error.message}.` };
  }
}

const whereIn = (index: number): string => `access ${index}`;

const differs = (claimed: Fr, found: Fr): string =>
  `Executed on its old root, the log leads to root ${frToHex(found)}, not to ${frToHex(claimed)}.`;

/** What the log alone tells. */
async function tablesOfLog(log: readonly Access[]): Promise<Pick<Inspection, 'log' | 'keys'>> {
  const indices = new Map<string, number>();
  const keys: { first: Access; accesses: number; after: Uint256 }[] = [];
  const rows = log.map((access) => {
    const id = entryId(access);
    const key = indices.get(id) ?? keys.push({ first: access, accesses: 0, after: access.value }) - 1;
    indices.set(id, key);
    keys[key]!.accesses++;
    keys[key]!.after = access.value;
    return { op: access.op, key, value: access.value };
  });
  const hashed = await treeKeys(keys.map(({ first }) => first));
  return {
    log: rows,
    keys: keys.map(({ first: { address, kind, slot, op, value }, accesses, after }, index): InspectedKey => ({
      address,
      kind,
      slot,
      treeKey: hashed[index]!,
      before: op === 'read' ? value : null,
      after,
      accesses,
      effect: null,
      path: null,
    })),
  };
}
