/** The endpoint does not answer, or the chain refuses a call; the message says which, and why. */
export class ChainError extends Error {
  override readonly name: string = 'ChainError';
}

/** A call was mined and reverted, by the endpoint's word. */
export class RevertedError extends ChainError {
  override readonly name = 'RevertedError';
}

/** The endpoint asks for more than a transaction may cost. */
export class FeeError extends ChainError {
  override readonly name = 'FeeError';
}
