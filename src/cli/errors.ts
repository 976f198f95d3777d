import { BatchError } from '../state/batch/batch.js';
import { FieldError } from '../state/batch/fields.js';
import { ArtifactError } from '../machine/circuit/artifacts.js';
import { CompileError } from '../machine/circuit/compile.js';
import { describeSystemError, isSystemError } from '../base/files/system-error.js';
import { FileError } from '../base/files/file-error.js';
import { MachineError } from '../engine/machine.js';
import { OtherTreeError } from '../engine/plan-batch.js';
import { PrestateError } from '../engine/starting-state.js';
import { DatabaseNotEmptyError } from '../engine/load-state.js';
import { ThreadError } from '../base/tasks/thread-error.js';
import { HashDbError, NoDatabaseError } from '../state/hashdb/driver.js';
import { DamagedFilesError } from '../state/hashdb/level-files.js';
import { DatabaseLockedError } from '../state/hashdb/locked-error.js';
import { IncompleteIndexError } from '../state/hashdb/indexed.js';
import { DamagedRecordError } from '../state/hashdb/record.js';
import { PrunedRootError, UnknownRootError } from '../state/hashdb/roots.js';
import { NoProverError } from '../proof/prover/find.js';
import { ProverError } from '../proof/prover/program.js';
import { KeyMismatchError } from '../proof/prover/queue.js';
import { JobError, QueueError } from '../proof/queue/error.js';
import { SetupError, UnlistedPtauError } from '../proof/setup/error.js';
import { ServeError } from '../server/address.js';
import { ChainError, FeeError } from '../settlement/chain-error.js';
import { JournalError } from '../settlement/journal.js';
import { NothingToPostError, OutdatedBatchError, PrivateKeyError } from '../settlement/error.js';
import { SyncError } from '../settlement/sync.js';
import { InstructionError } from '../rules/common/rules.js';
import { KeyDerivationError, OriginError } from '../rules/payments/wallet.js';
import { BatchDataError } from '../settlement/data.js';
import { MalformedTreeError, MissingNodeError } from '../state/tree/store.js';
import { DevelopmentKeysError } from '../proof/verifier/solidity.js';
import { OtherKeysError } from '../proof/verifier/verify.js';
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
  [MachineError, '; free some, or use a smaller circuit with --circuit NAME (see `rootshift circuits`)'],
  [OtherTreeError, '; see `rootshift circuits`'],
  [NoDatabaseError, '; prove a batch or load entries to create one, or use another with --db PLACE'],
  [DatabaseLockedError, '; wait for it to end, or use another database with --db PLACE'],
  [UnknownRootError, '; see `rootshift state`'],
  [PrunedRootError, '; see `rootshift state`'],
  [DatabaseNotEmptyError, '; use another with --db PLACE'],
  [IncompleteIndexError, '; `rootshift state fsck --repair` rebuilds the index'],
  [DamagedRecordError, '; `rootshift state fsck` shows what can be repaired'],
  [ServeError, ''],
  [DamagedFilesError, '; see `rootshift state fsck`'],
  [HashDbError, ''],
  [ThreadError, ''],
  [MissingNodeError, '; the database is damaged'],
  [MalformedTreeError, '; the database is damaged'],
  [ArtifactError, ''],
  [CompileError, ''],
  [UnlistedPtauError, '; to use it anyway, add --unlisted-ptau'],
  [SetupError, ''],
  [NoProverError, ''],
  [ProverError, ''],
  [KeyMismatchError, ''],
  [JobError, '; see `rootshift jobs`; retry it with `rootshift jobs retry`'],
  [QueueError, '; see `rootshift jobs --help`'],
  [OtherKeysError, ''],
  [FeeError, '; allow more with --max-fee ETHER'],
  [ChainError, ''],
  [JournalError, ''],
  [PrivateKeyError, ''],
  [NothingToPostError, ''],
  [OutdatedBatchError, '; bring the database there with `rootshift sync`, and see whether the batch still holds'],
  [BatchDataError, ''],
  [InstructionError, ''],
  [KeyDerivationError, ''],
  [OriginError, ''],
  [SyncError, '; use another database with --db PLACE'],
  [DevelopmentKeysError, '; to use them anyway, add --allow-development-keys'],
];

/** An error as the user sees it. */
export interface Complaint {
  readonly sentence: string;
  /** True for a bug: no input may cause it. */
  readonly isBug: boolean;
}

export function complaintOf(error: unknown): Complaint {
  const found = EXPECTED.find(([kind]) => error instanceof kind);
  if (found !== undefined) return { sentence: `${(error as Error).message}${found[1]}`, isBug: false };
  if (isSystemError(error)) return { sentence: describeSystemError(error), isBug: false };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    sentence: `${message}; this is a bug in rootshift: please report it with the output of --debug`,
    isBug: true,
  };
}
