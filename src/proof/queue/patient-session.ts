import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StorageError } from '../../state/hashdb/driver.js';
import type { PostgresPlace } from '../../state/hashdb/postgres-place.js';
import type { PostgresSession } from '../../state/hashdb/postgres-session.js';
import type { Patience } from './patience.js';

const PAUSE_MS = 500;

/**
 * A session for work that goes on, sooner or later: while the server is away (restarts, is cut off) or has no room, it
 * is asked again, every half a second. What is sent may be done twice, so it must do no harm the second time.
 */
export class PatientSession {
  /** The calls without an answer yet: if one meets a full disk, others may, too. */
  #waiting = 0;
  #isClosed = false;

  constructor(
    private readonly session: PostgresSession,
    private readonly patience: Patience,
  ) {}

  get place(): PostgresPlace {
    return this.session.place;
  }

  /** @throws {StorageError} the server refuses, or is away while the signal is aborted or this is closed */
  read<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return this.#patiently(() => this.session.read(work));
  }

  /** @throws {StorageError} as `read` */
  transaction(work: (client: pg.ClientBase) => Promise<boolean>): Promise<boolean> {
    return this.#patiently(() => this.session.transaction(work));
  }

  /** Stops waiting. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.session.close();
  }

  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const { signal, onWarning } = this.patience;
    for (let isWaiting = false; ;) {
      try {
        const result = await attempt();
        if (isWaiting && --this.#waiting === 0) onWarning('the queue is available again');
        return result;
      } catch (error) {
        if (signal.aborted || this.#isClosed || !isForNow(error)) {
          if (isWaiting) this.#waiting--;
          throw error;
        }
        if (!isWaiting && this.#waiting++ === 0) onWarning(`${error.message}; retrying until it is available`);
        isWaiting = true;
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}

/**
 * Nobody answers, or a server that goes down, comes up or lacks something: room on a disk, memory, a connection to
 * spare, a disk that works (PostgreSQL's error codes, classes 08, 53, 57 and 58).
 */
function isForNow(error: unknown): error is StorageError {
  if (!(error instanceof StorageError)) return false;
  const { cause } = error;
  return !(cause instanceof pg.DatabaseError) || /^(08|53|57P0|58030)/.test(cause.code ?? '');
}
