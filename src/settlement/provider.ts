import { createPublicClient, http } from 'viem';

/**
 * Answers a chain's JSON-RPC calls, as in EIP-1193: a viem client, a wallet, or the result of `openEndpoint`.
 * @see {@link openEndpoint}
 */
export interface Provider {
  /** The result of a call, such as `eth_chainId`. */
  request(call: { readonly method: string; readonly params?: unknown }): Promise<unknown>;
}

/** Bytes of an endpoint's largest answer that is read, unpacked. */
export const MAX_ANSWER_BYTES = 64 << 20;

/** How an endpoint is asked. */
export interface EndpointOptions {
  /** What is being asked when it is aborted fails. */
  readonly signal?: AbortSignal | undefined;
  /** A call with an answer of more fails. By default 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * The JSON-RPC endpoint at `url`, http or https.
 *
 * @example
 * const batches = await readBatches(openEndpoint('http://127.0.0.1:8545'), contract);
 */
export function openEndpoint(url: string, { signal, maxBytes = MAX_ANSWER_BYTES }: EndpointOptions = {}): Provider {
  // Of two signals viem would heed its caller's alone, and a call that takes too long would go on unheard.
  const fetchFn: typeof fetch = (input, init) => fetch(input, { ...init, signal: anyOf([init?.signal, signal]) });
  return createPublicClient({ transport: http(url, { maxResponseBodySize: maxBytes, fetchFn }) });
}

const anyOf = (signals: readonly (AbortSignal | null | undefined)[]): AbortSignal =>
  AbortSignal.any(signals.filter((signal) => signal != null));
