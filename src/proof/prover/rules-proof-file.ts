import { ContentError } from '../../base/files/content-error.js';
import { frToHex } from '../../base/field/fr.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import { isCircuitName, RULES_SIGNALS } from '../../machine/circuit/rules-catalogue.js';
import { isStorageCircuit } from '../../machine/circuit/catalogue.js';
import { readFr } from '../../machine/trace/file.js';
import { contextFields, deploymentFields, readContext, readDeployment } from '../../rules/common/batch-file.js';
import type { Deployment, RulesContext } from '../../rules/common/context.js';
import type { RulesPublics } from '../../rules/common/publics.js';
import type { RecordElements } from '../../rules/common/records.js';
import { atRoot, checkFormat, expected, readList, readObject, readingFile } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { SetupKind } from '../setup/kind.js';
import { formatChunkOf, readChunkOf, readSome } from './chunk-file.js';
import { formatChunk, readChunk } from './proof-file.js';
import type { ChunkProof } from './proof-file.js';

/**
 * The `format` of rules' proof files.
 * @see {@link parseRulesProof}
 */
export const RULES_PROOF_FORMAT = 'rootshift-rules-proof';
/**
 * The `version` of rules' proof files that is written and read.
 * @see {@link parseRulesProof}
 */
export const RULES_PROOF_VERSION = 1;

/**
 * The proof of a chunk of a batch's transactions, and all that it refers to.
 * @see {@link parseRulesProof}
 */
export interface RulesChunkProof {
  readonly circuit: { readonly name: string; readonly digest: string };
  /** What the prover says of its keys; the verifier's own say it better. */
  readonly setup: SetupKind;
  /** `verificationKeyHash` of the key that verifies the proof. */
  readonly verificationKey: string;
  readonly publicSignals: RulesPublics;
  readonly proof: Groth16Proof;
  /** The records with which `txHash` continues `txHashIn`. */
  readonly records: readonly RecordElements[];
}

/**
 * The proof of a batch of transactions: two chains, of rules and of storage, for one log of accesses.
 * @see {@link parseRulesProof}
 */
export interface RulesProof {
  /** The name of the rules. */
  readonly rules: string;
  readonly deployment: Deployment;
  readonly context: Omit<RulesContext, 'domain'>;
  /** The transactions' chain. */
  readonly rulesChunks: readonly RulesChunkProof[];
  /** The storage chain, which may be cut at other places. */
  readonly storageChunks: readonly ChunkProof[];
}

/** A text is not a rules' proof file of this version: the message says what was expected, what came, and where. */
export class RulesProofFileError extends ContentError {
  override readonly name = 'RulesProofFileError';
}

/**
 * The text of a proof file of rules: JSON, a record or an access on a line.
 * @throws {RangeError} a number is out of range
 * @throws {RulesProofFileError} it is not a proof that a file can contain, such as one without chunks
 *
 * @example
 * parseRulesProof(formatRulesProof(rulesProof)); // rulesProof
 */
export function formatRulesProof({ rules, deployment, context, rulesChunks, storageChunks }: RulesProof): string {
  const text = `{
  "format": "${RULES_PROOF_FORMAT}",
  "version": ${RULES_PROOF_VERSION},
  "rules": ${JSON.stringify(rules)},
  "deployment": ${JSON.stringify(deploymentFields(deployment))},
  "context": ${JSON.stringify(contextFields(context))},
  "rulesChunks": [${rulesChunks.map(formatRulesChunk).join(',')}
  ],
  "storageChunks": [${storageChunks.map(formatChunk).join(',')}
  ]
}
`;
  parseRulesProof(text);
  return text;
}

const FORM = { circuitName: readRulesCircuit, signals: RULES_SIGNALS, list: 'records', item: 'record' } as const;

/** The name of any circuit but one of storage: rules may have circuits of their own. */
function readRulesCircuit(at: Located): string {
  const { value } = at;
  if (typeof value === 'string' && isCircuitName(value) && !isStorageCircuit(value)) return value;
  return expected('the name of a circuit of rules', at);
}

export const formatRulesChunk = (chunk: RulesChunkProof): string =>
  formatChunkOf(
    FORM,
    chunk,
    chunk.records.map((elements) => JSON.stringify(elements.map(frToHex))),
  );

/**
 * Reads a proof file of rules; every number in it is in range, but whether the proof is right is for
 * `verifyRulesProof` to say.
 * @throws {RulesProofFileError}
 *
 * @example
 * parseRulesProof(formatRulesProof(rulesProof)); // rulesProof
 */
export function parseRulesProof(text: string): RulesProof {
  return readingFile(
    () => readProof(atRoot(parseJson(text))),
    (message, cause) => new RulesProofFileError(message, { cause }),
  );
}

function readProof(at: Located): RulesProof {
  checkFormat(at, RULES_PROOF_FORMAT, RULES_PROOF_VERSION, 'required');
  const names = ['format', 'version', 'rules', 'deployment', 'context', 'rulesChunks', 'storageChunks'] as const;
  const fields = readObject(at, names);
  const { value: rules } = fields.rules;
  return {
    rules: typeof rules === 'string' ? rules : expected('a name of rules', fields.rules),
    deployment: readDeployment(fields.deployment),
    context: readContext(fields.context),
    rulesChunks: readSome(fields.rulesChunks, 'chunk').map(readRulesChunk),
    storageChunks: readSome(fields.storageChunks, 'chunk').map(readChunk),
  };
}

export function readRulesChunk(at: Located): RulesChunkProof {
  const { chunk, items } = readChunkOf(at, FORM);
  return { ...chunk, records: items.map((record) => readList(record).map(readFr)) };
}
