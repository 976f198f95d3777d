import { type Access, type Kind, KINDS } from '../batch/access.js';
import { type ProvenBatch, PROVING_STEPS } from '../engine/prove-batch.js';
import { frToHex } from '../field/fr.js';
import { formatProof } from '../prover/proof-file.js';
import { count, type Outcome, seconds, table } from './io.js';
import { shortPath } from './places.js';

/** A proof's three points, uncompressed, as the EVM takes them. */
const PROOF_BYTES = 256;

interface Files {
  readonly proofFile: string;
  readonly db: string;
  /** The command to try next. */
  readonly next: string;
}

/** What `prove` says when it is done. */
export function describeProven(proven: ProvenBatch, { proofFile, db, next }: Files): Outcome {
  const { trace, record, circuit, keys, prover, timings, loadedEntries } = proven;
  const { log, reads, writes, publics } = trace;
  const fileBytes = Buffer.byteLength(formatProof(proven.proof));
  const kinds = accessesByKind(log);
  const files = {
    proof: shortPath(proofFile),
    database: shortPath(db),
    circuit: shortPath(circuit.r1cs),
    provingKey: shortPath(keys.zkey),
  };
  const of = (step: keyof typeof timings): string => `${step} ${seconds(timings[step])}`;
  const reused = { circuit: circuit.reused, keys: keys.reused };
  const times = PROVING_STEPS.map((step) => of(step) + (step in reused && reused[step as 'keys'] ? ' (reused)' : ''));
  const rows: [string, string][] = [
    ...(loadedEntries === null ? [] : [['loaded', `${count(loadedEntries, 'entry', 'entries')} of the prestate, unproven`] as [string, string]]),
    ['accesses', kinds.map(({ kind, reads: r, writes: w }) => `${kind} ${r + w} (${count(r, 'read')}, ${count(w, 'write')})`).join('; ')],
    ['keys', `${trace.keys.length} distinct: ${writes.length} changed, ${reads.length} only read`],
    ['old root', frToHex(publics.oldRoot)],
    ['new root', `${frToHex(publics.newRoot)}, now current (number ${record.number})`],
    ['circuit', `${circuit.name}, ${circuit.constraints.toLocaleString('en')} constraints`],
    ['prover', prover],
    ['time', times.join(', ')],
    ['proof', `${PROOF_BYTES} bytes; with the access log and the public signals, as a file, ${fileBytes.toLocaleString('en')}`],
    ['files', files.proof],
    ['', `${files.database} (database)`],
    ['', `${files.provingKey} (${keys.setup} keys)`],
  ];
  const accesses = `${count(log.length, 'access', 'accesses')} (${count(log.filter(({ op }) => op === 'read').length, 'read')})`;
  return {
    text: `Proved and verified a batch of ${accesses}.\n${table(rows)}\nNext: ${next}`,
    json: {
      valid: true,
      oldRoot: frToHex(publics.oldRoot),
      newRoot: frToHex(publics.newRoot),
      number: record.number,
      loadedEntries,
      accesses: { total: log.length, byKind: kinds },
      keys: { distinct: trace.keys.length, changed: writes.length, read: reads.length },
      circuit: { name: circuit.name, digest: circuit.digest, constraints: circuit.constraints, reused: circuit.reused },
      setup: { kind: keys.setup, insecure: keys.insecure, warning: keys.warning, reused: keys.reused },
      prover,
      milliseconds: Object.fromEntries(PROVING_STEPS.map((step) => [step, Math.round(timings[step])])),
      proofBytes: PROOF_BYTES,
      proofFileBytes: fileBytes,
      files,
      next,
    },
  };
}

function accessesByKind(log: readonly Access[]) {
  return (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
    const [reads, writes] = (['read', 'write'] as const).map((op) => log.filter((access) => access.kind === kind && access.op === op).length);
    return reads! + writes! === 0 ? [] : [{ kind, reads: reads!, writes: writes! }];
  });
}
