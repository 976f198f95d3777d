/** A database could not be reached, or refused; the cause says why. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  constructor(
    message: string,
    /** PostgreSQL's code (SQLSTATE), if the server gave one: `23505` for a row that is there already, say. */
    readonly code: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A PostgreSQL server of this program's own could not be started; the message says what would help. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';
}
