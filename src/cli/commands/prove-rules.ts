import path from 'node:path';
import { frToHex } from '../../base/field/fr.js';
import { isMissing } from '../../base/files/file-error.js';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { proveRules } from '../../engine/prove-rules.js';
import { formatRulesProof, parseRulesProof, RulesProofFileError } from '../../proof/prover/rules-proof-file.js';
import type { RulesProof } from '../../proof/prover/rules-proof-file.js';
import { showAddress } from '../../rules/common/range.js';
import { opener } from '../database.js';
import { InputError, readInput } from '../input.js';
import type { Input } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { nextCommand } from '../next.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';
import { proofName, queueOf, warn } from '../proving.js';
import type { ProveOptions } from '../proving.js';
import { blamingInstructions, readRulesBatch, requireContext } from '../rules-batch.js';

/** Proves a file of instructions by rules: those of the package, or the user's own. */
export async function proveRulesFile(places: Places, input: Input, options: ProveOptions): Promise<Outcome> {
  if (options.transactions !== undefined)
    throw new InputError(`--transactions: expected a batch of accesses, got the instructions in ${input.file}`);
  const read = await readRulesBatch(places, input);
  const { rules, batch, instructions } = read;
  const context = requireContext(read);
  if (options.rulesCircuit !== undefined) requireCircuit(read, options.rulesCircuit);
  await checkWritable(options.out ?? path.join(places.proofs, 'proof.json'));
  if (options.out !== undefined) await requireNoOther(places, options.out);
  const queue = await queueOf(options);
  let proofFile = '';
  const save = async (proof: RulesProof, number: number): Promise<void> => {
    const { newRoot } = proof.storageChunks.at(-1)!.publicSignals;
    proofFile = options.out ?? path.join(places.proofs, proofName(newRoot, number));
    await writeFileAtomically(proofFile, formatRulesProof(proof));
  };
  const { circuit, rulesCircuit } = options;
  const { proof, record, keys } = await watched((watching) =>
    blamingInstructions(read, () =>
      proveRules({
        openDb: opener(places),
        rules,
        instructions,
        deployment: batch.deployment,
        context,
        ...(circuit && { circuit }),
        ...(rulesCircuit !== undefined && { rulesCircuit }),
        store: places.store,
        save,
        unfinished: `${options.out ?? path.join(places.proofs, `${rules.name}-${context.batchNumber}.json`)}.chunks`,
        queue,
        ...watching,
      }),
    ),
  );
  for (const warning of new Set(keys.flatMap((own) => (own.insecure ? [own.warning] : [])))) warn(warning);
  return describe(read, proof, { number: record.number, proofFile, places });
}

function requireCircuit({ rules }: Awaited<ReturnType<typeof readRulesBatch>>, name: string): void {
  const names = rules.circuits.map((one) => one.name);
  if (!names.includes(name))
    throw new InputError(`--rules-circuit: expected a circuit of ${rules.name} (${names.join(', ')}), got ${name}`);
}

/** A file that is there is written over only if it is a proof of rules. */
async function requireNoOther(places: Places, file: string): Promise<void> {
  try {
    parseRulesProof((await readInput(places, file)).text);
  } catch (error) {
    if (isMissing(error)) return;
    if (!(error instanceof RulesProofFileError)) throw error;
    throw new InputError(`expected a new file or a proof of rules at ${file}, found another file`, { cause: error });
  }
}

function describe(
  { rules, batch: { deployment }, file }: Awaited<ReturnType<typeof readRulesBatch>>,
  { rulesChunks, storageChunks, context }: RulesProof,
  { number, proofFile, places }: { readonly number: number; readonly proofFile: string; readonly places: Places },
): Outcome {
  const records = rulesChunks.flatMap((chunk) => chunk.records.map((elements) => rules.recordFrom(elements)));
  const summary = rules.describe(records);
  const [oldRoot, newRoot] = [storageChunks[0]!.publicSignals.oldRoot, storageChunks.at(-1)!.publicSignals.newRoot];
  const proofs = (chunks: readonly { readonly circuit: { readonly name: string } }[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { circuit } of chunks) counts[circuit.name] = (counts[circuit.name] ?? 0) + 1;
    return counts;
  };
  const circuits = { rules: proofs(rulesChunks), storage: proofs(storageChunks) };
  const inWords = (of: Record<string, number>): string =>
    Object.entries(of)
      .map(([name, n]) => `${name}: ${count(n, 'proof')}`)
      .join(', ');
  const next = nextCommand(['npx', 'rootshift', 'verify', shortPath(proofFile)], places.flags);
  const contract = showAddress(deployment.contract);
  const rows = [
    ['rules', `${rules.name}, version ${rules.version}`],
    ['instructions', `${records.length.toLocaleString('en')} in ${shortPath(file)}`],
    ['contract', `${contract} on chain ${deployment.chainId}, batch ${context.batchNumber}`],
    ['old root', frToHex(oldRoot)],
    ['new root', `${frToHex(newRoot)}, now current (number ${number})`],
    ['rules chain', inWords(circuits.rules)],
    ['storage chain', inWords(circuits.storage)],
    ['files', shortPath(proofFile)],
    ['', `${shortPath(places.db)} (database)`],
  ] as const;
  return {
    text: `Proved and verified by rules: ${summary}.\n${table(rows)}\n${next.text}`,
    json: {
      valid: true,
      rules: rules.name,
      summary,
      records: records.length,
      oldRoot: frToHex(oldRoot),
      newRoot: frToHex(newRoot),
      number,
      circuits,
      files: { proof: shortPath(proofFile), database: shortPath(places.db) },
      next: next.command,
    },
  };
}
