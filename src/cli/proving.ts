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

/** The workers of a queue, or the provers of this machine. */
export const queueOf = async ({ queue, prover }: Pick<ProveOptions, 'queue' | 'prover'>): Promise<ProofQueue> =>
  queue === undefined
    ? new LocalQueue({ programs: await findProvers(prover, process.env['PATH'] ?? ''), onWarning: warn })
    : await PostgresQueue.open(queue, { onWarning: warn });

/** Named by its place in the history, so that no two proofs share a name. */
export const proofName = (newRoot: Fr, number: number): string => `${number}-${frToHex(newRoot).slice(2, 18)}.json`;
