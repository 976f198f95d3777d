import { createPublicClient, custom } from 'viem';
import type { PublicClient } from 'viem';
import type { Provider } from './provider.js';

/** viem's calls by way of a provider; failed ones are tried again by the provider, if at all. */
export const clientOf = (provider: Provider): PublicClient =>
  createPublicClient({ transport: custom(provider, { retryCount: 0 }) });
