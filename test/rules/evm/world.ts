/** A small chain: accounts with keys, a token, and what tests do with them in a line. */
import { readFileSync } from 'node:fs';
import { hexToBytes, numberToHex } from 'viem';
import type { Abi, Hex, TransactionSerializable } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { EvmBatch } from '../../../src/rules/evm/batch.js';
import type { ExecutedTransaction } from '../../../src/rules/evm/batch.js';
import { EvmChain } from '../../../src/rules/evm/chain.js';
import type { BlockEnvironment } from '../../../src/rules/evm/environment.js';
import { decodeTransaction } from '../../../src/rules/evm/decode.js';
import type { Kind } from '../../../src/state/batch/access.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { MapState } from './map-state.js';

export const CHAIN = new EvmChain(31337n);
export const ALICE = privateKeyToAccount(`0x${'11'.repeat(32)}`);
export const BOB = privateKeyToAccount(`0x${'22'.repeat(32)}`);
export const FEE_RECIPIENT = 0xfeen;
export const ETHER = 10n ** 18n;
export const GAS_PRICE = 10n ** 9n;

export const { abi: TOKEN_ABI, bytecode: TOKEN_CODE } = JSON.parse(
  readFileSync(new URL('../../../examples/token.json', import.meta.url), 'utf8'),
) as { readonly abi: Abi; readonly bytecode: Hex };

export const ENVIRONMENT: BlockEnvironment = {
  number: 7n,
  timestamp: 1_800_000_000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 7n,
  prevRandao: 0x5eedn,
  feeRecipient: FEE_RECIPIENT,
  ancestors: [66n, 55n, 44n],
};

export const field = (address: Hex | bigint, kind: Exclude<Kind, 'storage'>, value: bigint): Entry => ({
  address: BigInt(address),
  kind,
  slot: 0n,
  value,
});

/** What Alice and Bob begin with. */
export const FUNDS: readonly Entry[] = [field(ALICE.address, 'balance', ETHER), field(BOB.address, 'balance', ETHER)];

export interface World {
  readonly batch: EvmBatch;
  /** Signs as `from`, with what is left out as it is usual, and executes. */
  readonly send: (request: Partial<TransactionSerializable>, from?: typeof ALICE) => Promise<ExecutedTransaction>;
  /** Bytes of such a transaction, not executed. */
  readonly sign: (request: Partial<TransactionSerializable>, from?: typeof ALICE) => Promise<Uint8Array>;
}

/** A batch in block 7, on a state of these entries. */
export async function world(
  entries: readonly Entry[] = FUNDS,
  codes: ReadonlyMap<bigint, Uint8Array> = new Map(),
  environment = ENVIRONMENT,
): Promise<World> {
  const batch = await EvmBatch.begin(CHAIN, new MapState(entries), codes);
  batch.enterBlock(environment);
  const nonces = new Map<Hex, number>();
  const sign: World['sign'] = async (request, from = ALICE) => {
    const nonce = nonces.get(from.address) ?? 0;
    const price =
      request.type === 'legacy' || request.type === 'eip2930'
        ? { gasPrice: GAS_PRICE }
        : { maxFeePerGas: GAS_PRICE, maxPriorityFeePerGas: GAS_PRICE };
    const filled = { type: 'eip1559', chainId: 31337, nonce, gas: 1_000_000n, ...price, ...request };
    return hexToBytes(await from.signTransaction(filled as TransactionSerializable));
  };
  const send: World['send'] = async (request, from = ALICE) => {
    const executed = await batch.execute(decodeTransaction(await sign(request, from), CHAIN));
    nonces.set(from.address, (nonces.get(from.address) ?? 0) + 1);
    return executed;
  };
  return { batch, send, sign };
}

/** Code that deploys `runtime`, of at most 255 bytes. */
export const deploying = (runtime: string): Hex =>
  `0x60${(runtime.length / 2).toString(16).padStart(2, '0')}80600b6000396000f3${runtime}`;

export const hexAddress = (address: bigint): Hex => numberToHex(address, { size: 20 });
