import path from 'node:path';
import { openIfThere } from '../../engine/database.js';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { startingState } from '../../engine/starting-state.js';
import { execute } from '../../machine/executor/executor.js';
import { frToHex } from '../../base/field/fr.js';
import { formatTrace } from '../../machine/trace/file.js';
import type { Trace } from '../../machine/trace/trace.js';
import { opener } from '../database.js';
import { readBatch } from '../batch-file.js';
import { blaming } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { asArgument, nextCommand } from '../next.js';
import type { Flag } from '../next.js';
import type { Places } from '../places.js';
import { withProgress } from '../progress.js';

export interface ExecuteOptions {
  readonly out?: string;
  readonly transactions?: string;
}

export async function executeCommand(places: Places, batchFile: string, options: ExecuteOptions): Promise<Outcome> {
  const batch = await readBatch(places, batchFile, options.transactions);
  const out = options.out ?? `${path.basename(batchFile).replace(/\.(json|jsonl|ndjson)$/, '')}.trace.json`;
  await checkWritable(out);
  const db = await openIfThere(opener(places));
  try {
    const trace = await withProgress(async (onProgress) => {
      onProgress('execution', 0, 0);
      const { reader, root } = await startingState(db, batch);
      return (await blaming(batchFile, () => execute(reader, root, batch))).trace;
    });
    await writeFileAtomically(out, formatTrace(trace));
    return describeTrace(trace, out, places.flags);
  } finally {
    await db?.close();
  }
}

function describeTrace({ log, keys, reads, writes, publics }: Trace, out: string, flags: readonly Flag[]): Outcome {
  const next = nextCommand(
    ['npx', 'rootshift', 'check', asArgument(out)],
    flags.filter(([name]) => name === '--max-input'),
  );
  const rows = [
    ['accesses', String(log.length)],
    ['keys', `${keys.length} distinct: ${writes.length} changed, ${reads.length} only read`],
    ['old root', frToHex(publics.oldRoot)],
    ['new root', `${frToHex(publics.newRoot)}, not made current`],
    ['trace', out],
  ] as const;
  return {
    text: `Executed ${count(log.length, 'access', 'accesses')}; the state is unchanged.\n${table(rows)}\n${next.text}`,
    json: {
      oldRoot: frToHex(publics.oldRoot),
      newRoot: frToHex(publics.newRoot),
      accesses: log.length,
      keys: { distinct: keys.length, changed: writes.length, read: reads.length },
      files: { trace: out },
    },
  };
}
