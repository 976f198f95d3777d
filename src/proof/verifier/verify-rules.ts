import { frToHex, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { PINNED } from '../../machine/circuit/pinned.js';
import { RULES_SIGNALS } from '../../machine/circuit/rules-catalogue.js';
import { contextHash, signingDomain } from '../../rules/common/context.js';
import type { Deployment, RulesContext } from '../../rules/common/context.js';
import { showAddress } from '../../rules/common/range.js';
import type { Rules, RulesTypes } from '../../rules/common/rules.js';
import type { VerifyingKeys } from '../prover/keys.js';
import type { RulesChunkProof, RulesProof } from '../prover/rules-proof-file.js';
import { transcriptHash } from '../setup/transcript.js';
import { groth16VerifyAll } from './aggregate.js';
import { brokenRulesChain } from './rules-chain.js';
import { OtherKeysError, originOf, PERHAPS_LONGER, verifyProof } from './verify.js';
import type { ProvingCircuit } from './verify.js';
import { describeKeys } from './words.js';

/**
 * What a valid proof of rules says.
 * @see {@link describeRulesVerdict}
 */
export interface RulesStatement<T extends RulesTypes> {
  readonly oldRoot: Fr;
  readonly newRoot: Fr;
  /** What took place, in order. */
  readonly records: readonly T['record'][];
  /** The same in words: `17 transfers, 2 deposits; signed by ...`. */
  readonly summary: string;
  readonly deployment: Deployment;
  readonly context: Omit<RulesContext, 'domain'>;
  /** The storage circuits that prove it, in the order of their first use. */
  readonly storageCircuits: readonly ProvingCircuit[];
  /** The circuits of rules, in the same order. */
  readonly rulesCircuits: readonly ProvingCircuit[];
}

/**
 * The outcome of a verification, as `Verdict`.
 * @see {@link describeRulesVerdict}
 */
export type RulesVerdict<T extends RulesTypes> =
  | {
      readonly valid: true;
      readonly statement: RulesStatement<T>;
      readonly checked: readonly string[];
      readonly assumed: readonly string[];
    }
  | { readonly valid: false; readonly reason: string };

/**
 * Verifies the proof of a batch of transactions: the chain of rules and the chain of storage, and that both are of the
 * same log.
 * @throws {OtherKeysError} the proof names a verification key that is not among `keys`
 *
 * @example
 * const verdict = await verifyRulesProof({ proof: rulesProof, rules: PAYMENTS, keys: [keys], acceptedRoots: [root] });
 * if (verdict.valid) verdict.statement.summary; // '17 transfers, 2 deposits; signed by 0x...'
 */
export async function verifyRulesProof<T extends RulesTypes>({
  proof,
  rules,
  keys,
  acceptedRoots = [],
}: {
  readonly proof: RulesProof;
  readonly rules: Rules<T>;
  /** The verifier's own keys, of the circuits of rules and of storage that it trusts. */
  readonly keys: readonly VerifyingKeys[];
  /** Roots from which a transition may start, in addition to the empty state. */
  readonly acceptedRoots?: readonly bigint[];
}): Promise<RulesVerdict<T>> {
  const invalid = (reason: string): RulesVerdict<T> => ({ valid: false, reason });
  const { rulesChunks, storageChunks, deployment, context } = proof;
  if (proof.rules !== rules.name || deployment.version !== rules.version) {
    const expected = `${rules.name}, version ${rules.version}`;
    return invalid(`expected rules ${expected}, got ${proof.rules}, version ${deployment.version}`);
  }
  if (rulesChunks.length === 0) return invalid('expected at least one chunk of rules, got none');
  const ranged = inRange(proof, rules);
  if ('reason' in ranged) return invalid(ranged.reason);
  const chunkKeys = rulesChunks.map((chunk) => keysOf(chunk, keys));
  const wrong =
    rulesChunks.map((chunk, i) => wrongLabel(chunk, chunkKeys[i]!, rules)).find((fault) => fault !== null) ??
    brokenRulesChain(rulesChunks, ranged.contextHash) ??
    wrongTie(proof);
  if (wrong !== null) return invalid(wrong);

  const storage = await verifyProof({ proof: { chunks: storageChunks }, keys, acceptedRoots });
  if (!storage.valid) return invalid(`the storage chain: ${storage.reason}`);
  const rulesCircuits: ProvingCircuit[] = [];
  for (const own of new Set(chunkKeys)) {
    const chunks = rulesChunks.filter((_, i) => chunkKeys[i] === own);
    if (!(await holds(chunks, own))) return invalid(`a rules proof by ${own.circuit.name} does not verify`);
    rulesCircuits.push({ ...originOf(own), chunks: chunks.length });
  }
  return {
    valid: true,
    statement: {
      oldRoot: storage.statement.oldRoot,
      newRoot: storage.statement.newRoot,
      records: ranged.records,
      summary: rules.describe(ranged.records),
      deployment,
      context,
      storageCircuits: storage.statement.circuits,
      rulesCircuits,
    },
    checked: [
      ...storage.checked,
      'the rules proofs verify, from the batch’s start to carry 0, for the records, deployment and context in the file',
      'the rules chain and the storage chain end with the same logHash',
    ],
    assumed: [
      // The whole log is known: it ends where the rules chain ends.
      ...storage.assumed.filter((sentence) => sentence !== PERHAPS_LONGER),
      ...rulesCircuits.flatMap(assumptionsOf),
      ...rules.assumptions(ranged.records),
      'accept it only if chain, contract, batch number, time and fee recipient are those that you expect',
    ],
  };
}

/** The records and the context, as numbers in range; or why they are not. */
function inRange<T extends RulesTypes>(
  { rulesChunks, deployment, context }: RulesProof,
  rules: Rules<T>,
): { readonly records: T['record'][]; readonly contextHash: Fr } | { readonly reason: string } {
  try {
    for (const { publicSignals } of rulesChunks) for (const name of RULES_SIGNALS) toFr(publicSignals[name]);
    return {
      records: rulesChunks.flatMap(({ records }) => records.map((elements) => rules.recordFrom(elements))),
      contextHash: contextHash({ ...context, domain: signingDomain(deployment) }),
    };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

function keysOf({ verificationKey }: RulesChunkProof, keys: readonly VerifyingKeys[]): VerifyingKeys {
  const found = keys.find((key) => key.verificationKeyHash === verificationKey);
  if (found !== undefined) return found;
  const known = keys.map((key) => key.verificationKeyHash).join(' or ');
  throw new OtherKeysError(
    `the proof was made with other keys: expected verification key ${known}, the proof names ${verificationKey}`,
  );
}

/** What the file claims of its circuit and keys, and whether they are of these rules. */
function wrongLabel(
  { circuit, setup }: RulesChunkProof,
  keys: VerifyingKeys,
  rules: Pick<Rules<RulesTypes>, 'name' | 'circuits'>,
): string | null {
  const compare = (what: string, claimed: string, known: string): string | null =>
    claimed === known ? null : `the file states the ${what} ${claimed}, but the keys that it names have ${known}`;
  const isOfRules = rules.circuits.some(({ name }) => name === circuit.name);
  return (
    (isOfRules ? null : `expected a circuit of the rules ${rules.name}, got ${circuit.name}`) ??
    compare('circuit', circuit.name, keys.circuit.name) ??
    compare('circuit digest', circuit.digest, keys.circuit.digest) ??
    compare('setup', setup, keys.setup)
  );
}

/** Both chains are of one log, and evaluated at one point. */
function wrongTie({ rulesChunks, storageChunks }: RulesProof): string | null {
  const byRules = rulesChunks.at(-1)!.publicSignals;
  const byStorage = storageChunks.at(-1)?.publicSignals;
  if (byStorage === undefined) return 'expected at least one chunk of storage, got none';
  for (const name of ['logHash', 'x'] as const) {
    if (byRules[name] === byStorage[name]) continue;
    const [one, other] = [byRules[name], byStorage[name]].map(frToHex);
    return `expected one ${name} of both chains, got ${one} by the rules and ${other} by the storage`;
  }
  return null;
}

const holds = (chunks: readonly RulesChunkProof[], { verificationKey }: VerifyingKeys): Promise<boolean> =>
  groth16VerifyAll(
    verificationKey,
    chunks.map(({ proof, publicSignals }) => ({ proof, signals: RULES_SIGNALS.map((name) => publicSignals[name]) })),
  );

function assumptionsOf({ circuit: { name, digest }, ceremony }: ProvingCircuit): string[] {
  const trusted =
    PINNED[name]?.digest === digest
      ? []
      : [`its circuit is not this version's ${name}: accept it only if you trust the circuit with digest ${digest}`];
  if (ceremony === null) return trusted;
  return [...trusted, `its keys are as good as the ceremony with the transcript SHA-256 ${transcriptHash(ceremony)}`];
}

/**
 * Says in one sentence what was proven, or why not.
 *
 * @example
 * describeRulesVerdict(await verifyRulesProof({ proof: rulesProof, rules: PAYMENTS, keys: [keys] }));
 */
export function describeRulesVerdict<T extends RulesTypes>(verdict: RulesVerdict<T>): string {
  if (!verdict.valid) return `Not valid: ${verdict.reason}.`;
  const { oldRoot, newRoot, summary, deployment, context, storageCircuits, rulesCircuits } = verdict.statement;
  const circuits = [...rulesCircuits, ...storageCircuits]
    .map(({ circuit, ...keys }) => `circuit ${circuit.name} and ${describeKeys(keys)}`)
    .join(', ');
  const assumed = verdict.assumed.map((assumption) => `; ${assumption}`).join('');
  return (
    `Valid: batch ${context.batchNumber} of contract ${showAddress(deployment.contract)} on chain ` +
    `${deployment.chainId}: ${summary}. Exactly this leads from root ${frToHex(oldRoot)} to root ${frToHex(newRoot)}; ` +
    `proven with ${circuits}${assumed}.`
  );
}
