import * as z from 'zod';
import { RPC, RpcError } from '../../base/json-rpc/answer.js';
import type { EvmSimulation } from '../../rules/evm/simulation.js';
import type { RpcContext } from './context.js';
import { ADDRESS, DATA, HASH, QUANTITY, SLOT } from './params.js';

const ACCESS_LIST = z.array(
  z
    .object({ address: ADDRESS, storageKeys: z.array(HASH) })
    .transform(({ address, storageKeys }) => ({ address, slots: storageKeys })),
  'expected an access list: an array of objects with address and storageKeys',
);

const AUTHORIZATION = z.object({
  chainId: QUANTITY,
  address: ADDRESS,
  nonce: QUANTITY,
  yParity: QUANTITY,
  r: QUANTITY,
  s: QUANTITY,
});

/** A transaction that nobody signed, as callers describe it. Fields that are left out may be null. */
export const CALL = z.object(
  {
    from: ADDRESS.nullish(),
    to: ADDRESS.nullish(),
    gas: QUANTITY.nullish(),
    gasPrice: QUANTITY.nullish(),
    maxFeePerGas: QUANTITY.nullish(),
    maxPriorityFeePerGas: QUANTITY.nullish(),
    value: QUANTITY.nullish(),
    data: DATA.nullish(),
    input: DATA.nullish(),
    chainId: QUANTITY.nullish(),
    accessList: ACCESS_LIST.nullish(),
    authorizationList: z.array(AUTHORIZATION).nullish(),
    blobVersionedHashes: z.null('expected no blobs: there are none on this chain').optional(),
  },
  'expected a transaction: an object',
);
export type CallRequest = z.output<typeof CALL>;

/** What a state is to be like for one call. */
export const OVERRIDES = z
  .record(
    z.string(),
    z.strictObject({
      balance: QUANTITY.nullish(),
      nonce: QUANTITY.nullish(),
      code: DATA.nullish(),
      state: z.record(z.string(), HASH).nullish(),
      stateDiff: z.record(z.string(), HASH).nullish(),
    }),
    'expected state overrides: an object with an object for each address',
  )
  .transform((accounts, context) =>
    Object.entries(accounts).map(([name, { state, stateDiff, balance, nonce, code }]) => {
      const address = read(ADDRESS, name, context);
      if (state != null && stateDiff != null) context.addIssue('expected state or stateDiff of an account, not both');
      const slots = Object.entries(state ?? stateDiff ?? {}).map(
        ([slot, value]) => [read(SLOT, slot, context), value] as const,
      );
      return { address, balance, nonce, code, slots, isWhole: state != null };
    }),
  );
export type Override = z.output<typeof OVERRIDES>[number];

function read(schema: z.ZodType<bigint>, text: string, context: z.RefinementCtx): bigint {
  const result = schema.safeParse(text);
  if (!result.success) context.addIssue(result.error.issues[0]!.message);
  return result.data ?? 0n;
}

const refuse = (message: string): never => {
  throw new RpcError(RPC.invalidParams, `invalid params: ${message}`);
};

/**
 * The transaction that a caller describes. One without a price costs nothing, in a block without a base fee.
 * @param baseFee of its block
 * @throws {RpcError} the description contradicts itself or the chain
 */
export function simulationOf(request: CallRequest, { chain, limits }: RpcContext, baseFee: bigint): EvmSimulation {
  const { from, to, gas, gasPrice, maxFeePerGas, value, data, input, chainId, accessList } = request;
  if (chainId != null && chainId !== chain.chainId) refuse(`expected chain id ${chain.chainId}, got ${chainId}`);
  if (data != null && input != null && !Buffer.from(data).equals(input)) {
    refuse('both "data" and "input" are set and not equal');
  }
  if (gasPrice != null && maxFeePerGas != null) refuse('both gasPrice and maxFeePerGas are given');
  const tip = request.maxPriorityFeePerGas ?? 0n;
  if (maxFeePerGas != null && tip > maxFeePerGas) refuse('maxPriorityFeePerGas exceeds maxFeePerGas');
  const price = gasPrice ?? (maxFeePerGas == null ? tip : min(maxFeePerGas, baseFee + tip));
  return {
    from: from ?? 0n,
    to: to ?? null,
    data: input ?? data ?? new Uint8Array(),
    value: value ?? 0n,
    gasLimit: min(gas ?? limits.callGas, limits.callGas),
    gasPrice: price,
    accessList: accessList ?? [],
    authorizationList: request.authorizationList ?? [],
  };
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
