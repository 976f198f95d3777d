import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeScratch, sweepScratch } from '../../machine/circuit/scratch.js';
import type { CompiledCircuit, CompiledFiles } from '../../machine/circuit/compile.js';
import { RULES_SIGNALS } from '../../machine/circuit/rules-catalogue.js';
import { frToHex } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { PUBLIC_SIGNALS } from '../../machine/trace/trace.js';
import type { Trace } from '../../machine/trace/trace.js';
import { groth16Verify, loadVerifier } from '../../base/untyped/snarkjs.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import type { Watching } from '../../base/tasks/watching.js';
import { WitnessCalculator } from '../../machine/witness/calculate.js';
import { circuitInputs } from '../../machine/witness/inputs.js';
import type { CircuitInputs } from '../../machine/witness/inputs.js';
import type { RulesPublics } from '../../rules/common/publics.js';
import type { RecordElements } from '../../rules/common/records.js';
import type { ProvingKeys } from './keys.js';
import { ProverError, runProver } from './program.js';
import type { ProverProgram, RawProof } from './program.js';
import type { ChunkProof } from './proof-file.js';
import type { RulesChunkProof } from './rules-proof-file.js';
import { Turns } from './turns.js';
import { Closing } from '../../base/tasks/closing.js';
import type { Closable } from '../../base/tasks/closing.js';

/**
 * A chunk to be proven.
 * @see {@link LocalQueue}
 */
export interface ProofJob {
  readonly trace: Trace;
  readonly circuit: CompiledCircuit;
  readonly keys: ProvingKeys;
}

/**
 * A chunk of a batch of rules to be proven.
 * @see {@link LocalQueue}
 */
export interface RulesJob {
  readonly circuit: CompiledFiles;
  readonly keys: ProvingKeys;
  readonly publics: RulesPublics;
  readonly inputs: CircuitInputs;
  /** The records that `txHash` commits to. */
  readonly records: readonly RecordElements[];
}

/** A chunk of either kind. */
export type AnyJob = ProofJob | RulesJob;

/** What a proof of any circuit is made from. */
interface CircuitJob {
  readonly circuit: CompiledFiles;
  readonly keys: ProvingKeys;
  readonly inputs: () => CircuitInputs;
  readonly signals: JobSignals;
}

/** The public signals that a job's proof must have, in the circuit's order. */
export type JobSignals = readonly (readonly [name: string, value: Fr])[];

export const signalsOf = (job: AnyJob): JobSignals =>
  'trace' in job
    ? PUBLIC_SIGNALS.map((name) => [name, job.trace.publics[name]] as const)
    : RULES_SIGNALS.map((name) => [name, job.publics[name]] as const);

/** How a proof was made, and what it took. */
export interface Making {
  /** The program that made it. */
  readonly prover: string;
  /** Milliseconds. */
  readonly timings: { readonly witness: number; readonly prove: number; readonly verify: number };
}

/** A proof of any circuit. */
interface Made extends Making {
  readonly proof: Groth16Proof;
}

/**
 * A chunk's proof, and what it took.
 * @see {@link LocalQueue}
 */
export interface Proven extends Making {
  readonly proof: ChunkProof;
}

/**
 * A rules chunk's proof, and what it took.
 * @see {@link LocalQueue}
 */
export interface ProvenRules extends Making {
  readonly proof: RulesChunkProof;
}

/**
 * Takes chunks and returns their verified proofs; how, and on which machines, is up to the queue.
 * @see {@link proveBatch}
 */
export interface ProofQueue extends Closable {
  /** The program that it intends to use; `workers` for any. */
  readonly prover: string;
  /** True if the proofs take this machine's time and memory. */
  readonly provesHere: boolean;
  /** How many jobs it wants before the first is done, so that no prover waits for work. */
  readonly ahead: number;
  /**
   * Hands a job over, and waits for its proof. Progress is told in shares of it, of 1, where they are known.
   * @throws {KeyMismatchError} the job's keys are not its circuit's
   * @throws {CapacityError} the circuit has no room for the trace
   * @throws {WitnessError} the trace does not hold
   * @throws {ProverError} the prover failed, or its proof does not verify
   * @throws {JobError} where others prove: they did not
   * @throws what the signal was aborted with; other jobs go on
   */
  prove(job: ProofJob, watching?: Watching): Promise<Proven>;
  /** The same of a chunk of rules; throws what `prove` does. */
  proveRules(job: RulesJob, watching?: Watching): Promise<ProvenRules>;
  /** Stops all running work. */
  close(): Promise<void>;
}

