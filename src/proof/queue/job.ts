import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { frToHex } from '../../base/field/fr.js';
import { PROOF_VERSION } from '../prover/proof-file.js';
import type { ProofJob } from '../prover/queue.js';
import { formatTrace, parseTrace, TRACE_VERSION, TraceFileError } from '../../machine/trace/file.js';
import { PUBLIC_SIGNALS } from '../../machine/trace/trace.js';
import type { Trace } from '../../machine/trace/trace.js';

/**
 * How jobs are written: its own version, then those of traces and proofs, which are part of them.
 * @see {@link work}
 */
export const JOB_VERSION = `1.${TRACE_VERSION}.${PROOF_VERSION}`;

declare const jobKeyBrand: unique symbol;
/**
 * The hash of what a job is to prove, with which circuit and which key: 64 hexadecimal digits. Only `jobKey` makes one.
 * @see {@link Jobs}
 */
export type JobKey = string & { readonly [jobKeyBrand]: true };

/** What a worker needs for a job. */
export interface Need {
  /** `JOB_VERSION` of the planner. */
  readonly version: string;
  readonly circuit: string;
  /** SHA-256 of the compiled circuit. */
  readonly digest: string;
  /** `verificationKeyHash` of the keys to prove with. */
  readonly verificationKey: string;
}

export const needOf = ({ circuit, keys }: Pick<ProofJob, 'circuit' | 'keys'>): Need => ({
  version: JOB_VERSION,
  circuit: circuit.name,
  digest: circuit.digest,
  verificationKey: keys.verificationKeyHash,
});

/** The same job has the same key, whoever plans it: it is proven once. */
export function jobKey(job: ProofJob): JobKey {
  const parts = [queueName(needOf(job)), ...PUBLIC_SIGNALS.map((name) => frToHex(job.trace.publics[name]))];
  return createHash('sha256').update(parts.join()).digest('hex') as JobKey;
}

/** pg-boss knows a job by a UUID: half of its key. */
export const bossId = (key: JobKey): string => key.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Each need has its own queue, so that a worker takes only jobs that it can do. */
export const queueName = ({ version, circuit, digest, verificationKey }: Need): string =>
  ['proofs', version, circuit, digest, verificationKey].join('/');

/** What the jobs of a queue need; null for any other queue. */
export function parseQueueName(name: string): Need | null {
  const [kind, version, circuit, digest, verificationKey] = name.split('/');
  if (kind !== 'proofs' || version === undefined) return null;
  return { version, circuit: circuit ?? '', digest: digest ?? '', verificationKey: verificationKey ?? '' };
}

/** A trace for transport: its file, gzipped. */
export const packTrace = (trace: Trace): Promise<Uint8Array> => promisify(gzip)(formatTrace(trace));

/** The size limit of a trace in bytes, packed or not: several times that of the largest circuit. */
export const MAX_TRACE_BYTES = 16 << 20;

/** @throws {TraceFileError} the bytes are not those of a trace, or are of one that is larger than any circuit's */
export async function unpackTrace(bytes: Uint8Array): Promise<Trace> {
  const most = `expected at most ${MAX_TRACE_BYTES.toLocaleString('en')} bytes of a trace, got more`;
  if (bytes.length > MAX_TRACE_BYTES) throw new TraceFileError(most);
  const text = await promisify(gunzip)(bytes, { maxOutputLength: MAX_TRACE_BYTES }).catch(
    (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'ERR_BUFFER_TOO_LARGE'
          ? most
          : `expected a trace, packed by gzip, got something else: ${cause.message}`;
      throw new TraceFileError(why, { cause });
    },
  );
  return parseTrace(text.toString());
}
