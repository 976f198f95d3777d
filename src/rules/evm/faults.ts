/** An account has a code whose bytes nobody knows, or others are given for it. */
export class MissingCodeError extends Error {
  override readonly name = 'MissingCodeError';
}

/** A transaction asks for the hash of a block that the environment does not name. */
export class MissingBlockHashError extends Error {
  override readonly name = 'MissingBlockHashError';
}

/** An account without code and nonce has storage (EIP-7610): no transaction makes one, and none can clear it. */
export class StrayStorageError extends Error {
  override readonly name = 'StrayStorageError';
}
