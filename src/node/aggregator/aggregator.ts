import { setTimeout as sleep } from 'node:timers/promises';
import { Closing } from '../../base/tasks/closing.js';
import { FinishedProofs } from '../../engine/finished-proofs.js';
import { checkTree } from '../../engine/plan-batch.js';
import { formatProof } from '../../proof/prover/proof-file.js';
import { Alarm } from '../sequencer/alarm.js';
import type { StoredBatch } from '../store/state-db.js';
import { proveChecked, UnprovableBatchError } from './prove-checked.js';
import type { ProvingParts } from './prove-checked.js';

/** What an aggregator tells whoever started it. */
export type AggregatorEvent =
  /** It begins with a batch, as a chain of so many proofs. */
  | { readonly kind: 'begun'; readonly batch: StoredBatch; readonly proofs: number }
  /** How far it is: see `OnProgress`. */
  | {
      readonly kind: 'progress';
      readonly batch: StoredBatch;
      readonly phase: string;
      readonly done: number;
      readonly total: number;
    }
  /** The batch's proof is stored. */
  | {
      readonly kind: 'proven';
      readonly batch: StoredBatch;
      readonly milliseconds: number;
      /** Proofs that were made now, not found from an interrupted run. */
      readonly made: number;
      /** What weakens the keys, in sentences. */
      readonly warnings: readonly string[];
    }
  /** It is tried again after so many milliseconds. The batch is null if not even that could be read. */
  | { readonly kind: 'failed'; readonly batch: StoredBatch | null; readonly error: Error; readonly againMs: number };

export interface AggregatorParts extends ProvingParts {
  readonly onEvent: (event: AggregatorEvent) => void;
  /** Milliseconds from a failure to the next try. */
  readonly againMs?: number | undefined;
}

const AGAIN_MS = 60_000;

/**
 * Proves the checked batches of a chain, one after another in their order, and keeps each proof with its batch. What is
 * proven is only known from what is stored, so that it goes on where it was killed. A failure holds up the proofs, not
 * the chain.
 *
 * @example
 * await using aggregator = Aggregator.start({ store, db, circuit: 's18', artifacts, unfinished, openQueue, onEvent });
 */
export class Aggregator extends Closing {
  readonly #parts: AggregatorParts;
  readonly #alarm = new Alarm();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(parts: AggregatorParts) {
    super();
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** @throws {OtherTreeError} the circuit is for another tree than the state's */
  static start(parts: AggregatorParts): Aggregator {
    checkTree(parts.circuit, parts.db.scheme);
    return new Aggregator(parts);
  }

  /** Says that a batch was checked. */
  checked(): void {
    this.#alarm.raise();
  }

  /** Stops the proof under way; its finished chunks are kept. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the node is stopping'));
    this.#alarm.raise();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { onEvent, againMs = AGAIN_MS } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let batch: StoredBatch | null = null;
      try {
        batch = await this.#next();
        if (batch === null) await this.#alarm.wait(Infinity);
        else await this.#prove(batch);
      } catch (error) {
        if (signal.aborted) return;
        onEvent({ kind: 'failed', batch, error: error as Error, againMs });
        await sleep(againMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #next(): Promise<StoredBatch | null> {
    const { store } = this.#parts;
    const number = await store.firstUnproven();
    return number === null ? null : store.batch(number);
  }

  async #prove(batch: StoredBatch): Promise<void> {
    const { store, unfinished, onEvent } = this.#parts;
    const start = performance.now();
    await store.markQueued(batch.number);
    const { proof, circuits, made } = await proveChecked(
      this.#parts,
      batch,
      ({ length: proofs }) => onEvent({ kind: 'begun', batch, proofs }),
      {
        onProgress: (phase, done, total) => onEvent({ kind: 'progress', batch, phase, done, total }),
        signal: this.#stop.signal,
      },
    );
    if (!(await store.keepProof(batch, formatProof(proof))))
      throw new UnprovableBatchError('its blocks were taken back while it was being proven');
    // The proof is kept: leftovers change nothing.
    await new FinishedProofs(unfinished).clear().catch(() => {});
    const milliseconds = performance.now() - start;
    const warnings = circuits.flatMap(({ keys }) => (keys.insecure ? [keys.warning] : []));
    onEvent({ kind: 'proven', batch, milliseconds, made: made.length, warnings });
  }
}
