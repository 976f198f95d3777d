import { createPublicClient, http, type PublicClient } from 'viem';

/** Bytes of an endpoint's largest answer that is read, unpacked. */
export const MAX_ANSWER_BYTES = 64 << 20;

/** A client of the JSON-RPC endpoint at `url`, http or https. A call with an answer of more than `MAX_ANSWER_BYTES` fails. */
export const openEndpoint = (url: string): PublicClient =>
  createPublicClient({ transport: http(url, { maxResponseBodySize: MAX_ANSWER_BYTES }) });
