import * as z from 'zod';
import { keccak256 } from '../../../state/batch/import/keccak.js';
import { quantity, word } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { DATA } from '../params.js';

const NONE = z.tuple([]);

/** What the chain is, and what the node. */
export const CHAIN_METHODS: Methods = {
  eth_chainId: method(NONE, async ({ chain }) => quantity(chain.chainId)),
  // This node makes the chain: it follows nobody.
  eth_syncing: method(NONE, async () => false),
  net_version: method(NONE, async ({ chain }) => chain.chainId.toString()),
  net_listening: method(NONE, async () => true),
  net_peerCount: method(NONE, async () => '0x0'),
  web3_clientVersion: method(NONE, async ({ clientVersion }) => clientVersion),
  web3_sha3: method(z.tuple([DATA]), async (_context, bytes) => word(keccak256(bytes))),
};
