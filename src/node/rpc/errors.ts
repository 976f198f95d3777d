import { RpcError } from '../../base/json-rpc/answer.js';
import { TransactionRejectedError } from '../../rules/evm/rejection.js';
import { PrunedRootError, UnknownRootError } from '../../state/hashdb/roots.js';
import { PoolError } from '../pool/errors.js';

/** Geth's code for what has no other. */
export const SERVER_ERROR = -32000;
/** EIP-1474: a limit of this server is exceeded. */
export const LIMIT_EXCEEDED = -32005;
/** Geth's code of a call that reverted; the error's data is what it returned. */
export const REVERTED = 3;

/** Refuses what a caller can do nothing about but ask for less. */
export const exceeded = (message: string): RpcError => new RpcError(LIMIT_EXCEEDED, message);

/** What a caller is told of an error that is its own, or the state's; others are bugs, and are thrown again. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof PoolError) return new RpcError(error.code, error.message, undefined, { cause: error });
  if (error instanceof TransactionRejectedError) {
    const message =
      error.rejection === 'funds' ? `insufficient funds for gas * price + value: ${error.message}` : error.message;
    return new RpcError(SERVER_ERROR, message, undefined, { cause: error });
  }
  if (error instanceof PrunedRootError || error instanceof UnknownRootError) {
    return new RpcError(SERVER_ERROR, 'the state of this block is not kept', undefined, { cause: error });
  }
  throw error;
}
