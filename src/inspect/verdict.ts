import { frToHex } from '../base/field/fr.js';
import type { Verdict } from '../proof/verifier/verify.js';
import { describeKeys } from '../proof/verifier/words.js';
import type { InspectionVerdict } from './inspection.js';

/** What the verification of a proof came to, for a page that shows roots and accesses beside it. */
export function proofVerdict(verdict: Verdict): InspectionVerdict {
  if (!verdict.valid) return { outcome: 'notValid', headline: `Not valid: ${verdict.reason}.`, conditions: [] };
  const { circuits, oldRoot } = verdict.statement;
  const keys = circuits.map(
    ({ circuit, setup, ceremony }) => `Circuit ${circuit.name} was proven with ${describeKeys({ setup, ceremony })}.`,
  );
  const assumed = verdict.assumed.map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}.`);
  return {
    outcome: 'valid',
    headline: 'Valid: these accesses, in this order, move the state from the old root to the new root.',
    conditions: [...keys, ...assumed.map((text) => text.replace(` ${frToHex(oldRoot)}`, ''))],
  };
}

/** A proof whose keys are not at hand. */
export const unverified: InspectionVerdict = {
  outcome: 'unchecked',
  headline: 'Not verified: the keys that the proof names are not in the artifacts here.',
  conditions: ['To verify it with a key that you trust, run rootshift verify --key.'],
};
