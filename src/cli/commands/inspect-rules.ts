import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { openIfThere } from '../../engine/database.js';
import { executeInstructions } from '../../engine/prove-rules.js';
import { startingState } from '../../engine/starting-state.js';
import { inspectBatch } from '../../inspect/from-batch.js';
import { inspectProof } from '../../inspect/from-proof.js';
import { rulesOfBatch, rulesOfProof, rulesVerdict } from '../../inspect/from-rules.js';
import type { Inspection, InspectionVerdict } from '../../inspect/inspection.js';
import { unverified } from '../../inspect/verdict.js';
import { parseRulesProof } from '../../proof/prover/rules-proof-file.js';
import type { RulesProof } from '../../proof/prover/rules-proof-file.js';
import type { VerifyingKeys } from '../../proof/prover/keys.js';
import { verifyRulesProof } from '../../proof/verifier/verify-rules.js';
import { opener } from '../database.js';
import { inputAs } from '../input.js';
import type { Input } from '../input.js';
import type { Places } from '../places.js';
import { keysAtHand, oldState } from '../proof-at-hand.js';
import { rulesNamed } from '../rules.js';
import type { AnyRules } from '../rules.js';
import { blamingInstructions, readRulesBatch, requireContext } from '../rules-batch.js';

/** What a file of instructions would do to the current state. Without a context, it is executed as batch 1 of now. */
export async function inspectRulesBatch(places: Places, input: Input, circuit?: CircuitName): Promise<Inspection> {
  const read = await readRulesBatch(places, input);
  const { rules, instructions, batch: file } = read;
  const now = { batchNumber: 1n, timestamp: BigInt(Math.floor(Date.now() / 1000)), feeRecipient: 1n };
  const context = file.context === null ? now : requireContext(read);
  const { deployment } = file;
  const openDb = opener(places);
  const { executed, batch } = await blamingInstructions(read, () =>
    executeInstructions({ openDb, rules, instructions, deployment, context }),
  );
  const db = await openIfThere(openDb);
  try {
    const start = await startingState(db, batch, { bitsPerLevel: circuit && CATALOGUE[circuit].bitsPerLevel });
    const inspection = await inspectBatch(start, batch, circuit);
    const records = executed.rows.map((row) => rules.recordOf(row));
    const unsaid =
      file.context === null ? ['The file has no context: it was executed as batch 1 of now, its fees for nobody.'] : [];
    return {
      ...inspection,
      unknown: [...inspection.unknown, ...unsaid],
      rules: rulesOfBatch(rules, records, { deployment, context }),
    };
  } finally {
    await db?.close();
  }
}

/** What a proof of rules speaks of. */
export async function inspectRulesProof(places: Places, input: Input): Promise<Inspection> {
  const proof = await inputAs(input, parseRulesProof);
  const rules = await rulesNamed(places, proof.rules);
  const chunks = [...proof.rulesChunks, ...proof.storageChunks];
  const keys = await keysAtHand(places, chunks);
  const storage = { chunks: proof.storageChunks };
  const { state, db } = await oldState(places, storage);
  const keysOf = ({ verificationKey }: { readonly verificationKey: string }) => keys.get(verificationKey) ?? null;
  try {
    const accepted = 'reader' in state ? [storage.chunks[0]!.publicSignals.oldRoot] : [];
    const verdict = await verdictOf(rules, proof, keys, accepted);
    const inspection = await inspectProof({ proof: storage, verdict, oldState: state, keysOf });
    return { ...inspection, rules: rulesOfProof(rules, proof, keysOf) };
  } finally {
    await db?.close();
  }
}

async function verdictOf(
  rules: AnyRules,
  proof: RulesProof,
  keys: ReadonlyMap<string, VerifyingKeys>,
  acceptedRoots: readonly bigint[],
): Promise<InspectionVerdict> {
  const named = [...proof.rulesChunks, ...proof.storageChunks];
  if (named.some(({ verificationKey }) => !keys.has(verificationKey))) return unverified;
  return rulesVerdict(await verifyRulesProof({ proof, rules, keys: [...keys.values()], acceptedRoots }));
}
