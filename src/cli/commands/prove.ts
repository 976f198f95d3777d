import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { isMissing } from '../../base/files/file-error.js';
import { proveBatch } from '../../engine/prove-batch.js';
import type { Fr } from '../../base/field/fr.js';
import { formatProof, parseProof, ProofFileError } from '../../proof/prover/proof-file.js';
import type { ProofFile } from '../../proof/prover/proof-file.js';
import { RULES_BATCH_FORMAT } from '../../rules/common/batch-file.js';
import type { PublicSignals } from '../../machine/trace/trace.js';
import { opener } from '../database.js';
import { batchIn, firstOf } from '../batch-file.js';
import { blaming, InputError, namesFormat, readInput } from '../input.js';
import { printAside } from '../io.js';
import type { Outcome } from '../io.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { nextCommand } from '../next.js';
import { watched } from '../progress.js';
import { proofName, queueOf, warn } from '../proving.js';
import type { ProveOptions } from '../proving.js';
import { describeProven, nothingToProve } from '../report.js';
import { Interrupted } from '../signals.js';
import { planSentence } from './plan.js';

export async function proveCommand(places: Places, batchFile: string, options: ProveOptions): Promise<Outcome> {
  const input = await readInput(places, batchFile);
  if (namesFormat(input, RULES_BATCH_FORMAT)) {
    return (await import('./prove-rules.js')).proveRulesFile(places, input, options);
  }
  if (options.rulesCircuit !== undefined)
    throw new InputError(`--rules-circuit: expected a batch of instructions, got the accesses in ${batchFile}`);
  const batch = await batchIn(input, firstOf(options.transactions));
  if (batch.accesses.length === 0) return nothingToProve(batch, batchFile, places);
  await checkWritable(options.out ?? path.join(places.proofs, 'proof.json'));
  const queue = await queueOf(options);
  const fileOf = (newRoot: Fr, number: number): string =>
    options.out ?? path.join(places.proofs, proofName(newRoot, number));
  const there = options.out === undefined ? null : await proofThere(places, options.out);
  let proofFile = '';
  const save = async (proof: ProofFile, number: number): Promise<void> => {
    proofFile = fileOf(proof.chunks.at(-1)!.publicSignals.newRoot, number);
    await writeFileAtomically(proofFile, formatProof(proof));
  };
  const { circuit } = options;
  let unfinished = '';
  let planned = 0;
  const proven = await watched((watching) =>
    blaming(batchFile, () =>
      proveBatch({
        openDb: opener(places),
        batch,
        ...(circuit && { circuit }),
        store: places.store,
        save,
        unfinished: (newRoot, number) => (unfinished = `${fileOf(newRoot, number)}.chunks`),
        queue,
        onPlan: (chunks, estimate) => {
          if (there !== null && there !== statementOf(chunks.map(({ trace }) => trace.publics)))
            throw new InputError(
              `expected a new file or a proof of this batch on this state at ${options.out}, found another file`,
            );
          planned = chunks.length;
          printAside(planSentence(chunks, estimate, queue, circuit));
        },
        ...watching,
      }),
    ),
  ).catch(async (error: unknown) => {
    if (!(error instanceof Interrupted) || unfinished === '') throw error;
    const kept = (await readdir(unfinished).catch(() => [])).filter((name) => name.endsWith('.json')).length;
    throw new Interrupted(error.signal, `; ${kept} of ${planned} proofs are kept; run the command again to continue`);
  });
  const warnings = new Set(proven.circuits.flatMap(({ keys }) => (keys.insecure ? [keys.warning] : [])));
  warnings.forEach(warn);
  const next = nextCommand(
    ['npx', 'rootshift', 'verify', shortPath(proofFile)],
    [['--batch', batchFile], ['--transactions', options.transactions], ...places.flags],
  );
  return describeProven(proven, { proofFile, db: places.db, next });
}

/** What an existing file proves; null if there is no file, '' if it is not a proof. */
async function proofThere(places: Places, file: string): Promise<string | null> {
  try {
    return statementOf(
      parseProof((await readInput(places, file)).text).chunks.map(({ publicSignals }) => publicSignals),
    );
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof ProofFileError) return '';
    throw error;
  }
}

/** What a chain of chunks proves as a whole. */
const statementOf = (chunks: readonly PublicSignals[]): string =>
  [chunks[0]!.oldRoot, chunks.at(-1)!.newRoot, chunks.at(-1)!.logHash].join();
