/**
 * How a queue's user waits for a server that is down.
 * @see {@link QueueConnection}
 */
export interface Patience {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called when the server goes down and when it is back. */
  readonly onWarning: (warning: string) => void;
}
