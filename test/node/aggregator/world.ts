/** Chains with checked batches, aggregators over them, and queues that tell what they were asked for. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { Aggregator } from '../../../src/node/aggregator/aggregator.js';
import type { AggregatorEvent, AggregatorParts } from '../../../src/node/aggregator/aggregator.js';
import type { StoredBatch } from '../../../src/node/store/state-db.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import { ROOTSHIFT } from '../../../src/proof/prover/program.js';
import { parseProof } from '../../../src/proof/prover/proof-file.js';
import { LocalQueue } from '../../../src/proof/prover/queue.js';
import type { ProofJob, Proven } from '../../../src/proof/prover/queue.js';
import { jobKey } from '../../../src/proof/queue/job.js';
import { verifyProof } from '../../../src/proof/verifier/verify.js';
import type { Verdict } from '../../../src/proof/verifier/verify.js';
import type { Access } from '../../../src/state/batch/access.js';
import { STORE } from '../../machine/circuits/harness.js';
import type { Node } from '../sequencer/world.js';

/** All batches of these tests fit it. */
const CIRCUIT = 's16';
const keys = await provingKeys(STORE, await compileCircuit(STORE, CIRCUIT));

/** Proves, and keeps the keys of the jobs whose proofs it made. */
export class Counting extends LocalQueue {
  readonly made: string[] = [];

  constructor(
    /** Takes the place of a proof. */
    private readonly instead: (job: ProofJob, prove: () => Promise<Proven>, signal: AbortSignal) => Promise<Proven> = (
      _,
      prove,
    ) => prove(),
  ) {
    super({ programs: [ROOTSHIFT] });
  }

  override async prove(job: ProofJob, options: Parameters<LocalQueue['prove']>[1] = {}): Promise<Proven> {
    const proven = await this.instead(job, () => super.prove(job, options), options.signal!);
    this.made.push(jobKey(job));
    return proven;
  }
}

/** Waits for a signal; rejected with its reason. */
export async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason as Error;
}

export interface TestAggregator {
  readonly aggregator: Aggregator;
  readonly events: readonly AggregatorEvent[];
  /** Resolves when there has been such an event. */
  readonly first: (isIt: (event: AggregatorEvent) => boolean) => Promise<AggregatorEvent>;
}

export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-aggregator-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'unfinished');
}

type Given = Pick<AggregatorParts, 'openQueue' | 'unfinished'> & Partial<Pick<AggregatorParts, 'circuit' | 'againMs'>>;

/** An aggregator over the chain of a node; it ends with the test. */
export function aggregate({ db, store }: Pick<Node, 'db' | 'store'>, given: Given): TestAggregator {
  const events: AggregatorEvent[] = [];
  const told = new Set<() => void>();
  const aggregator = Aggregator.start({
    db,
    store,
    circuit: CIRCUIT,
    artifacts: STORE,
    onEvent: (event) => {
      events.push(event);
      told.forEach((tell) => tell());
    },
    ...given,
  });
  onTestFinished(() => aggregator.close());
  return {
    aggregator,
    events,
    first: (isIt) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.find(isIt);
          if (found !== undefined) resolve(found);
        };
        told.add(look);
        look();
      }),
  };
}

/** Verifies a batch's stored proof as anyone would who knows its roots and has its net writes. */
export async function verdictOf(
  { store }: Pick<Node, 'store'>,
  { number, oldRoot }: StoredBatch,
  writes: readonly Access[],
): Promise<Verdict> {
  const proof = parseProof((await store.batchProof(number))!);
  return verifyProof({ proof, keys: [keys], batch: writes, acceptedRoots: [oldRoot as never] });
}

/** That the stored proof is one of the batch's net writes, from its old root to its new one, and of nothing else. */
export async function expectProven(one: Pick<Node, 'store'>, number: bigint): Promise<void> {
  const batch = (await one.store.batch(number))!;
  expect(batch.proof).toBe('proven');
  const writes = (await one.store.netWrites(number))!;
  expect(writes).toHaveLength(batch.writes);
  const { oldRoot, newRoot } = batch;
  expect(await verdictOf(one, batch, writes)).toMatchObject({
    valid: true,
    statement: { oldRoot, newRoot, reads: 0, writes: writes.length },
  });
  for (const index of writes.keys()) {
    const tampered = writes.map((write, i) => (i === index ? { ...write, value: (write.value ^ 1n) as never } : write));
    expect(await verdictOf(one, batch, tampered)).toMatchObject({ valid: false });
  }
  expect(await verdictOf(one, batch, writes.slice(1))).toMatchObject({ valid: false });
}
