import { ContentError } from '../../base/files/content-error.js';
import {
  atRoot,
  checkFormat,
  expected,
  readBytes,
  readInteger,
  readingFile,
  readList,
  readObject,
  readUnsigned,
} from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { Deployment, RulesContext } from './context.js';
import { showAddress } from './range.js';
import type { Rules, RulesTypes } from './rules.js';

/**
 * The `format` of files with a batch of instructions.
 * @see {@link parseRulesBatch}
 */
export const RULES_BATCH_FORMAT = 'rootshift-rules-batch';
/**
 * The `version` of files with a batch of instructions that is written and read.
 * @see {@link parseRulesBatch}
 */
export const RULES_BATCH_VERSION = 1;

/**
 * A batch of instructions as a file has it: which rules, where they are in force, and each instruction as bytes.
 * @see {@link parseRulesBatch}
 */
export interface RulesBatch {
  /** The name of the rules. */
  readonly rules: string;
  readonly deployment: Deployment;
  /** Null if a contract is to say it. */
  readonly context: Omit<RulesContext, 'domain'> | null;
  /** As `decodeInstruction` of the rules takes them. */
  readonly instructions: readonly Uint8Array[];
}

/**
 * A text is not a batch of instructions, or not of these rules: the message says what was expected, what came, and
 * where.
 */
export class RulesBatchFileError extends ContentError {
  override readonly name = 'RulesBatchFileError';
}

/** The fields of a deployment and of a context, as texts and numbers of JSON. */
export const deploymentFields = ({ chainId, contract, version }: Deployment) => ({
  chainId: `${chainId}`,
  contract: showAddress(contract),
  version,
});
export const contextFields = ({ batchNumber, timestamp, feeRecipient }: Omit<RulesContext, 'domain'>) => ({
  batchNumber: `${batchNumber}`,
  timestamp: `${timestamp}`,
  feeRecipient: showAddress(feeRecipient),
});

/** @throws {FieldError} */
export function readDeployment(at: Located): Deployment {
  const { chainId, contract, version } = readObject(at, ['chainId', 'contract', 'version']);
  return {
    chainId: readUnsigned(chainId, 248),
    contract: readBytes(contract, 20),
    version: readInteger(version, 0, 2 ** 32 - 1),
  };
}

/** @throws {FieldError} */
export function readContext(at: Located): Omit<RulesContext, 'domain'> {
  const { batchNumber, timestamp, feeRecipient } = readObject(at, ['batchNumber', 'timestamp', 'feeRecipient']);
  return {
    batchNumber: readUnsigned(batchNumber, 64),
    timestamp: readUnsigned(timestamp, 40),
    feeRecipient: readBytes(feeRecipient, 20),
  };
}

/**
 * The text of a file with a batch of instructions: JSON, an instruction on a line.
 * @throws {RulesBatchFileError} it is not a batch that a file can contain, such as one without instructions
 *
 * @example
 * const deployment = { chainId: 31337n, contract: 0xc0ffeen, version: PAYMENTS.version };
 * const instructions = [encodePayment(payment)];
 * formatRulesBatch({ rules: PAYMENTS.name, deployment, context: null, instructions });
 */
export function formatRulesBatch({ rules, deployment, context, instructions }: RulesBatch): string {
  const lines = instructions.map((bytes) => `"0x${hexOf(bytes)}"`);
  const text = `{
  "format": "${RULES_BATCH_FORMAT}",
  "version": ${RULES_BATCH_VERSION},
  "rules": ${JSON.stringify(rules)},
  "deployment": ${JSON.stringify(deploymentFields(deployment))},${
    context === null ? '' : `\n  "context": ${JSON.stringify(contextFields(context))},`
  }
  "instructions": [
    ${lines.join(',\n    ')}
  ]
}
`;
  parseRulesBatch(text);
  return text;
}

/**
 * Reads a file with a batch of instructions. What the instructions say, `decodeInstructions` knows.
 * @throws {RulesBatchFileError}
 *
 * @example
 * const text = '{"format": "rootshift-rules-batch", "version": 1, ...}';
 * parseRulesBatch(text).instructions.length;
 */
export function parseRulesBatch(text: string): RulesBatch {
  return readingFile(
    () => {
      const at = atRoot(parseJson(text));
      checkFormat(at, RULES_BATCH_FORMAT, RULES_BATCH_VERSION, 'required');
      const names = ['format', 'version', 'rules', 'deployment', 'instructions'] as const;
      const fields = readObject(at, names, ['context']);
      const { value: rules } = fields.rules;
      const instructions = readList(fields.instructions).map(readInstruction);
      if (instructions.length === 0) expected('at least one instruction', fields.instructions, 'none');
      return {
        rules: typeof rules === 'string' ? rules : expected('a name of rules', fields.rules),
        deployment: readDeployment(fields.deployment),
        context: fields.context === undefined ? null : readContext(fields.context),
        instructions,
      };
    },
    (message, cause) => new RulesBatchFileError(message, { cause }),
  );
}

function readInstruction(at: Located): Uint8Array {
  const { value } = at;
  if (typeof value !== 'string' || !/^0x(?:[0-9a-fA-F]{2})+$/.test(value)) {
    return expected('bytes of an instruction, as 0x and hexadecimal digits', at);
  }
  return Uint8Array.from(value.slice(2).match(/../g)!, (digits) => Number.parseInt(digits, 16));
}

/** Wallets in browsers have no `Buffer`. */
const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * A batch's instructions.
 * @throws {RulesBatchFileError} the batch is of other rules, or no instruction of them has these bytes
 *
 * @example
 * const [first] = decodeInstructions(PAYMENTS, parseRulesBatch(text));
 */
export function decodeInstructions<T extends RulesTypes>(
  rules: Rules<T>,
  { rules: name, deployment, instructions }: RulesBatch,
): T['instruction'][] {
  if (name !== rules.name) throw new RulesBatchFileError(`rules: expected "${rules.name}", got "${name}"`);
  const { version } = deployment;
  if (version !== rules.version)
    throw new RulesBatchFileError(`deployment.version: expected ${rules.version}, that of the rules, got ${version}`);
  return instructions.map((bytes, i) => {
    try {
      return rules.decodeInstruction(bytes);
    } catch (cause) {
      throw new RulesBatchFileError(`instructions[${i}]: ${(cause as Error).message}`, { cause });
    }
  });
}
