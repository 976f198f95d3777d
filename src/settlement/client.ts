import { createPublicClient, custom, UnknownRpcError } from 'viem';
import type { PublicClient } from 'viem';
import { AnswerError, checkAnswer } from './answers.js';
import type { Provider } from './provider.js';

/**
 * viem's calls by way of a provider. Each answer is checked for its form. The provider repeats failed calls, if
 * anyone does.
 */
export const clientOf = (provider: Provider): PublicClient =>
  createPublicClient({ transport: custom({ request: (call: Call) => checked(provider, call) }, { retryCount: 0 }) });

type Call = Parameters<Provider['request']>[0];

async function checked(provider: Provider, call: Call): Promise<unknown> {
  try {
    return checkAnswer(call.method, await provider.request(call));
  } catch (error) {
    // viem takes a response apart before it looks at it.
    if (error instanceof UnknownRpcError && error.cause instanceof TypeError)
      throw new AnswerError(call.method, 'a JSON-RPC response', null);
    throw error;
  }
}
