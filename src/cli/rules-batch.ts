import { RulesBatchError } from '../engine/prove-rules.js';
import { decodeInstructions, parseRulesBatch } from '../rules/common/batch-file.js';
import type { RulesBatch } from '../rules/common/batch-file.js';
import { ContextError, contextHash, signingDomain } from '../rules/common/context.js';
import type { RulesContext } from '../rules/common/context.js';
import { FieldWidthError } from '../rules/common/range.js';
import { InstructionError } from '../rules/common/rules.js';
import { inputAs, InputError } from './input.js';
import type { Input } from './input.js';
import type { Places } from './places.js';
import { rulesNamed } from './rules.js';
import type { AnyRules } from './rules.js';

/** A file of instructions, read by the rules that it names. */
export interface ReadRulesBatch {
  readonly file: string;
  readonly rules: AnyRules;
  readonly batch: RulesBatch;
  readonly instructions: readonly unknown[];
}

/** @throws {InputError} it is no such file, its rules are not known here, or they have no such instruction */
export async function readRulesBatch(places: Places, input: Input): Promise<ReadRulesBatch> {
  const batch = await inputAs(input, parseRulesBatch);
  const rules = await rulesNamed(places, batch.rules).catch((cause: unknown) => {
    throw cause instanceof InputError ? new InputError(`${input.file}: rules: ${cause.message}`, { cause }) : cause;
  });
  const instructions = await inputAs(input, () => decodeInstructions(rules, batch));
  return { file: input.file, rules, batch, instructions };
}

/** Where no contract says it, the file must. @throws {InputError} */
export function requireContext({ file, batch }: ReadRulesBatch): Omit<RulesContext, 'domain'> {
  const { context, deployment } = batch;
  if (context === null)
    throw new InputError(
      `${file}: expected a field "context", got none: without a contract, the file says the context`,
    );
  try {
    contextHash({ ...context, domain: signingDomain(deployment) });
    return context;
  } catch (cause) {
    if (!(cause instanceof ContextError || cause instanceof FieldWidthError)) throw cause;
    throw new InputError(`${file}: context: ${cause.message}`, { cause });
  }
}

/**
 * Works with the instructions of a file.
 * @throws {InputError} if they are what is wrong, with the file's name and the instruction's place before it
 */
export async function blamingInstructions<T>({ file }: ReadRulesBatch, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof InstructionError)
      throw new InputError(`${file}: instructions[${cause.index}]: ${cause.cause.message}`, { cause });
    if (cause instanceof RulesBatchError) throw new InputError(`${file}: ${cause.message}`, { cause });
    throw cause;
  }
}
