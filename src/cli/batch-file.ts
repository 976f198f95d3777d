import { takeTransactions } from '../state/batch/batch.js';
import type { Batch } from '../state/batch/batch.js';
import { parseBatch } from '../state/batch/parse.js';
import { inputAs, parseCount, readInput } from './input.js';
import type { Bounds, Input } from './input.js';

/** A batch file, or its first transactions. */
export async function readBatch(bounds: Bounds, file: string, transactions: string | undefined): Promise<Batch> {
  const first = firstOf(transactions);
  return batchIn(await readInput(bounds, file), first);
}

/** How many transactions to take; undefined for all. @throws {InputError} not a number */
export const firstOf = (transactions: string | undefined): number | undefined =>
  transactions === undefined ? undefined : parseCount('--transactions', transactions);

/** The batch in a file, or its first transactions. */
export const batchIn = (input: Input, first: number | undefined): Promise<Batch> =>
  inputAs(input, (text) => {
    const batch = parseBatch(text);
    return first === undefined ? batch : takeTransactions(batch, first);
  });
