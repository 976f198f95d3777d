import { circuitsFor } from '../engine/prove-rules.js';
import { frToHex } from '../base/field/fr.js';
import type { KeysManifest } from '../proof/prover/key-manifest.js';
import type { RulesChunkProof, RulesProof } from '../proof/prover/rules-proof-file.js';
import type { RulesVerdict } from '../proof/verifier/verify-rules.js';
import { describeKeys } from '../proof/verifier/words.js';
import type { Deployment, RulesContext } from '../rules/common/context.js';
import { showAddress } from '../rules/common/range.js';
import type { Rules, RulesTypes } from '../rules/common/rules.js';
import type { InspectedRecord, InspectedRules, InspectedRulesPart, InspectionVerdict } from './inspection.js';

/** Where a batch of instructions is. */
export interface BatchPlace {
  readonly deployment: Deployment;
  readonly context: Omit<RulesContext, 'domain'>;
}

/** What the instructions of a batch say, and by which circuits they would be proven. */
export function rulesOfBatch<T extends RulesTypes>(
  rules: Rules<T>,
  records: readonly T['record'][],
  place: BatchPlace,
): InspectedRules {
  let first = 0;
  const parts = circuitsFor(rules, records.length, undefined).map(({ name, rows }): InspectedRulesPart => {
    const some = Math.min(rows, records.length - first);
    const part = { first, records: some, circuit: name, room: rows, publics: null, provenance: null };
    first += some;
    return part;
  });
  return inspected(rules, records, place, parts);
}

/** What the records of a proof say. @param keysOf what is known of the keys that a chunk names */
export function rulesOfProof<T extends RulesTypes>(
  rules: Rules<T>,
  { rulesChunks, deployment, context }: RulesProof,
  keysOf: (chunk: RulesChunkProof) => KeysManifest | null,
): InspectedRules {
  let first = 0;
  const parts = rulesChunks.map((chunk): InspectedRulesPart => {
    const { circuit, setup, verificationKey, publicSignals, records } = chunk;
    const part = {
      first,
      records: records.length,
      circuit: circuit.name,
      room: rules.circuits.find(({ name }) => name === circuit.name)?.rows ?? null,
      publics: publicSignals,
      provenance: { circuit, setup, verificationKeyHash: verificationKey, keys: keysOf(chunk) },
    };
    first += records.length;
    return part;
  });
  const records = rulesChunks.flatMap((chunk) => chunk.records.map((elements) => rules.recordFrom(elements)));
  return inspected(rules, records, { deployment, context }, parts);
}

function inspected<T extends RulesTypes>(
  rules: Rules<T>,
  records: readonly T['record'][],
  { deployment: { chainId, contract }, context: { batchNumber, timestamp, feeRecipient } }: BatchPlace,
  parts: readonly InspectedRulesPart[],
): InspectedRules {
  return {
    name: rules.name,
    summary: rules.describe(records),
    place: [
      ['rules', `${rules.name}, version ${rules.version}`],
      ['contract', `${showAddress(contract)} on chain ${chainId}`],
      ['batch', String(batchNumber)],
      ['time', `${timestamp}${timestamp < 1n << 33n ? `, ${new Date(Number(timestamp) * 1000).toISOString()}` : ''}`],
      ['fees go to', showAddress(feeRecipient)],
    ],
    records: records.map(fieldsOf),
    accessesPerRecord: rules.accessesPerRow,
    parts,
  };
}

/** A record is whatever its rules make of one: its fields by their names, if it has any. */
function fieldsOf(record: unknown): InspectedRecord {
  const fields = typeof record === 'object' && record !== null ? Object.entries(record) : [['record', record] as const];
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === 'bigint' ? value : String(value as string)]),
  );
}

/** What the verification of a proof of rules came to, for a page that shows roots, records and accesses beside it. */
export function rulesVerdict(verdict: RulesVerdict<RulesTypes>): InspectionVerdict {
  if (!verdict.valid) return { outcome: 'notValid', headline: `Not valid: ${verdict.reason}.`, conditions: [] };
  const { rulesCircuits, storageCircuits, oldRoot } = verdict.statement;
  const keys = [...rulesCircuits, ...storageCircuits].map(
    ({ circuit, setup, ceremony }) => `Circuit ${circuit.name} was proven with ${describeKeys({ setup, ceremony })}.`,
  );
  const assumed = verdict.assumed.map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}.`);
  return {
    outcome: 'valid',
    headline: 'Valid: these accesses are exactly what the instructions do, and lead from the old root to the new root.',
    conditions: [...keys, ...assumed.map((text) => text.replace(` ${frToHex(oldRoot)}`, ''))],
  };
}
