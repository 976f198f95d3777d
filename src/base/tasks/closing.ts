/// <reference lib="esnext.disposable" preserve="true" />

/**
 * Something open, which has to be closed: `await using` closes it at the end of its block.
 * @see {@link serve}
 */
export interface Closable extends AsyncDisposable {
  /** Ends what is open; nothing else may be asked of it afterwards. */
  close(): Promise<void>;
  /** `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What `await using` closes at the end of its block. */
export abstract class Closing implements Closable {
  abstract close(): Promise<void>;

  /** `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
