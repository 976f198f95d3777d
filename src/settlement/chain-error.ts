/** The endpoint does not answer, or the chain refuses a call; the message says which, and why. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
}
