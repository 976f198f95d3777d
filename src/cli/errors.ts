import { BatchError } from '../batch/batch.js';
import { FieldError } from '../batch/fields.js';
import { ArtifactError } from '../circuit/artifacts.js';
import { CompileError } from '../circuit/compile.js';
import { describeSystemError, isSystemError } from '../circuit/system-error.js';
import { FileError } from '../engine/files.js';
import { MachineError } from '../engine/machine.js';
import { OtherTreeError } from '../engine/plan-batch.js';
import { PrestateError } from '../engine/starting-state.js';
import { DatabaseNotEmptyError } from '../engine/load-state.js';
import { HashWorkerError } from '../hash/pool.js';
import { HashDbError, NoDatabaseError } from '../hashdb/driver.js';
import { DatabaseLockedError } from '../hashdb/level.js';
import { PrunedRootError, UnknownRootError } from '../hashdb/roots.js';
import { NoProverError } from '../prover/find.js';
import { ProverError } from '../prover/program.js';
import { KeyMismatchError } from '../prover/queue.js';
import { QueueError } from '../queue/connection.js';
import { JobError } from '../queue/postgres-queue.js';
import { SetupError, UnlistedPtauError } from '../setup/index.js';
import { ServeError } from '../server/address.js';
import { ChainError } from '../settlement/sender.js';
import { JournalError } from '../settlement/journal.js';
import { PrivateKeyError } from '../settlement/private-key.js';
import { NothingToPostError } from '../settlement/post.js';
import { SyncError } from '../settlement/sync.js';
import { BatchDataError } from '../settlement/data.js';
import { MalformedTreeError, MissingNodeError } from '../tree/store.js';
import { DevelopmentKeysError } from '../verifier/solidity.js';
import { OtherKeysError } from '../verifier/verify.js';
import { InputError } from './input.js';

type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * What can go wrong though the program is right, and what to do about it if the message leaves that to
 * the command line. All else is a bug.
 */
const EXPECTED: readonly (readonly [kind: ErrorClass, hint: string])[] = [
  [InputError, ''],
  [FieldError, ''],
  [BatchError, ''],
  [FileError, ''],
  [PrestateError, ' (--db PLACE)'],
  [MachineError, '; make room, or take a smaller circuit with --circuit NAME, see `rootshift circuits`'],
  [OtherTreeError, '; see `rootshift circuits`'],
  [NoDatabaseError, '; prove a batch or load entries to make one, or name another with --db PLACE'],
  [DatabaseLockedError, '; wait for it to end, or take another database with --db PLACE'],
  [UnknownRootError, '; see `rootshift state`'],
  [PrunedRootError, '; see `rootshift state`'],
  [DatabaseNotEmptyError, '; take another with --db PLACE'],
  [ServeError, ''],
  [HashDbError, ''],
  [HashWorkerError, ''],
  [MissingNodeError, '; the database is damaged'],
  [MalformedTreeError, '; the database is damaged'],
  [ArtifactError, ''],
  [CompileError, ''],
  [UnlistedPtauError, '; to take it all the same, add --unlisted-ptau'],
  [SetupError, ''],
  [NoProverError, ''],
  [ProverError, ''],
  [KeyMismatchError, ''],
  [JobError, '; see `rootshift jobs`, and `rootshift jobs retry` to have it tried again'],
  [QueueError, '; see `rootshift jobs --help`'],
  [OtherKeysError, ''],
  [ChainError, ''],
  [JournalError, ''],
  [PrivateKeyError, ''],
  [NothingToPostError, ''],
  [BatchDataError, ''],
  [SyncError, '; take another database with --db DIR'],
  [DevelopmentKeysError, '; to have a verifier for them all the same, add --allow-development-keys'],
];

/** An error as the user is told of it. */
export interface Complaint {
  readonly sentence: string;
  /** True for what must not happen, whatever the user does. */
  readonly isBug: boolean;
}

export function complaintOf(error: unknown): Complaint {
  const found = EXPECTED.find(([kind]) => error instanceof kind);
  if (found !== undefined) return { sentence: `${(error as Error).message}${found[1]}`, isBug: false };
  if (isSystemError(error)) return { sentence: describeSystemError(error), isBug: false };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { sentence: `${message}; this is a bug in rootshift: please report it, with what --debug prints`, isBug: true };
}
