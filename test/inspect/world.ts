import { parseBatch } from '../../src/state/batch/parse.js';
import { startingState } from '../../src/engine/starting-state.js';
import { execute } from '../../src/machine/executor/executor.js';
import type { Trace } from '../../src/machine/trace/trace.js';

/** A batch on a state of 60 entries that reads, updates, creates and deletes. */
export const BATCH = {
  prestate: Array.from({ length: 60 }, (_, i) => ({ key: i + 1, value: 1000 + i })),
  accesses: [
    ...Array.from({ length: 12 }, (_, i) => ({ op: 'read', key: i + 1 })),
    ...Array.from({ length: 12 }, (_, i) => ({ op: 'write', key: i + 7, value: 5000 + i })),
    ...Array.from({ length: 20 }, (_, i) => ({ op: 'write', key: 100 + i, value: 1 })),
    ...Array.from({ length: 20 }, (_, i) => ({ op: 'write', key: 30 + i, value: 0 })),
    { op: 'write', address: `0x${'ab'.repeat(20)}`, kind: 'balance', value: 7 },
    { op: 'read', key: 999 },
  ],
};

/** Many accesses, of which every other is a write, to a tenth as many keys. */
export const manyAccesses = (count: number): object => ({
  prestate: Array.from({ length: count / 10 }, (_, i) => ({ key: i + 1, value: i + 1 })),
  accesses: Array.from({ length: count }, (_, i) => {
    const key = 1 + ((i * 7919) % (count / 10));
    return i % 2 === 0 ? { op: 'read', key } : { op: 'write', key, value: i };
  }),
});

export async function traceOf(batch: object): Promise<Trace> {
  const parsed = parseBatch(JSON.stringify(batch));
  const { reader, root } = await startingState(null, parsed);
  return (await execute(reader, root, parsed)).trace;
}
