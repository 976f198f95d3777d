/** The endpoint does not answer, or the chain refuses a call; the message says which, and why. */
export class ChainError extends Error {
  override readonly name: string = 'ChainError';
}

/** The endpoint asks for more than a transaction may cost. */
export class FeeError extends ChainError {
  override readonly name = 'FeeError';
}
