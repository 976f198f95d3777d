import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { freemem, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { type Located, atRoot, expected, readList, readingFile } from '../batch/fields.js';
import { parseJson } from '../batch/json.js';
import { FIELD_ORDER, type Fr, toFr } from '../field/fr.js';
import { type Groth16Proof, SNARKJS_PROGRAM } from '../untyped/snarkjs.js';
import { readGroth16Proof } from './proof-json.js';

/** A program with rapidsnark's command line: `COMMAND ... ZKEY WTNS PROOF PUBLIC`, the last two written by it. */
export interface ProverProgram {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** A process of its own: one that dies, as for lack of memory, can be told of. */
export const SNARKJS: ProverProgram = {
  name: 'snarkjs',
  command: [process.execPath, SNARKJS_PROGRAM, 'groth16', 'prove'],
};

/** The prover did not give a proof of what it was to prove. */
export class ProverError extends Error {
  override readonly name = 'ProverError';
}

/**
 * Runs a prover on a witness (the content of a .wtns file), which is kept on disk meanwhile, in a
 * folder that only this user can read.
 * @throws {ProverError} the program cannot be run, fails, dies, or writes something else than a proof
 */
export async function runProver(
  program: ProverProgram,
  zkey: string,
  witness: Uint8Array,
): Promise<{ readonly proof: Groth16Proof; readonly signals: readonly Fr[] }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-proof-'));
  const wtns = path.join(folder, 'witness.wtns');
  const proof = path.join(folder, 'proof.json');
  const publics = path.join(folder, 'public.json');
  try {
    await writeFile(wtns, witness);
    await run(program, [zkey, wtns, proof, publics]);
    return {
      proof: await readOutput(program, proof, readGroth16Proof),
      signals: await readOutput(program, publics, readSignals),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run({ name, command: [file, ...args] }: ProverProgram, paths: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args, ...paths], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += String(chunk)));
    child.stderr.on('data', (chunk) => (printed += String(chunk)));
    child.on('error', (cause) => {
      reject(new ProverError(`the prover ${name} could not be started: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new ProverError(describeEnd(name, code, signal, printed)));
    });
  });
}

function describeEnd(name: string, code: number | null, signal: string | null, printed: string): string {
  const died = signal === null ? `ended with exit code ${code}` : `died, by ${signal}`;
  const lastWords = printed.trim() === '' ? '' : `; it said: ${printed.trim().slice(-2000)}`;
  // The kernel kills with SIGKILL; node gives up with SIGABRT, a native program may too.
  const starved =
    signal === 'SIGKILL' || signal === 'SIGABRT' || /out of memory|allocation failed|bad_alloc/i.test(printed);
  if (!starved) return `the prover ${name} ${died}${lastWords}`;
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  const memory = `this machine has ${gib(totalmem())} GiB of memory, of which ${gib(freemem())} GiB are free now`;
  return `the prover ${name} ${died}, most likely for lack of memory (${memory}); a smaller circuit needs less${lastWords}`;
}

async function readOutput<T>(program: ProverProgram, file: string, read: (at: Located) => T): Promise<T> {
  const refuse = (message: string, cause: Error): Error =>
    new ProverError(`the prover ${program.name} wrote no ${path.basename(file)} that can be used: ${message}`, { cause });
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw refuse(cause.message, cause);
  });
  return readingFile(() => read(atRoot(parseJson(text))), refuse);
}

const readSignals = (at: Located): Fr[] =>
  readList(at).map((item) => {
    const { value } = item;
    if (typeof value !== 'string' || !/^[0-9]{1,77}$/.test(value) || BigInt(value) >= FIELD_ORDER) {
      return expected('a field element, in decimal digits and quotes', item);
    }
    return toFr(BigInt(value));
  });
