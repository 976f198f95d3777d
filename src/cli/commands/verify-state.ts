import type { Fr } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import { formatEntry } from '../../machine/trace/file.js';
import type { PathVerdict } from '../../state/tree/proof.js';
import { describeCombinedProof, parseCombinedProof, verifyCombinedProof } from '../../proof/verifier/combined-proof.js';
import { describeEthProof, parseEthProof, verifyEthProof } from '../../proof/verifier/eth-proof.js';
import { describeMerkleProof, parseMerkleProof, verifyMerkleProof } from '../../proof/verifier/merkle-proof.js';
import { describeEntry } from '../../state/batch/access.js';
import { inputAs } from '../input.js';
import type { Input } from '../input.js';
import { withFacts } from '../io.js';
import type { Outcome } from '../io.js';
import { describeRoot, findRoot } from '../known-root.js';
import type { Places } from '../places.js';

/** Verifies the Merkle proof of one entry. */
export async function verifyEntry(places: Places, input: Input): Promise<Outcome> {
  const proof = await inputAs(input, parseMerkleProof);
  const verdict = verifyMerkleProof(proof);
  return stateOutcome(places, proof.root, verdict, describeMerkleProof(proof, verdict));
}

/** Verifies the proof of an account and its slots in the shape of `eth_getProof`. */
export async function verifyAccount(places: Places, input: Input): Promise<Outcome> {
  const proof = await inputAs(input, parseEthProof);
  const verdict = verifyEthProof(proof);
  return stateOutcome(places, proof.storageHash, verdict, describeEthProof(proof, verdict));
}

/** Verifies one proof of many entries. */
export async function verifyEntries(places: Places, input: Input): Promise<Outcome> {
  const proof = await inputAs(input, parseCombinedProof);
  const verdict = await verifyCombinedProof(proof);
  const outcome = await stateOutcome(places, proof.root, verdict, describeCombinedProof(proof, verdict));
  if (!verdict.valid) return outcome;
  const shown = proof.entries.map(
    (entry) => `  ${describeEntry(entry)}: ${entry.value === 0n ? 'absent' : uint256ToHex(entry.value)}`,
  );
  const entries = proof.entries.map((entry) => ({ ...formatEntry(entry), value: uint256ToHex(entry.value) }));
  return { ...outcome, text: [outcome.text, ...shown].join('\n'), json: { ...outcome.json, entries } };
}

/** The sentences about a proof of the state with one root. */
async function stateOutcome(places: Places, root: Fr, verdict: PathVerdict, sentence: string): Promise<Outcome> {
  const known = verdict.valid ? await findRoot(places, root) : undefined;
  const checked = known === undefined ? [] : [describeRoot('the root', known, places)];
  return { text: withFacts(sentence, checked), json: { ...verdict, sentence, checked }, valid: verdict.valid };
}
