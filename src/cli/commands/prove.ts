import path from 'node:path';
import type { CircuitName } from '../../circuit/catalogue.js';
import { checkWritable, writeFileAtomically } from '../../engine/files.js';
import { proveBatch } from '../../engine/prove-batch.js';
import { type Fr, frToHex } from '../../field/fr.js';
import { loadPoseidon } from '../../hash/poseidon.js';
import { findProvers } from '../../prover/find.js';
import { formatProof, type ProofFile } from '../../prover/proof-file.js';
import { LocalQueue } from '../../prover/queue.js';
import { PostgresQueue } from '../../queue/postgres-queue.js';
import { opener } from '../database.js';
import { blaming, readBatch } from '../input.js';
import { type Outcome, printAside } from '../io.js';
import { type Places, shortPath } from '../places.js';
import { printBetween, withProgress } from '../progress.js';
import { describeProven } from '../report.js';
import { planSentence } from './plan.js';

export interface ProveOptions {
  readonly circuit?: CircuitName;
  readonly transactions?: string;
  readonly out?: string;
  readonly prover: string;
  readonly queue?: string;
}

export async function proveCommand(places: Places, batchFile: string, options: ProveOptions): Promise<Outcome> {
  const batch = await readBatch(batchFile, options.transactions);
  const poseidon = await loadPoseidon();
  await checkWritable(options.out ?? path.join(places.proofs, 'proof.json'));
  const onWarning = (warning: string): void => printBetween(`warning: ${warning}`);
  const queue =
    options.queue === undefined
      ? new LocalQueue({ poseidon, programs: await findProvers(options.prover, process.env['PATH'] ?? ''), onWarning })
      : await PostgresQueue.open(options.queue, { onWarning });
  const fileOf = (newRoot: Fr, number: number): string => options.out ?? path.join(places.proofs, proofName(newRoot, number));
  let proofFile = '';
  const save = async (proof: ProofFile, number: number): Promise<void> => {
    proofFile = fileOf(proof.chunks.at(-1)!.publicSignals.newRoot, number);
    await writeFileAtomically(proofFile, formatProof(proof));
  };
  const { circuit } = options;
  const proven = await withProgress((onProgress) =>
    blaming(batchFile, () =>
      proveBatch({
        poseidon,
        openDb: opener(poseidon, places),
        batch,
        ...(circuit && { circuit }),
        store: places.store,
        save,
        unfinished: (newRoot, number) => `${fileOf(newRoot, number)}.chunks`,
        queue,
        onPlan: (chunks, estimate) => printAside(planSentence(chunks, estimate)),
        onProgress,
      }),
    ),
  );
  const warnings = new Set(proven.circuits.flatMap(({ keys }) => (keys.insecure ? [keys.warning] : [])));
  warnings.forEach(onWarning);
  const first = options.transactions === undefined ? '' : ` --transactions ${options.transactions}`;
  const next = `npx rootshift verify ${shortPath(proofFile)} --batch ${batchFile}${first}${places.flags}`;
  return describeProven(proven, { proofFile, db: places.db, next });
}

/** By its place in the history, so that no proof takes another's name. */
const proofName = (newRoot: Fr, number: number): string => `${number}-${frToHex(newRoot).slice(2, 18)}.json`;
