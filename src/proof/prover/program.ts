import { rm } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import path from 'node:path';
import { atRoot, readingFile } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { Fr } from '../../base/field/fr.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import { proofShare, snarkjsCommand } from '../../base/untyped/snarkjs-program.js';
import { runGuarded } from '../../base/tasks/child.js';
import type { Ending } from '../../base/tasks/child.js';
import { readGroth16Proof, readSignals } from './proof-json.js';
import { isMissing } from '../../base/files/file-error.js';
import type { FileError } from '../../base/files/file-error.js';
import { readTextFile } from '../../base/files/input.js';
import { packageFile } from '../../base/files/package-file.js';

/**
 * A program with rapidsnark's command line: `COMMAND ... ZKEY WTNS PROOF PUBLIC`, the last two written by it.
 *
 * @example
 * const rapidsnark: ProverProgram = { name: 'rapidsnark', command: ['/usr/local/bin/rapidsnark'] };
 * await using local = new LocalQueue({ programs: [rapidsnark, ROOTSHIFT] });
 */
export interface ProverProgram {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Reads the finished share of the proof, from 0 to 1, from a line of its stdout; undefined if the line has none. */
  readonly shareOf?: (line: string) => number | undefined;
}

/**
 * Runs in its own process, so that its death, for lack of memory for example, can be reported.
 *
 * @example
 * await using slower = new LocalQueue({ programs: [SNARKJS] });
 */
export const SNARKJS: ProverProgram = {
  name: 'snarkjs',
  get command() {
    return [...snarkjsCommand(), 'prove'] as const;
  },
  shareOf: proofShare,
};

/**
 * Rootshift's own prover. It runs compiled, because a process can start only with such a file.
 * @see {@link LocalQueue}
 */
export const ROOTSHIFT: ProverProgram = {
  name: 'rootshift',
  get command() {
    return [process.execPath, packageFile('dist/proof/groth16/program.js')] as const;
  },
  shareOf: (line) => (/^[01](\.\d+)?$/.test(line) ? Number(line) : undefined),
};

/** The prover did not return a proof of the requested statement. */
export class ProverError extends Error {
  override readonly name = 'ProverError';
}

/** A proof and its public signals, as a program wrote them. */
export interface RawProof {
  readonly proof: Groth16Proof;
  readonly signals: readonly Fr[];
}

export interface ProverRun {
  readonly zkey: string;
  /** The witness, a .wtns file. */
  readonly wtns: string;
  /** Where the program writes proof.json and public.json. */
  readonly folder: string;
  /** How long the program may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Stops the program. */
  readonly signal: AbortSignal;
  /** Called with the finished share of the proof, from 0 to 1, if the program reports it. */
  readonly onShare?: (share: number) => void;
}

/**
 * Runs a prover on a witness.
 * @throws {ProverError} the program cannot be run, fails, dies, hangs, or writes something else than a proof
 * @throws what `signal` was aborted with
 */
export async function runProver(program: ProverProgram, run: ProverRun): Promise<RawProof> {
  const proof = path.join(run.folder, 'proof.json');
  const publics = path.join(run.folder, 'public.json');
  // Removes what another program wrote before it failed.
  await Promise.all([proof, publics].map((file) => rm(file, { force: true })));
  await runToEnd(program, [run.zkey, run.wtns, proof, publics], run);
  return {
    proof: await readOutput(program, proof, readGroth16Proof),
    signals: await readOutput(program, publics, readSignals),
  };
}

async function runToEnd(
  { name, command, shareOf }: ProverProgram,
  paths: readonly string[],
  { timeoutMs, signal, onShare }: ProverRun,
): Promise<void> {
  const tooLong = AbortSignal.timeout(timeoutMs);
  const onLine =
    shareOf &&
    ((line: string): void => {
      const share = shareOf(line);
      if (share !== undefined) onShare?.(share);
    });
  let ending: Ending;
  try {
    ending = await runGuarded([...command, ...paths], { signal: AbortSignal.any([signal, tooLong]), onLine });
  } catch (cause) {
    if (signal.aborted) throw cause;
    if (tooLong.aborted)
      throw new ProverError(
        `the prover ${name} was stopped because it had not finished after ${Math.round(timeoutMs / 1000)} s`,
      );
    throw new ProverError(`the prover ${name} could not be started: ${(cause as Error).message}`, { cause });
  }
  if (ending.code !== 0) throw new ProverError(describeEnd(name, ending));
}

/** How many of the last characters that a program printed are reported. */
const LAST_WORDS = 2000;

function describeEnd(name: string, { code, signal, printed: all }: Ending): string {
  const printed = all.slice(-LAST_WORDS).replace(/\s+/g, ' ').trim();
  const died = signal === null ? `ended with exit code ${code}` : `died, by ${signal}`;
  const lastWords = printed === '' ? '' : `; its last output: ${printed}`;
  // The kernel kills with SIGKILL; node gives up with SIGABRT, a native program may too.
  const starved =
    signal === 'SIGKILL' || signal === 'SIGABRT' || /out of memory|allocation failed|bad_alloc/i.test(printed);
  if (!starved) return `the prover ${name} ${died}${lastWords}`;
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  const memory = `this machine has ${gib(totalmem())} GiB of memory, but only ${gib(freemem())} GiB are free now`;
  return `the prover ${name} ${died}, most likely because the machine is out of memory (${memory}); a smaller circuit needs less${lastWords}`;
}

async function readOutput<T>(program: ProverProgram, file: string, read: (at: Located) => T): Promise<T> {
  const refuse = (message: string, cause: Error): Error =>
    new ProverError(`the prover ${program.name} wrote a ${path.basename(file)} that is not valid: ${message}`, {
      cause,
    });
  const text = await readTextFile(file).catch((cause: FileError) => {
    throw isMissing(cause)
      ? new ProverError(`the prover ${program.name} succeeded, but wrote no ${path.basename(file)}`)
      : refuse(cause.message, cause);
  });
  return readingFile(() => read(atRoot(parseJson(text))), refuse);
}
