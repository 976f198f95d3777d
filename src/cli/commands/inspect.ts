import path from 'node:path';
import { hasField, atRoot } from '../../state/batch/fields.js';
import { parseJsonValues } from '../../state/batch/json.js';
import type { JsonObject } from '../../state/batch/json.js';
import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { openIfThere } from '../../engine/database.js';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { startingState } from '../../engine/starting-state.js';
import { circuitCosts } from '../../inspect/circuit-costs.js';
import { inspectBatch } from '../../inspect/from-batch.js';
import { inspectProof } from '../../inspect/from-proof.js';
import { inspectTrace } from '../../inspect/from-trace.js';
import type { Inspection, InspectionVerdict } from '../../inspect/inspection.js';
import { htmlPage } from '../../inspect/page.js';
import { circuitPage, runPage } from '../../inspect/page-data.js';
import { proofVerdict, unverified } from '../../inspect/verdict.js';
import type { PageData } from '../../inspect/page/data.js';
import { parseProof, PROOF_FORMAT } from '../../proof/prover/proof-file.js';
import type { ChunkProof, ProofFile } from '../../proof/prover/proof-file.js';
import type { VerifyingKeys } from '../../proof/prover/keys.js';
import { RULES_PROOF_FORMAT } from '../../proof/prover/rules-proof-file.js';
import { RULES_BATCH_FORMAT } from '../../rules/common/batch-file.js';
import { parseTrace, TRACE_FORMAT } from '../../machine/trace/file.js';
import { verifyProof } from '../../proof/verifier/verify.js';
import { opener } from '../database.js';
import { batchIn, firstOf } from '../batch-file.js';
import { blaming, inputAs, InputError, readInput } from '../input.js';
import { describeCircuitCost, describeInspection, parseFilter } from '../inspect-text.js';
import type { InspectFilter } from '../inspect-text.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { keysAtHand, oldState } from '../proof-at-hand.js';
import { withProgress } from '../progress.js';
import { version } from '../version.js';

export interface InspectOptions extends InspectFilter {
  readonly html?: string;
  readonly circuit?: CircuitName;
  readonly transactions?: string;
}

/** Shows a trace, a proof or a batch, as the file's format says. Without a file: where a circuit's constraints are. */
export async function inspectCommand(
  places: Places,
  file: string | undefined,
  options: InspectOptions,
): Promise<Outcome> {
  const filter = parseFilter(options);
  const { html, circuit } = options;
  if (html !== undefined) await checkWritable(html);
  if (file === undefined) {
    if (circuit === undefined) throw new InputError('expected FILE or --circuit NAME, got neither');
    const cost = (await circuitCosts())[circuit];
    if (cost === undefined)
      throw new InputError(`--circuit: the constraints of ${circuit} are not counted by template`);
    return withPage(describeCircuitCost(circuit, cost), html, async () => circuitPage(circuit, cost, await version()));
  }
  const inspection = await withProgress((onProgress) => {
    onProgress(`inspecting ${file}`, 0, 0);
    return inspectFile(places, file, options);
  });
  const outcome = { ...describeInspection(inspection, file, filter), valid: inspection.verdict.outcome !== 'notValid' };
  return withPage(outcome, html, async () => runPage(inspection, path.basename(file), await version()));
}

/** If a page is requested, writes it and says so instead of printing tables. */
async function withPage(outcome: Outcome, html: string | undefined, data: () => Promise<PageData>): Promise<Outcome> {
  if (html === undefined) return outcome;
  const page = await htmlPage(await data());
  await writeFileAtomically(html, page);
  const [summary = ''] = outcome.text.split('\n\n');
  const bytes = Buffer.byteLength(page);
  return {
    ...outcome,
    text: `${summary}\nPage: ${html}, ${bytes.toLocaleString('en')} bytes`,
    json: { ...outcome.json, files: { html }, htmlBytes: bytes },
  };
}

async function inspectFile(
  places: Places,
  file: string,
  { circuit, transactions }: InspectOptions,
): Promise<Inspection> {
  const input = await readInput(places, file);
  const format = formatOf(input.text);
  if (transactions !== undefined && format !== null)
    throw new InputError(`--transactions: expected a batch, got ${file}`);
  switch (format) {
    case TRACE_FORMAT:
      return inspectTrace(await inputAs(input, parseTrace), circuit);
    case PROOF_FORMAT:
      if (circuit !== undefined)
        throw new InputError(`--circuit: expected a trace or a batch; the proofs in ${file} have their own circuits`);
      return inspectProofFile(places, await inputAs(input, parseProof));
    case RULES_PROOF_FORMAT:
      if (circuit !== undefined)
        throw new InputError(`--circuit: expected a trace or a batch; the proofs in ${file} have their own circuits`);
      return (await import('./inspect-rules.js')).inspectRulesProof(places, input);
    case RULES_BATCH_FORMAT:
      return (await import('./inspect-rules.js')).inspectRulesBatch(places, input, circuit);
    case null: {
      const batch = await batchIn(input, firstOf(transactions));
      const db = await openIfThere(opener(places));
      try {
        const start = await startingState(db, batch, { bitsPerLevel: circuit && CATALOGUE[circuit].bitsPerLevel });
        return await blaming(file, () => inspectBatch(start, batch, circuit));
      } finally {
        await db?.close();
      }
    }
    default:
      throw new InputError(`${file}: expected a trace, a proof or a batch, got a file of format ${format}`);
  }
}

/** Null for a batch, which needs no format, and for text that is not JSON, which the reader of batches reports. */
function formatOf(text: string): string | null {
  if (!/^\s*\{\s*"format"/.test(text) && text.length > 1 << 24) return null;
  try {
    const [only, second] = parseJsonValues(text);
    if (only === undefined || second !== undefined || !hasField(atRoot(only.value), 'format')) return null;
    const format = (only.value as JsonObject).get('format');
    return typeof format !== 'string' || format === 'rootshift-batch' ? null : format;
  } catch {
    return null;
  }
}

async function inspectProofFile(places: Places, proof: ProofFile): Promise<Inspection> {
  const keys = await keysAtHand(places, proof.chunks);
  const keysOf = ({ verificationKey }: ChunkProof): VerifyingKeys | null => keys.get(verificationKey) ?? null;
  const { state, db } = await oldState(places, proof);
  try {
    const accepted = 'reader' in state ? [proof.chunks[0]!.publicSignals.oldRoot] : [];
    const verdict = await verdictOf(proof, keys, accepted);
    return await inspectProof({ proof, verdict, oldState: state, keysOf });
  } finally {
    await db?.close();
  }
}

async function verdictOf(
  proof: ProofFile,
  keys: ReadonlyMap<string, VerifyingKeys>,
  acceptedRoots: Parameters<typeof verifyProof>[0]['acceptedRoots'] & {},
): Promise<InspectionVerdict> {
  if (proof.chunks.some(({ verificationKey }) => !keys.has(verificationKey))) {
    return unverified;
  }
  const verdict = await verifyProof({ proof, keys: [...keys.values()], acceptedRoots });
  return proofVerdict(verdict);
}
