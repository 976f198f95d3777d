import { atRoot, hasField } from '../../state/batch/fields.js';
import { PROOF_FORMAT } from '../../proof/prover/proof-file.js';
import { RULES_PROOF_FORMAT } from '../../proof/prover/rules-proof-file.js';
import { COMBINED_PROOF_FORMAT } from '../../proof/verifier/combined-proof.js';
import { MERKLE_PROOF_FORMAT } from '../../proof/verifier/merkle-proof.js';
import { formatOf, InputError, jsonOf, readInput } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import type { TransitionOptions } from './verify-transition.js';

export type VerifyOptions = TransitionOptions;

/** What verifies one kind of proof is loaded alone: all of it takes longer to load than a proof to verify. */
const ofState = () => import('./verify-state.js');
const ofTransition = () => import('./verify-transition.js');

/** Reads from a file's `format` what it proves, and verifies it. */
export async function verifyCommand(places: Places, file: string, options: VerifyOptions): Promise<Outcome> {
  const input = await readInput(places, file);
  const value = jsonOf(input);
  const format = formatOf(value);
  switch (format) {
    case PROOF_FORMAT:
      return (await ofTransition()).verifyProofFile(places, input, options);
    case RULES_PROOF_FORMAT:
      return (await import('./verify-rules.js')).verifyRulesFile(places, input, options);
    case MERKLE_PROOF_FORMAT:
      refuseOptionsOfBatches(file, options);
      return (await ofState()).verifyEntry(places, input);
    case COMBINED_PROOF_FORMAT:
      refuseOptionsOfBatches(file, options);
      return (await ofState()).verifyEntries(places, input);
    default:
      // Files of other tools do not name their format.
      if (hasField(atRoot(value), 'accountProof')) {
        refuseOptionsOfBatches(file, options);
        return (await ofState()).verifyAccount(places, input);
      }
      if (hasField(atRoot(value), 'pi_a')) return (await ofTransition()).verifyPair(places, input, options);
      throw new InputError(
        `${file}: expected a file of format ${PROOF_FORMAT}, ${RULES_PROOF_FORMAT}, ${MERKLE_PROOF_FORMAT} or ${COMBINED_PROOF_FORMAT}, got ${format ?? 'a file without a format'}`,
      );
  }
}

const OF_BATCHES = {
  batch: 'batch',
  transactions: 'transactions',
  oldRoot: 'old-root',
  key: 'key',
  public: 'public',
  circuit: 'circuit',
} as const;

function refuseOptionsOfBatches(file: string, options: VerifyOptions): void {
  const strange = (Object.keys(OF_BATCHES) as (keyof VerifyOptions)[]).find((name) => options[name] !== undefined);
  if (strange === undefined) return;
  throw new InputError(`${file}: expected the proof of a batch with --${OF_BATCHES[strange]}, got a Merkle proof`);
}
