import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { frToHex, toFr } from '../../base/field/fr.js';
import { PROOF_VERSION } from '../prover/proof-file.js';
import { signalsOf } from '../prover/queue.js';
import type { AnyJob, RulesJob } from '../prover/queue.js';
import { formatTrace, parseTrace, TRACE_VERSION, TraceFileError } from '../../machine/trace/file.js';
import type { Trace } from '../../machine/trace/trace.js';
import { RULES_SIGNALS } from '../../machine/circuit/rules-catalogue.js';
import type { CircuitInput } from '../../machine/witness/inputs.js';
import type { RulesPublics } from '../../rules/common/publics.js';
import { atRoot, expected, readingFile, readList, readObject, readUnsigned } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';

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

export const needOf = ({ circuit, keys }: Pick<AnyJob, 'circuit' | 'keys'>): Need => ({
  version: JOB_VERSION,
  circuit: circuit.name,
  digest: circuit.digest,
  verificationKey: keys.verificationKeyHash,
});

/** The same job has the same key, whoever plans it: it is proven once. */
export function jobKey(job: AnyJob): JobKey {
  const parts = [queueName(needOf(job)), ...signalsOf(job).map(([, value]) => frToHex(value))];
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

/** What a job is about, for transport, gzipped: the file of a trace, or the inputs of a circuit of rules. */
export const packJob = (job: AnyJob): Promise<Uint8Array> =>
  promisify(gzip)('trace' in job ? formatTrace(job.trace) : JSON.stringify(job.inputs, hexadecimal));

const hexadecimal = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `0x${value.toString(16)}` : value;

/** The size limit of what a job is about in bytes, packed or not: several times that of the largest circuit. */
export const MAX_JOB_BYTES = 16 << 20;

/** @throws {TraceFileError} the bytes are not those of a trace, or are of one that is larger than any circuit's */
export const unpackTrace = async (bytes: Uint8Array): Promise<Trace> => parseTrace(await unpack(bytes, 'a trace'));

/**
 * The inputs of a circuit of rules, and the public signals among them.
 * @throws {TraceFileError} the bytes are not those of inputs, or are more than any circuit's
 */
export async function unpackInputs(bytes: Uint8Array): Promise<Pick<RulesJob, 'inputs' | 'publics'>> {
  const text = await unpack(bytes, 'inputs of rules');
  return readingFile(
    () => {
      const at = atRoot(parseJson(text));
      const names = at.value instanceof Map ? [...at.value.keys()].map(String) : expected('inputs by name', at);
      const fields = readObject(at, [...new Set([...names, ...RULES_SIGNALS])]);
      const inputs = Object.fromEntries(names.map((name) => [name, readInput(fields[name]!)]));
      const publics = Object.fromEntries(RULES_SIGNALS.map((name) => [name, toFr(readUnsigned(fields[name]!, 256))]));
      return { inputs, publics: publics as RulesPublics };
    },
    (message, cause) => new TraceFileError(message, { cause }),
  );
}

const readInput = (at: Located): CircuitInput =>
  Array.isArray(at.value) ? readList(at).map(readInput) : readUnsigned(at, 256);

async function unpack(bytes: Uint8Array, what: string): Promise<string> {
  const most = `expected at most ${MAX_JOB_BYTES.toLocaleString('en')} bytes of ${what}, got more`;
  if (bytes.length > MAX_JOB_BYTES) throw new TraceFileError(most);
  const text = await promisify(gunzip)(bytes, { maxOutputLength: MAX_JOB_BYTES }).catch(
    (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'ERR_BUFFER_TOO_LARGE'
          ? most
          : `expected ${what}, packed by gzip, got something else: ${cause.message}`;
      throw new TraceFileError(why, { cause });
    },
  );
  return text.toString();
}
