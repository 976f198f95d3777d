import { createPublicClient, http } from 'viem';

/** What answers a chain's JSON-RPC calls, as EIP-1193 has it: a client of viem, a wallet, or what `openEndpoint` gives. */
export interface Provider {
  request(call: { readonly method: string; readonly params?: unknown }): Promise<unknown>;
}

/** Bytes of an endpoint's largest answer that is read, unpacked. */
export const MAX_ANSWER_BYTES = 64 << 20;

/**
 * The JSON-RPC endpoint at `url`, http or https. A call with an answer of more than 64 MiB fails.
 *
 * @example
 * const batches = await readBatches(openEndpoint('http://127.0.0.1:8545'), contract);
 */
export const openEndpoint = (url: string): Provider =>
  createPublicClient({ transport: http(url, { maxResponseBodySize: MAX_ANSWER_BYTES }) });
