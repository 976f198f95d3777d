import { BaseError, ContractFunctionRevertedError, decodeErrorResult, ResponseBodyTooLargeError } from 'viem';
import type { Abi } from 'viem';
import { AnswerError } from './answers.js';
import { CHAIN_VERIFIER_ABI, PAYMENTS_ABI, RULES_SETTLEMENT_ABI, RULES_VERIFIER_ABI, SETTLEMENT_ABI } from './abi.js';
import { ChainError } from './chain-error.js';
import type { Address, Hash } from './point.js';

/** So that an error of any of them is told by name. */
const EVERY_ABI: Abi = [
  ...SETTLEMENT_ABI,
  ...CHAIN_VERIFIER_ABI,
  ...PAYMENTS_ABI,
  ...RULES_VERIFIER_ABI,
  ...RULES_SETTLEMENT_ABI,
];

/** Has what goes wrong with an endpoint told in a sentence that begins so. @throws {ChainError} */
export async function asking<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    throw new ChainError(`${what}: ${refusalOf(error)}`, { cause: error });
  }
}

/** Why a call was refused: a contract's error by its name, or what the endpoint says. */
export function refusalOf(error: BaseError): string {
  const odd = error.walk((cause) => cause instanceof AnswerError);
  if (odd instanceof AnswerError) return odd.shortMessage;
  const tooLarge = error.walk((cause) => cause instanceof ResponseBodyTooLargeError);
  if (tooLarge instanceof ResponseBodyTooLargeError)
    return `expected an answer of at most ${tooLarge.maxSize.toLocaleString('en')} bytes, got more`;
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError && reverted.data)
    return describeError(reverted.data.errorName, reverted.data.args);
  const holder = error.walk((cause) => typeof (cause as { data?: unknown }).data === 'string') as {
    data?: Hash;
  } | null;
  if (holder?.data !== undefined && holder.data.length >= 10) {
    try {
      const { errorName, args } = decodeErrorResult({ abi: EVERY_ABI, data: holder.data });
      return describeError(errorName, args);
    } catch {
      // An error of another contract.
    }
  }
  return (error.details ?? error.shortMessage).split('\n')[0]!;
}

const describeError = (name: string, args: readonly unknown[] | undefined): string =>
  `the contract reverts: ${name}(${(args ?? []).join(', ')})`;

/** @throws {ChainError} the endpoint does not answer as a settlement's would */
export const reading = <T>(contract: Address, work: () => Promise<T>): Promise<T> =>
  asking(`could not read the settlement at ${contract}`, work);
