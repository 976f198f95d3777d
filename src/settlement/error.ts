// On their own: whoever reports errors need not load what is talked to a chain with.

/** Something is no private key, or a keystore that cannot be opened. It never says what was in it. */
export class PrivateKeyError extends Error {
  override readonly name = 'PrivateKeyError';
}

/** A batch has no writes: there is nothing to post. */
export class NothingToPostError extends Error {
  override readonly name = 'NothingToPostError';
}

/** A batch was made on another state than the chain has now: settling it could undo an update without a word. */
export class OutdatedBatchError extends Error {
  override readonly name = 'OutdatedBatchError';
}