/**
 * Options for a single job.
 * @see {@link LocalQueue}
 */
export interface ProveJobOptions extends Watching {
  /** Called when the job's witness is made and it waits for the prover. */
  readonly onWitness?: () => void;
}

/** The keys belong to a circuit other than the job's. */
export class KeyMismatchError extends Error {
  override readonly name = 'KeyMismatchError';
}

/** @throws {KeyMismatchError} a job's keys are not its circuit's */
export function requireOwnKeys({ circuit, keys }: Pick<CircuitJob, 'circuit' | 'keys'>): void {
  if (keys.circuit.digest === circuit.digest) return;
  throw new KeyMismatchError(
    `expected keys of circuit ${circuit.name} with digest ${circuit.digest}, got keys of digest ${keys.circuit.digest}`,
  );
}

/**
 * The programs with which this machine proves, and how.
 * @see {@link LocalQueue}
 */
export interface LocalQueueOptions {
  /** Best first; each is used when those before it failed. */
  readonly programs: readonly ProverProgram[];
  /** How long a program may take for a proof, in milliseconds. */
  readonly timeoutMs?: number;
  /** Called with a sentence when a program fails and the next takes its place. */
  readonly onWarning?: (warning: string) => void;
}

/** Longer than any proof of the catalogue's circuits on a slow machine. */
const TIMEOUT_MS = 60 * 60 * 1000;
const SCRATCH = 'rootshift-proof-';

/**
 * Proves in this process and its children: while a prover works on one chunk, the witness of the next is
 * made, and the proof of the one before verified. Nothing of a witness is left on disk.
 *
 * @example
 * await using local = new LocalQueue({ programs: [ROOTSHIFT] });
 * const proven = await local.prove({ trace, circuit, keys });
 */
export class LocalQueue extends Closing implements ProofQueue {
  readonly provesHere = true;
  /** One each: at its witness, with the prover, being verified. */
  readonly ahead = 3;
  readonly #options: LocalQueueOptions;
  readonly #calculator = new WitnessCalculator();
  readonly #stop = new AbortController();
  readonly #witnesses = new Turns();
  readonly #provers = new Turns();
  #swept: Promise<void> | null = null;
  #failed = 0;

  constructor(options: LocalQueueOptions) {
    super();
    this.#options = options;
  }

  get prover(): string {
    return this.#program.name;
  }

