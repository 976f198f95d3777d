import { RPC, RpcError } from '../../../base/json-rpc/answer.js';
import type { RpcParams } from '../../../base/json-rpc/answer.js';
import type { RpcContext } from '../context.js';
import { toRpcError } from '../errors.js';
import type { Methods } from '../method.js';
import { ACCOUNT_METHODS } from './accounts.js';
import { BLOCK_METHODS } from './blocks.js';
import { CALL_METHODS } from './calls.js';
import { CHAIN_METHODS } from './chain.js';
import { DEBUG_METHODS } from './debug.js';
import { FEE_METHODS } from './fees.js';
import { LOG_METHODS } from './logs.js';
import { OWN_METHODS } from './own.js';
import { POOL_METHODS } from './pool.js';

/** The methods that everyone may call. */
export const PUBLIC_METHODS: Methods = {
  ...CHAIN_METHODS,
  ...BLOCK_METHODS,
  ...ACCOUNT_METHODS,
  ...CALL_METHODS,
  ...FEE_METHODS,
  ...POOL_METHODS,
  ...LOG_METHODS,
  ...OWN_METHODS,
};

/**
 * Answers a call by one of the methods.
 * @throws {RpcError} there is no such method, or what it says
 */
export async function callMethod(
  methods: ReadonlyMap<string, Methods[string]>,
  context: RpcContext,
  method: string,
  params: RpcParams,
): Promise<unknown> {
  const work = methods.get(method);
  if (work === undefined) {
    throw new RpcError(RPC.noMethod, `the method ${method} ${whyNot(method)}`);
  }
  try {
    return await work(context, params);
  } catch (error) {
    throw toRpcError(error);
  }
}

function whyNot(method: string): string {
  if (method === 'eth_subscribe' || method === 'eth_unsubscribe') return 'needs a WebSocket';
  if (Object.hasOwn(DEBUG_METHODS, method)) return 'is off: the node must be started with --tracing';
  return 'does not exist/is not available';
}
