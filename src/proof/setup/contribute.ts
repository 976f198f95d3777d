import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Watching } from '../../base/tasks/watching.js';
import { fileSize } from '../../machine/circuit/artifacts.js';
import { contribute, contributeBeacon } from '../../base/untyped/snarkjs-ceremony.js';
import { SnarkjsEnd } from '../../base/untyped/snarkjs-program.js';
import { readContributions } from './contributions.js';
import type { Contribution } from './contributions.js';
import { SetupError } from './error.js';
import { estimateContribution, requireRoom } from './estimate.js';
import type { OnEstimate } from './estimate.js';
import { BEACON_ITERATIONS, isBeaconValue, isClosed } from './transcript.js';
import { writeWhole } from '../../base/files/whole-file.js';

const MAX_NAME_LENGTH = 64;
const BEACON_NAME = 'beacon';

/**
 * A finished contribution and its number in the ceremony, from 1.
 * @see {@link contributeToKey}
 */
export interface NumberedContribution extends Contribution {
  readonly number: number;
}

/**
 * Makes a new key from one of a ceremony: every secret in it is multiplied by a new one, which is drawn here, from
 * the system's randomness and `text`, and is only ever in the memory of this process's own child.
 *
 * @param options.to must not be there yet
 * @param options.text anything; it can only add to the randomness
 * @throws {SetupError} the key is damaged, no ceremony's, or closed by a beacon; or `to` is there, or the name is no
 *   name, or snarkjs failed
 * @throws what the signal was aborted with
 *
 * @example
 * await contributeToKey({ from: '0001.zkey', to: '0002.zkey', name: 'Alice' });
 */
export async function contributeToKey(
  options: Watching & {
    readonly from: string;
    readonly to: string;
    readonly name: string;
    readonly text?: string;
    readonly onEstimate?: OnEstimate;
  },
): Promise<NumberedContribution> {
  const { from, to, name, text = '', onEstimate, onProgress, signal } = options;
  // A control character could rewrite a reader's terminal.
  if (!/\S/.test(name) || name.length > MAX_NAME_LENGTH || /\p{Cc}/u.test(name)) {
    throw new SetupError(`expected a name of 1 to ${MAX_NAME_LENGTH} characters, got ${JSON.stringify(name)}`);
  }
  await refuseExisting(to);
  const entropy = randomBytes(64).toString('hex') + text;
  return extend({ from, to, onEstimate }, (scratch) =>
    contribute(from, scratch, name, entropy, { onProgress, signal }),
  );
}

/**
 * Closes a ceremony by a contribution whose secret is no secret: it follows from a value that nobody could
 * foresee when the last contribution was made, so that no contributor could choose the outcome.
 *
 * @throws {SetupError} as `contributeToKey`; or nobody has contributed yet, or the value or the iterations are no
 *   beacon's
 */
export async function addBeacon(
  options: Watching & {
    readonly from: string;
    readonly to: string;
    readonly beacon: NonNullable<Contribution['beacon']>;
    readonly onEstimate?: OnEstimate;
  },
): Promise<NumberedContribution> {
  const { from, to, beacon, onEstimate, onProgress, signal } = options;
  checkBeacon(beacon);
  await refuseExisting(to);
  const { list } = await readContributions(from);
  if (list.length === 0) throw new SetupError(`expected contributions before the beacon, ${from} has none`);
  return extend({ from, to, onEstimate }, (scratch) =>
    contributeBeacon(from, scratch, BEACON_NAME, beacon, { onProgress, signal }),
  );
}

/** @throws {SetupError} */
export function checkBeacon({ value, iterationsExponent }: NonNullable<Contribution['beacon']>): void {
  const { least, most } = BEACON_ITERATIONS;
  if (!isBeaconValue(value)) {
    throw new SetupError(
      `expected a beacon value of 1 to 255 bytes, as lower-case hexadecimal digits, got ${JSON.stringify(value)}`,
    );
  }
  if (!Number.isInteger(iterationsExponent) || iterationsExponent < least || iterationsExponent > most) {
    throw new SetupError(`expected 2^${least} to 2^${most} iterations of the beacon, got 2^${iterationsExponent}`);
  }
}

async function refuseExisting(to: string): Promise<void> {
  const there = await stat(to).catch(() => null);
  if (there !== null) throw new SetupError(`expected to make ${to}, which is there already`);
}

/** Lets `make` write `to`, and checks the result against its source. */
async function extend(
  { from, to, onEstimate }: { readonly from: string; readonly to: string; readonly onEstimate: OnEstimate | undefined },
  make: (scratch: string) => Promise<string>,
): Promise<NumberedContribution> {
  const before = await readContributions(from);
  if (isClosed(before.list)) throw new SetupError(`expected a ceremony that goes on, ${from} was closed by a beacon`);
  const estimate = await estimateContribution(before, await fileSize(from));
  onEstimate?.(estimate);
  await requireRoom(to, estimate.diskBytes);
  return writeWhole(to, async (scratch) => {
    const hash = await make(scratch).catch((cause: unknown) => {
      if (!(cause instanceof SnarkjsEnd)) throw cause;
      throw new SetupError(`could not make ${to}: ${cause.message}`, { cause });
    });
    const after = await readContributions(scratch);
    const [made] = after.list.slice(before.list.length);
    const isOneMore =
      after.circuitHash === before.circuitHash &&
      after.list.length === before.list.length + 1 &&
      before.list.every((contribution, i) => contribution.hash === after.list[i]?.hash);
    if (made === undefined || made.hash !== hash || !isOneMore) {
      throw new SetupError(
        `the key made from ${from} does not hold what was contributed; it may have changed meanwhile`,
      );
    }
    return { ...made, number: after.list.length };
  });
}
