// How much npm run bench measures.
import type { ExecutorOptions } from '../measures/executor.js';
import type { ProvingOptions } from '../measures/proving.js';

export interface ExecutorPlan extends Pick<
  ExecutorOptions,
  'rounds' | 'batch' | 'peerAccesses' | 'planned' | 'circuits'
> {
  /** Entries of the states. */
  readonly sizes: readonly number[];
  /** Of the states, the largest that the peers take part in. */
  readonly peersUpTo: number;
}

export type ProvingPlan = Pick<ProvingOptions, 'circuits' | 'rounds' | 'limitSeconds' | 'pair'>;

export const PLANS: Readonly<Record<'full' | 'quick' | 'least', { executor: ExecutorPlan; proving: ProvingPlan }>> = {
  full: {
    // The peers' limit is 100,000 records: beyond, their own work takes hours.
    executor: {
      sizes: [1000, 10_000, 100_000, 1_000_000],
      peersUpTo: 100_000,
      rounds: 5,
      batch: 1000,
      peerAccesses: 50,
      planned: 1212,
      circuits: ['s18', 's18t', 's20', 's22'],
    },
    proving: {
      circuits: ['s14', 's16', 's18', 's18t', 's20', 's21', 's22'],
      rounds: { s14: 3, s16: 3, s18: 2, s18t: 2 },
      limitSeconds: 480,
      pair: { circuit: 's18t', size: 2 ** 18, runs: 2 },
    },
  },
  quick: {
    executor: {
      sizes: [1000, 10_000],
      peersUpTo: 10_000,
      rounds: 3,
      batch: 500,
      peerAccesses: 25,
      planned: 300,
      circuits: ['s16', 's18'],
    },
    proving: {
      circuits: ['s14', 's16'],
      rounds: {},
      limitSeconds: 60,
      pair: { circuit: 's16', size: 2 ** 16, runs: 1 },
    },
  },
  least: {
    executor: {
      sizes: [500, 1000],
      peersUpTo: 500,
      rounds: 1,
      batch: 30,
      peerAccesses: 5,
      planned: 12,
      circuits: ['s14'],
    },
    proving: {
      circuits: ['s14'],
      rounds: {},
      limitSeconds: 60,
      pair: { circuit: 's14', size: 10_000, runs: 1, first: 2 },
    },
  },
};
