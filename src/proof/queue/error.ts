// In a file of their own, so that reporting an error does not load the PostgreSQL client.

/** There is no queue or no such job, or its state does not allow the request. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
}

/** A job ended without a proof: it was cancelled, or failed too often. */
export class JobError extends Error {
  override readonly name = 'JobError';
}
