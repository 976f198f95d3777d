import { randomUUID } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import type { EntryKey } from '../state/batch/access.js';
import type { Entry } from '../state/batch/batch.js';
import type { Uint256 } from '../base/field/limbs.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import { WorkingState } from '../state/hashdb/working-state.js';
import type { Digest } from '../state/tree/node.js';
import { CallError } from './calls.js';

export interface BatchLimits {
  /** A batch that nobody calls for so long is dropped. */
  readonly idleMs: number;
  /** Open at once, of all clients. */
  readonly batches: number;
  /** Open at once in a batch, one in another: each entry is looked for in all of them. */
  readonly parts: number;
  /** Entries set and not flushed yet, in all batches together. */
  readonly entries: number;
}

interface OpenBatch {
  readonly state: WorkingState;
  /** Set so far, also if set again. */
  entries: number;
  /** Calls that are not answered yet. They take turns. */
  calls: number;
  last: Promise<unknown>;
  expiry: NodeJS.Timeout | undefined;
}

/** The batches that clients have open: each a state that is being worked on, and nobody else sees. */
export class Batches {
  private readonly held = new Map<string, OpenBatch>();
  /** Those dropped so far because their clients were silent. */
  expired = 0;

  constructor(
    private readonly db: HashDb,
    private readonly limits: BatchLimits,
    /** Told of a batch that is dropped because its client was silent. */
    private readonly onExpired: (id: string) => void,
  ) {}

  get open(): number {
    return this.held.size;
  }

  /** Begins a batch on the current root. @throws {CallError} RESOURCE_EXHAUSTED */
  async begin(): Promise<{ readonly id: string; readonly root: Digest }> {
    const { root } = await this.db.current();
    if (this.open >= this.limits.batches)
      exhausted(`open batches: expected at most ${this.limits.batches}, got one more`);
    const id = randomUUID();
    const state = new WorkingState(this.db, root);
    this.held.set(id, { state, entries: 0, calls: 0, last: Promise.resolve(), expiry: undefined });
    this.expectCalls(id);
    return { id, root };
  }

  /** Opens a part of a batch. @throws {CallError} NOT_FOUND, RESOURCE_EXHAUSTED */
  beginPart(id: string): Promise<void> {
    return this.inTurn(id, async ({ state }) => {
      if (state.depth >= this.limits.parts)
        exhausted(`open parts of the batch: expected at most ${this.limits.parts}, got one more`);
      state.begin();
    });
  }

  /** @throws {CallError} NOT_FOUND */
  getMany(id: string, entries: readonly EntryKey[]): Promise<Uint256[]> {
    return this.inTurn(id, ({ state }) => state.getMany(entries));
  }

  /** @throws {CallError} NOT_FOUND, RESOURCE_EXHAUSTED */
  set(id: string, entries: readonly Entry[]): Promise<void> {
    return this.inTurn(id, async (batch) => {
      const waiting = [...this.held.values()].reduce((sum, held) => sum + held.entries, entries.length);
      if (waiting > this.limits.entries)
        exhausted(`entries: expected at most ${this.limits.entries} in open batches, got ${waiting}`);
      for (const entry of entries) batch.state.set(entry, entry.value);
      batch.entries += entries.length;
    });
  }

  /**
   * Ends the innermost part of a batch, or the batch.
   * @returns the new root's record; null for a part
   * @throws {CallError} NOT_FOUND
   * @throws {RootConflictError} the state moved on: the batch stays as it is
   */
  flush(id: string): Promise<RootRecord | null> {
    return this.inTurn(id, async ({ state }) => {
      if (state.depth > 0) {
        state.keep();
        return null;
      }
      const record = await state.commit();
      this.drop(id);
      return record;
    });
  }

  /** Drops the innermost part of a batch, or the batch. @throws {CallError} NOT_FOUND */
  cancel(id: string): Promise<void> {
    return this.inTurn(id, async ({ state }) => {
      if (state.depth === 0) this.drop(id);
      else state.rollBack();
    });
  }

  /** Drops all. */
  clear(): void {
    for (const id of this.held.keys()) this.drop(id);
  }

  private inTurn<T>(id: string, work: (batch: OpenBatch) => Promise<T>): Promise<T> {
    const batch = this.find(id);
    clearTimeout(batch.expiry);
    batch.calls++;
    // By the time it comes to its turn, the batch may have ended.
    const turn = batch.last.then(() => work(this.find(id)));
    batch.last = turn.then(
      () => this.answered(id, batch),
      () => this.answered(id, batch),
    );
    return turn;
  }

  private answered(id: string, batch: OpenBatch): void {
    batch.calls--;
    if (batch.calls === 0) this.expectCalls(id);
  }

  private find(id: string): OpenBatch {
    const batch = this.held.get(id);
    if (batch !== undefined) return batch;
    throw new CallError(
      grpc.status.NOT_FOUND,
      `there is no open batch ${id}: it was flushed, cancelled, or dropped after ${this.limits.idleMs / 1000} s without a call`,
    );
  }

  private drop(id: string): void {
    clearTimeout(this.held.get(id)?.expiry);
    this.held.delete(id);
  }

  private expectCalls(id: string): void {
    const batch = this.held.get(id);
    if (batch === undefined) return;
    batch.expiry = setTimeout(() => {
      this.drop(id);
      this.expired++;
      this.onExpired(id);
    }, this.limits.idleMs);
    batch.expiry.unref();
  }
}

function exhausted(message: string): never {
  throw new CallError(grpc.status.RESOURCE_EXHAUSTED, message);
}
