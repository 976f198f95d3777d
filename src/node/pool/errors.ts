/**
 * Why the pool refuses a transaction, in geth's words, which libraries compare with: core/txpool/errors.go,
 * core/txpool/legacypool/legacypool.go and core/error.go of go-ethereum.
 */
export type PoolRefusal =
  | 'already known'
  | 'nonce too low'
  | 'nonce too high'
  | 'replacement transaction underpriced'
  | 'transaction underpriced'
  | 'insufficient funds for gas * price + value'
  | 'intrinsic gas too low'
  | 'exceeds block gas limit'
  | 'oversized data'
  | 'txpool is full'
  | 'transaction type not supported'
  | 'invalid sender'
  | 'invalid chain id for signer'
  /** No words of geth's: its bytes are no transaction, an operator blocks its sender, or no batch can hold it. */
  | 'malformed transaction'
  | 'sender is blocked'
  | 'transaction cannot be executed';

/** The pool refuses a transaction. Nothing has changed. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
  /** Of JSON-RPC. */
  readonly code = -32000;
  /** @param detail what was expected and what came; the message is `refusal: detail` */
  constructor(
    readonly refusal: PoolRefusal,
    detail?: string,
  ) {
    super(detail === undefined ? refusal : `${refusal}: ${detail}`);
  }
}
