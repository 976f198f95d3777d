/** How whoever uses a queue waits for a server that went away. */
export interface Patience {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Told when the server is gone, and when it is back. */
  readonly onWarning: (warning: string) => void;
}
