import { frToHex } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { findProvers } from '../proof/prover/find.js';
import { LocalQueue } from '../proof/prover/queue.js';
import type { ProofQueue } from '../proof/prover/queue.js';
import { PostgresQueue } from '../proof/queue/postgres-queue.js';
import { printBetween } from './progress.js';

export interface ProveOptions {
  readonly circuit?: CircuitName;
  readonly rulesCircuit?: string;
  readonly transactions?: string;
  readonly out?: string;
  readonly prover: string;
  readonly queue?: string;
}

export const warn = (warning: string): void => printBetween(`warning: ${warning}`);

type Provers = Pick<ProveOptions, 'queue' | 'prover'>;

/** What opens the workers of a queue, or the provers of this machine, as often as it is called. */
export async function queueOpener(
  { queue, prover }: Provers,
  onWarning: (warning: string) => void,
): Promise<() => Promise<ProofQueue>> {
  if (queue !== undefined) return () => PostgresQueue.open(queue, { onWarning });
  const programs = await findProvers(prover, process.env['PATH'] ?? '');
  return () => Promise.resolve(new LocalQueue({ programs, onWarning }));
}

/** The workers of a queue, or the provers of this machine. */
export const queueOf = async (provers: Provers): Promise<ProofQueue> => (await queueOpener(provers, warn))();

/** Named by its place in the history, so that no two proofs share a name. */
export const proofName = (newRoot: Fr, number: number): string => `${number}-${frToHex(newRoot).slice(2, 18)}.json`;
