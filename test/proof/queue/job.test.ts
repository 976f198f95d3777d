/** Traces as they travel: whoever can write to the queue's tables can write anything. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toUint256 } from '../../../src/base/field/limbs.js';
import type { Uint256 } from '../../../src/base/field/limbs.js';
import { execute } from '../../../src/machine/executor/executor.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import type { ProofJob, Proven } from '../../../src/proof/prover/queue.js';
import { JobStore } from '../../../src/proof/queue/job-store.js';
import { databaseOf, plainEntry } from '../../machine/trace/honest.js';
import { postgres } from '../../postgres/server.js';
import { connectTo, jobs } from './queue.js';
import { MAX_JOB_BYTES, needOf, packJob, parseQueueName, unpackTrace } from '../../../src/proof/queue/job.js';
import { formatTrace, TraceFileError } from '../../../src/machine/trace/file.js';
import { read, run } from '../../machine/circuits/world.js';

it('a packed trace unpacks to the same, with as much white space as allowed; one byte more is refused', async () => {
  const { trace } = await run([[1n, 7n]], [read(1n)], 2);
  expect(await unpackTrace(await packJob({ ...jobs[0]!, trace }))).toEqual(trace);
  const text = formatTrace(trace);
  const padded = (bytes: number): Uint8Array => gzipSync(text.padEnd(bytes));
  expect(await unpackTrace(padded(MAX_JOB_BYTES))).toEqual(trace);
  await expect(unpackTrace(padded(MAX_JOB_BYTES + 1))).rejects.toThrow(TraceFileError);
  await expect(unpackTrace(padded(MAX_JOB_BYTES + 1))).rejects.toThrow(
    'expected at most 16,777,216 bytes of a trace, got more',
  );
});

it.each<[string, Uint8Array, RegExp]>([
  [
    'a packed quarter of a gibibyte',
    gzipSync(Buffer.alloc(1 << 28)),
    /expected at most 16,777,216 bytes of a trace, got more/,
  ],
  [
    'more packed bytes than there may be',
    new Uint8Array(MAX_JOB_BYTES + 1),
    /expected at most 16,777,216 bytes of a trace, got more/,
  ],
  [
    'what is not packed',
    Buffer.from('{}'),
    /expected a trace, packed by gzip, got something else: incorrect header check/,
  ],
])('%s is no trace', async (_what, bytes, says) => {
  await expect(unpackTrace(bytes)).rejects.toThrow(TraceFileError);
  await expect(unpackTrace(bytes)).rejects.toThrow(says);
});

describe('any job', async () => {
  const empty = await databaseOf(2, [plainEntry(1, 7)]);
  const start = (await empty.current()).root;
  const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(toUint256);
  const anyTrace = async (list: readonly [boolean, number, Uint256][]): Promise<Trace> => {
    const accesses = list.map(([isRead, key, value]) => {
      const { address, kind, slot } = plainEntry(key, 0);
      return isRead
        ? { op: 'read' as const, address, kind, slot }
        : { op: 'write' as const, address, kind, slot, value };
    });
    return (await execute(empty, start, { accesses, where: (i) => `accesses[${i}]` })).trace;
  };
  const anyAccesses = fc.array(fc.tuple(fc.boolean(), fc.nat(5), word), { minLength: 1, maxLength: 8 });

  it('that is submitted is what a worker takes, and the proof that it stores is the one that is found', async () => {
    const store = new JobStore(await connectTo((await postgres()).url()));
    const anyProof = fc.record({ pi_a: fc.array(fc.nat().map(String)), pi_b: fc.jsonValue(), protocol: fc.string() });
    await fc.assert(
      fc.asyncProperty(anyAccesses, anyProof, fc.string(), async (list, proof, name) => {
        const [{ circuit, keys }] = jobs as [(typeof jobs)[number]];
        const job: ProofJob = { trace: await anyTrace(list), circuit, keys };
        const key = await store.submit(job);
        const [queue] = await store.waitingQueues();
        // The same job may have been made, and proven, before.
        if (queue === undefined) return;
        expect(parseQueueName(queue)).toEqual(needOf(job));
        const claim = (await store.claim(queue, 'worker', 60))!;
        expect(claim.key).toBe(key);
        expect(await unpackTrace(claim.trace)).toEqual(job.trace);
        const timings = { witness: 1, prove: 2, verify: 3 };
        await store.finish(claim, { proof: { proof }, prover: name, timings } as unknown as Proven, name);
        expect((await store.outcomes([key])).get(key)).toEqual({
          kind: 'proven',
          proof,
          prover: name,
          worker: name,
          timings,
        });
      }),
      { numRuns: 20 },
    );
  });

  it('with other bytes in its packed trace is refused in a sentence, or is the same', async () => {
    const outcomes = { refused: 0, same: 0 };
    await fc.assert(
      fc.asyncProperty(
        anyAccesses,
        fc.nat(),
        fc.nat(3),
        fc.uint8Array({ maxLength: 3 }),
        async (list, at, dropped, put) => {
          const trace = await anyTrace(list);
          const packed = await packJob({ ...jobs[0]!, trace });
          const from = at % packed.length;
          const bytes = Buffer.concat([packed.subarray(0, from), put, packed.subarray(from + dropped)]);
          const read = await unpackTrace(bytes).catch((error: unknown) => error);
          if (read instanceof TraceFileError) {
            expect(read.message).toMatch(/^expected .+, got /);
            outcomes.refused++;
          } else {
            expect(read).toEqual(trace);
            outcomes.same++;
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(outcomes.refused).toBeGreaterThan(outcomes.same);
  });
});
