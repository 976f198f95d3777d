import { frToHex, ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { VerifyingKeys } from '../../proof/prover/keys.js';
import { parseRulesProof } from '../../proof/prover/rules-proof-file.js';
import type { RulesProof } from '../../proof/prover/rules-proof-file.js';
import { describeRulesVerdict, verifyRulesProof } from '../../proof/verifier/verify-rules.js';
import { inputAs, InputError, isRootName, parseRoot } from '../input.js';
import type { Input } from '../input.js';
import { withFacts } from '../io.js';
import type { Outcome } from '../io.js';
import { keysInStore } from '../keys.js';
import type { Places } from '../places.js';
import { rulesNamed } from '../rules.js';
import type { AnyRules } from '../rules.js';
import type { TransitionOptions } from './verify-transition.js';

const OPTIONS = {
  batch: 'batch',
  transactions: 'transactions',
  key: 'key',
  public: 'public',
  circuit: 'circuit',
} as const;

/** Verifies the proof of a batch of rules, with the keys that it names, from the artifacts. */
export async function verifyRulesFile(places: Places, input: Input, options: TransitionOptions): Promise<Outcome> {
  const strange = (Object.keys(OPTIONS) as (keyof typeof OPTIONS)[]).find((name) => options[name] !== undefined);
  if (strange !== undefined) {
    throw new InputError(`${input.file}: expected a proof of accesses with --${OPTIONS[strange]}, got one of rules`);
  }
  const proof = await inputAs(input, parseRulesProof);
  const rules = await rulesNamed(places, proof.rules);
  const keys = await keysInStore(places, { chunks: [...proof.rulesChunks, ...proof.storageChunks] }, 'install them');
  return verdictOf(places, proof, rules, keys, options.oldRoot);
}

async function verdictOf(
  places: Places,
  proof: RulesProof,
  rules: AnyRules,
  keys: readonly VerifyingKeys[],
  expectedRoot: string | undefined,
): Promise<Outcome> {
  const { oldRoot } = proof.storageChunks[0]!.publicSignals;
  if (expectedRoot !== undefined && isRootName(expectedRoot)) {
    throw new InputError(`--old-root: expected a root, got the name ${expectedRoot}`);
  }
  const given = expectedRoot === undefined ? undefined : parseRoot('--old-root', expectedRoot);
  if (given !== undefined && given !== oldRoot) {
    const reason = `the proof starts from root ${frToHex(oldRoot)}, expected ${frToHex(given)}`;
    return { text: `Not valid: ${reason}.`, json: { valid: false, reason }, valid: false };
  }
  const known = given === undefined && oldRoot !== ZERO ? await knownRoot(places, oldRoot) : undefined;
  const acceptedRoots = given !== undefined || known !== undefined ? [oldRoot] : [];
  const verdict = await verifyRulesProof({ proof, rules, keys, acceptedRoots });
  const sentence = describeRulesVerdict(verdict);
  if (!verdict.valid) return { text: sentence, json: { ...verdict, sentence }, valid: false };
  const { deployment, context, summary, newRoot, records } = verdict.statement;
  const checked = [...verdict.checked, ...(known === undefined ? [] : [known])];
  const json = {
    valid: true,
    sentence,
    summary,
    rules: proof.rules,
    records: records.length,
    oldRoot: frToHex(oldRoot),
    newRoot: frToHex(newRoot),
    deployment: textual(deployment),
    context: textual(context),
    checked,
    assumed: verdict.assumed,
  };
  return { text: withFacts(sentence, checked), json, valid: true };
}

/** Numbers that JSON has none of, as decimal texts. */
const textual = (numbers: object): object =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]));

async function knownRoot(places: Places, root: Fr): Promise<string | undefined> {
  const { describeRoot, findRoot } = await import('../known-root.js');
  const known = await findRoot(places, root);
  return known && describeRoot('oldRoot', known, places);
}
