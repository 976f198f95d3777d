import path from 'node:path';
import type { CircuitName } from '../../circuit/catalogue.js';
import { checkWritable, writeFileAtomically } from '../../engine/files.js';
import { proveBatch } from '../../engine/prove-batch.js';
import { frToHex } from '../../field/fr.js';
import { loadPoseidon } from '../../hash/poseidon.js';
import { formatProof, type ProofFile } from '../../prover/proof-file.js';
import { opener } from '../database.js';
import { blaming, readBatch } from '../input.js';
import { type Outcome, printAside } from '../io.js';
import { type Places, shortPath } from '../places.js';
import { withProgress } from '../progress.js';
import { describeProven } from '../report.js';

export interface ProveOptions {
  readonly circuit?: CircuitName;
  readonly transactions?: string;
  readonly out?: string;
  readonly ptau: string;
}

export async function proveCommand(places: Places, batchFile: string, options: ProveOptions): Promise<Outcome> {
  const batch = await readBatch(batchFile, options.transactions);
  const poseidon = await loadPoseidon();
  await checkWritable(options.out ?? path.join(places.proofs, 'proof.json'));
  let proofFile = '';
  const save = async (proof: ProofFile, number: number): Promise<void> => {
    proofFile = options.out ?? path.join(places.proofs, proofName(proof, number));
    await writeFileAtomically(proofFile, formatProof(proof));
  };
  const { circuit, ptau: ptauFolder } = options;
  const proven = await withProgress((onProgress) =>
    blaming(batchFile, () =>
      proveBatch({ poseidon, openDb: opener(poseidon, places), batch, ...(circuit && { circuit }), store: places.store, ptauFolder, save, onProgress }),
    ),
  );
  const warnings = new Set(proven.circuits.flatMap(({ keys }) => (keys.insecure ? [keys.warning] : [])));
  for (const warning of warnings) printAside(`warning: ${warning}`);
  const first = options.transactions === undefined ? '' : ` --transactions ${options.transactions}`;
  const next = `npx rootshift verify ${shortPath(proofFile)} --batch ${batchFile}${first}${places.flags}`;
  return describeProven(proven, { proofFile, db: places.db, next });
}

/** By its place in the history, so that no proof takes another's name. */
const proofName = ({ chunks }: ProofFile, number: number): string =>
  `${number}-${frToHex(chunks.at(-1)!.publicSignals.newRoot).slice(2, 18)}.json`;
