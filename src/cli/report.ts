import { KINDS } from '../state/batch/access.js';
import type { Access, Kind } from '../state/batch/access.js';
import type { Batch } from '../state/batch/batch.js';
import { entryId } from '../state/batch/encoding.js';
import { PROVING_STEPS } from '../engine/prove-batch.js';
import type { ProvenBatch } from '../engine/prove-batch.js';
import type { UsedCircuit } from '../engine/prove-plan.js';
import { frToHex } from '../base/field/fr.js';
import { formatProof } from '../proof/prover/proof-file.js';
import { transcriptHash } from '../proof/setup/transcript.js';
import type { Trace } from '../machine/trace/trace.js';
import { count, seconds, table } from './io.js';
import type { Outcome } from './io.js';
import { asArgument, nextCommand } from './next.js';
import type { Next } from './next.js';
import { shortPath } from './places.js';
import type { Places } from './places.js';

/** A proof's three points, uncompressed, as the EVM takes them. */
const PROOF_BYTES = 256;

interface Files {
  readonly proofFile: string;
  readonly db: string;
  /** The command to try next. */
  readonly next: Next;
}

/** What `prove` prints at the end. */
export function describeProven(proven: ProvenBatch, { proofFile, db, next }: Files): Outcome {
  const { chunks, record, circuits, provers, foundProofs, timings, loadedEntries } = proven;
  const log = chunks.flatMap(({ trace }) => trace.log);
  const keys = countKeys(chunks.map(({ trace }) => trace));
  const [oldRoot, newRoot] = [chunks[0]!.trace.publics.oldRoot, chunks.at(-1)!.trace.publics.newRoot].map(frToHex);
  const fileBytes = Buffer.byteLength(formatProof(proven.proof));
  const kinds = accessesByKind(log);
  const files = { proof: shortPath(proofFile), database: shortPath(db) };
  const reused = {
    circuits: circuits.every(({ circuit }) => circuit.reused),
    keys: circuits.every((used) => used.keys.reused),
  };
  const times = PROVING_STEPS.map(
    (step) => `${step} ${seconds(timings[step])}${step in reused && reused[step as 'keys'] ? ' (reused)' : ''}`,
  );
  const circuitsLabel = circuits.length > 1 ? 'circuits' : 'circuit';
  const chunksOf = (used: { readonly chunks: number }): string =>
    chunks.length > 1 ? `: ${count(used.chunks, 'chunk')}` : '';
  const rows: [string, string][] = [
    ...(loadedEntries === null
      ? []
      : [['loaded', `${count(loadedEntries, 'entry', 'entries')} of the prestate, unproven`] as [string, string]]),
    [
      'accesses',
      kinds
        .map(({ kind, reads: r, writes: w }) => `${kind} ${r + w} (${count(r, 'read')}, ${count(w, 'write')})`)
        .join('; '),
    ],
    ['keys', `${keys.distinct} distinct: ${keys.changed} changed, ${keys.read} only read`],
    ['old root', oldRoot!],
    ['new root', `${newRoot}, now current (number ${record.number})`],
    ...circuits.map((used, i): [string, string] => [
      i === 0 ? circuitsLabel : '',
      `${used.circuit.name}, ${used.circuit.constraints.toLocaleString('en')} constraints${chunksOf(used)}`,
    ]),
    [
      'prover',
      [
        ...provers,
        ...(foundProofs === 0 ? [] : [`${count(foundProofs, 'proof')} reused from an interrupted run`]),
      ].join(', '),
    ],
    ['time', times.join(', ')],
    [
      'proof',
      `${chunks.length > 1 ? `${chunks.length} times ` : ''}${PROOF_BYTES} bytes; ${fileBytes.toLocaleString('en')} as a file with the access log and the public signals`,
    ],
    ['files', files.proof],
    ['', `${files.database} (database)`],
    ...circuits.map((used): [string, string] => ['', `${shortPath(used.keys.zkey)} (${used.keys.setup} keys)`]),
  ];
  const accesses = `${count(log.length, 'access', 'accesses')} (${count(log.filter(({ op }) => op === 'read').length, 'read')})`;
  return {
    text: `Proved and verified a batch of ${accesses}.\n${table(rows)}\n${next.text}`,
    json: {
      valid: true,
      oldRoot,
      newRoot,
      number: record.number,
      loadedEntries,
      accesses: { total: log.length, byKind: kinds },
      keys,
      chunks: chunks.map((chunk) => ({ accesses: chunk.accesses, circuit: chunk.circuit })),
      circuits: circuits.map(describeCircuit),
      provers,
      foundProofs,
      milliseconds: Object.fromEntries(PROVING_STEPS.map((step) => [step, Math.round(timings[step])])),
      proofBytes: PROOF_BYTES * chunks.length,
      proofFileBytes: fileBytes,
      files,
      next: next.command,
    },
  };
}

/** The report on a batch without accesses, which is not an error and changes nothing. */
export function nothingToProve({ prestate }: Batch, file: string, places: Places): Outcome {
  const nothing = 'Nothing to prove: the batch has no accesses';
  const stays = 'The state is unchanged.';
  const json = { valid: true, chunks: [], accesses: { total: 0, byKind: [] }, prestate: prestate.length };
  if (prestate.length === 0) return { text: `${nothing}. ${stays}`, json };
  const next = nextCommand(['npx', 'rootshift', 'load', asArgument(file)], places.flags);
  return {
    text: `${nothing}, only ${count(prestate.length, 'entry', 'entries')} to load. ${stays}\n${next.text}`,
    json: { ...json, next: next.command },
  };
}

const describeCircuit = ({ circuit, keys, chunks }: UsedCircuit): object => ({
  name: circuit.name,
  digest: circuit.digest,
  constraints: circuit.constraints,
  chunks,
  reused: circuit.reused,
  setup: {
    kind: keys.setup,
    insecure: keys.insecure,
    warning: keys.warning,
    verificationKey: keys.verificationKeyHash,
    transcript: keys.ceremony && transcriptHash(keys.ceremony),
    reused: keys.reused,
  },
  files: { circuit: shortPath(circuit.r1cs), provingKey: shortPath(keys.zkey) },
});

/** A batch's distinct keys. A key that a chunk changes counts as changed, even if a later chunk undoes it. */
function countKeys(traces: readonly Trace[]) {
  const all = new Set(traces.flatMap(({ keys }) => keys.map(entryId)));
  const changed = new Set(traces.flatMap(({ keys, writes }) => writes.map(({ key }) => entryId(keys[key]!))));
  return { distinct: all.size, changed: changed.size, read: all.size - changed.size };
}

function accessesByKind(log: readonly Access[]) {
  return (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
    const [reads, writes] = (['read', 'write'] as const).map(
      (op) => log.filter((access) => access.kind === kind && access.op === op).length,
    );
    return reads! + writes! === 0 ? [] : [{ kind, reads: reads!, writes: writes! }];
  });
}
