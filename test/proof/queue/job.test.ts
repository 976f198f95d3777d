/** Traces as they travel: whoever can write to the queue's tables can write anything. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { MAX_TRACE_BYTES, packTrace, unpackTrace } from '../../../src/proof/queue/job.js';
import { formatTrace, TraceFileError } from '../../../src/machine/trace/file.js';
import { read, run } from '../../machine/circuits/world.js';

it('a trace that was packed is the same, with as much white space as there may be; with one byte more it is refused', async () => {
  const { trace } = await run([[1n, 7n]], [read(1n)], 2);
  expect(await unpackTrace(await packTrace(trace))).toEqual(trace);
  const text = formatTrace(trace);
  const padded = (bytes: number): Uint8Array => gzipSync(text.padEnd(bytes));
  expect(await unpackTrace(padded(MAX_TRACE_BYTES))).toEqual(trace);
  await expect(unpackTrace(padded(MAX_TRACE_BYTES + 1))).rejects.toThrow(TraceFileError);
  await expect(unpackTrace(padded(MAX_TRACE_BYTES + 1))).rejects.toThrow(
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
    new Uint8Array(MAX_TRACE_BYTES + 1),
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
