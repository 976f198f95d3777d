import type { Watching } from '../base/tasks/watching.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import type { CompiledFiles } from '../machine/circuit/compile.js';
import { keepCeremonyKeys } from '../proof/prover/keys.js';
import type { ProvingKeys } from '../proof/prover/keys.js';
import { ContributionError, requireFinished, UnlistedPtauError, verifyKey } from '../proof/setup/index.js';
import type { OnEstimate, Transcript } from '../proof/setup/index.js';

/**
 * Verifies the key of a finished ceremony and installs it: batches of its circuit are then proven with it.
 * @throws {ContributionError} the key is not what the transcript says
 * @throws {UnlistedPtauError} the powers of tau are not listed, and `allowUnlisted` is not set
 * @throws {SetupError} the ceremony is not finished, or a file can't be used
 * @throws {ArtifactError} keys of another ceremony are installed
 * @throws what the signal was aborted with
 *
 * @example
 * await installKeys({
 *   store,
 *   circuit,
 *   ptau: 'powersOfTau28_hez_final_18.ptau',
 *   zkey: 'final.zkey',
 *   transcript,
 * });
 */
export async function installKeys({
  allowUnlisted = false,
  ...options
}: Watching & {
  readonly store: ArtifactStore;
  readonly circuit: CompiledFiles;
  readonly ptau: string;
  readonly zkey: string;
  readonly transcript: Transcript;
  /** Accept keys from powers of tau that are not on the published list. */
  readonly allowUnlisted?: boolean;
  readonly onEstimate?: OnEstimate;
}): Promise<ProvingKeys> {
  const { store, circuit, zkey, transcript } = options;
  requireFinished(transcript);
  if (transcript.powersOfTau.listed === null && !allowUnlisted) {
    throw new UnlistedPtauError('the key is over', transcript.powersOfTau.blake2b);
  }
  const verdict = await verifyKey({ ...options, workDirectory: store.directory });
  if (!verdict.valid) throw new ContributionError(`${zkey}: ${verdict.reason}`);
  return keepCeremonyKeys(store, circuit, { zkey, transcript, signal: options.signal });
}
