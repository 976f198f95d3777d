import * as z from 'zod';
import { proveAccount } from '../../../engine/prove-entry.js';
import { formatEthProof } from '../../../proof/verifier/eth-proof.js';
import type { Kind } from '../../../state/batch/access.js';
import { blockNamed } from '../blocks.js';
import type { RpcContext } from '../context.js';
import { exceeded } from '../errors.js';
import { data, quantity, word } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { ADDRESS, BLOCK, SLOT } from '../params.js';
import type { BlockName } from '../params.js';
import { stateAfter } from '../simulate.js';

/** The most slots of one proof. */
const MOST_SLOTS = 1024;

async function valueAt(
  context: RpcContext,
  entry: { readonly address: bigint; readonly kind: Kind; readonly slot?: bigint },
  name: BlockName,
): Promise<bigint> {
  const block = await blockNamed(context.store, name);
  const [value] = await stateAfter(context, block).getMany([{ slot: 0n, ...entry }]);
  return value!;
}

/** Accounts' balances, nonces, codes, storage, and proofs of these. */
export const ACCOUNT_METHODS: Methods = {
  // The node signs for nobody.
  eth_accounts: method(z.tuple([]), async () => []),

  eth_getBalance: method(z.tuple([ADDRESS, BLOCK.nullish()]), async (context, address, name) =>
    quantity(await valueAt(context, { address, kind: 'balance' }, name ?? 'latest')),
  ),
  eth_getTransactionCount: method(z.tuple([ADDRESS, BLOCK.nullish()]), async (context, address, name) => {
    const waiting = name === 'pending' ? context.pool.nextNonce(address) : undefined;
    return quantity(waiting ?? (await valueAt(context, { address, kind: 'nonce' }, name ?? 'latest')));
  }),
  eth_getCode: method(z.tuple([ADDRESS, BLOCK.nullish()]), async (context, address, name) => {
    const hash = await valueAt(context, { address, kind: 'code' }, name ?? 'latest');
    if (hash === 0n) return '0x';
    const code = await context.store.get(hash);
    if (code === undefined) throw new Error(`the code with hash ${word(hash)} is not stored`);
    return data(code);
  }),
  eth_getStorageAt: method(z.tuple([ADDRESS, SLOT, BLOCK.nullish()]), async (context, address, slot, name) =>
    word(await valueAt(context, { address, kind: 'storage', slot }, name ?? 'latest')),
  ),
  eth_getProof: method(z.tuple([ADDRESS, z.array(SLOT), BLOCK.nullish()]), async (context, address, slots, name) => {
    if (slots.length > MOST_SLOTS) throw exceeded(`expected at most ${MOST_SLOTS} slots, got ${slots.length}`);
    const { stateRoot: root } = await blockNamed(context.store, name ?? 'latest');
    return JSON.parse(formatEthProof(await proveAccount(context.state, { address, slots }, { root }))) as object;
  }),
};
