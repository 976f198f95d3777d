import { HashDbError } from './driver.js';

/** Another process has the database open; LevelDB allows only one. */
export class DatabaseLockedError extends HashDbError {
  override readonly name = 'DatabaseLockedError';
  constructor(location: string, options: ErrorOptions) {
    super(`the database at ${location} is in use by another process`, options);
  }
}