  /** The program for the next proof. */
  get #program(): ProverProgram {
    return this.#options.programs[this.#failed]!;
  }

  async prove(job: ProofJob, options: ProveJobOptions = {}): Promise<Proven> {
    const { trace, circuit } = job;
    const inputs = (): CircuitInputs => circuitInputs(trace, circuit.size);
    const made = await this.#prove({ ...job, signals: signalsOf(job), inputs }, options);
    return { ...made, proof: chunkProof(job, made.proof) };
  }

  async proveRules(job: RulesJob, options: ProveJobOptions = {}): Promise<ProvenRules> {
    const made = await this.#prove({ ...job, signals: signalsOf(job), inputs: () => job.inputs }, options);
    return { ...made, proof: rulesChunkProof(job, made.proof) };
  }

  async #prove(
    job: CircuitJob,
    { signal: own = new AbortController().signal, onWitness, onProgress }: ProveJobOptions,
  ): Promise<Made> {
    requireOwnKeys(job);
    const signal = AbortSignal.any([own, this.#stop.signal]);
    // If this fails, the next line reports why, or nothing is wrong.
    await (this.#swept ??= sweepScratch(tmpdir(), SCRATCH).catch(() => {}));
    const folder = await makeScratch(tmpdir(), SCRATCH, 0o700);
    try {
      const wtns = path.join(folder, 'witness.wtns');
      const [, witness] = await this.#witnesses
        .take(() => timed(() => this.#makeWitness(job, wtns, own)), signal)
        .catch((error: unknown) => {
          // Else it tells of the thread that was stopped.
          signal.throwIfAborted();
          throw error;
        });
      onWitness?.();
      return await this.#proveWitness(job, wtns, witness, { signal, onProgress });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the proof was not made because its queue was closed'));
    await this.#calculator.close();
  }

  async #makeWitness({ inputs, circuit }: CircuitJob, wtns: string, signal: AbortSignal): Promise<void> {
    // During this job's turn, the calculator works for no other job.
    const stop = (): void => void this.#calculator.close();
    signal.addEventListener('abort', stop);
    try {
      await this.#calculator.write(inputs(), circuit.wasm, wtns);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #proveWitness(
    { keys, signals }: CircuitJob,
    wtns: string,
    witness: number,
    { signal, onProgress }: Watching & { readonly signal: AbortSignal },
  ): Promise<Made> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const run = { zkey: keys.zkey, wtns, folder: path.dirname(wtns), timeoutMs, signal };
    // While the prover works. If it fails, the verification reports why.
    loadVerifier().catch(() => {});
    for (;;) {
      let program = this.#program;
      try {
        const [raw, prove] = await this.#provers.take(() => {
          program = this.#program;
          const { name } = program;
          const onShare = (share: number): void => onProgress?.(`proof with ${name}`, share, 1);
          onShare(0);
          return timed(() => runProver(program, { ...run, onShare }));
        }, signal);
        const [, verify] = await timed(() => checkProof(program, signals, keys, raw));
        onProgress?.(`proof with ${program.name}`, 1, 1);
        return { proof: raw.proof, prover: program.name, timings: { witness, prove, verify } };
      } catch (error) {
        if (!(error instanceof ProverError)) throw error;
        this.#giveUp(program, error);
      }
    }
  }

  /**
   * Has the next program take the place of one that failed.
   * @throws {ProverError} `error`, where there is no other
   */
  #giveUp(failed: ProverProgram, error: ProverError): void {
    // Otherwise another job has met the same failure before.
    if (failed !== this.#program) return;
    if (this.#failed + 1 === this.#options.programs.length) throw error;
    this.#failed++;
    this.#options.onWarning?.(`${error.message}; using ${this.prover} instead`);
  }
}

/** The proof must be valid, for exactly the job's public signals. */
async function checkProof(
  program: ProverProgram,
  expected: CircuitJob['signals'],
  keys: ProvingKeys,
  { proof, signals }: RawProof,
): Promise<void> {
  expected.forEach(([name, value], i) => {
    if (signals[i] === value) return;
    throw new ProverError(
      `the prover ${program.name} proved a different statement: expected ${name} = ${frToHex(value)}, got ${signals[i]}`,
    );
  });
  if (await groth16Verify(keys.verificationKey, signals, proof)) return;
  throw new ProverError(`the prover ${program.name} made a proof that is not valid`);
}

/** A job's proof, with all that it refers to. */
export const chunkProof = ({ trace, circuit, keys }: ProofJob, proof: Groth16Proof): ChunkProof => ({
  circuit: { name: circuit.name, digest: circuit.digest },
  setup: keys.setup,
  verificationKey: keys.verificationKeyHash,
  publicSignals: trace.publics,
  proof,
  log: trace.log.map(({ op, address, kind, slot, value }) => ({ op, address, kind, slot, value })),
});

export const rulesChunkProof = (
  { circuit, keys, publics, records }: RulesJob,
  proof: Groth16Proof,
): RulesChunkProof => ({
  circuit: { name: circuit.name, digest: circuit.digest },
  setup: keys.setup,
  verificationKey: keys.verificationKeyHash,
  publicSignals: publics,
  proof,
  records,
});

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}
