import { ArtifactError } from '../../machine/circuit/artifacts.js';
import type { ArtifactStore } from '../../machine/circuit/artifacts.js';
import { isStorageCircuit } from '../../machine/circuit/catalogue.js';
import { isCircuitName, RULES_CIRCUIT_NAMES } from '../../machine/circuit/rules-catalogue.js';
import { compileCircuit, findCompiled } from '../../machine/circuit/compile.js';
import type { CompiledCircuit, CompiledFiles } from '../../machine/circuit/compile.js';
import { findProvingKeys } from '../prover/keys.js';
import type { ProvingKeys } from '../prover/keys.js';
import { JOB_VERSION, parseQueueName } from './job.js';

/** What the jobs of a queue are proven with. */
export type Tools =
  | { readonly kind: 'storage'; readonly circuit: CompiledCircuit; readonly keys: ProvingKeys }
  | { readonly kind: 'rules'; readonly circuit: CompiledFiles; readonly keys: ProvingKeys };

/** After this long it is looked again whether a queue can be served: keys may have been put there meanwhile. */
const LOOK_AGAIN_MS = 30_000;

/** What a machine has for the queues that it meets. No keys are made: others' would prove nothing. */
export class Serving {
  readonly #tools = new Map<string, Tools>();
  readonly #lacks = new Map<string, number>();

  /** @param onLack told, in a sentence, why a queue is left to others; once for each */
  constructor(
    private readonly store: ArtifactStore,
    private readonly onLack: (reason: string) => void,
  ) {}

  /** What there is for a queue's jobs; null if they are left to others. */
  async toolsFor(queue: string): Promise<Tools | null> {
    const found = this.#tools.get(queue);
    if (found !== undefined) return found;
    const lookedAt = this.#lacks.get(queue);
    if (lookedAt !== undefined && performance.now() - lookedAt < LOOK_AGAIN_MS) return null;
    const tools = await this.#look(queue);
    if (typeof tools !== 'string') {
      this.#tools.set(queue, tools);
      return tools;
    }
    if (lookedAt === undefined) this.onLack(`leaving waiting jobs to other workers: ${tools}`);
    this.#lacks.set(queue, performance.now());
    return null;
  }

  async #look(queue: string): Promise<Tools | string> {
    const need = parseQueueName(queue);
    if (need === null) return `${queue} is not a queue of proofs`;
    const { version, digest, verificationKey } = need;
    if (version !== JOB_VERSION) {
      return `they have version ${version}, but this worker does version ${JOB_VERSION}; use a worker of the same version as the planner`;
    }
    if (!isCircuitName(need.circuit)) return `this worker knows no circuit ${need.circuit}`;
    try {
      return await this.#lookFor(need.circuit, digest, verificationKey);
    } catch (error) {
      if (error instanceof ArtifactError) return error.message;
      throw error;
    }
  }

  async #lookFor(name: string, digest: string, verificationKey: string): Promise<Tools | string> {
    const keys = await findProvingKeys(this.store, name, verificationKey);
    if (keys === null) {
      return (
        `they need the keys of ${name} with verification key ${verificationKey}, which are not in ${this.store.directory}; ` +
        'copy their directory keys-... from the artifacts of the machine that planned the jobs, or install the ' +
        "same ceremony's keys on both"
      );
    }
    const tools = await this.#circuitFor(name, digest);
    if (tools === null) {
      return (
        `they need circuit ${name} of rules with digest ${digest}, which is not in ${this.store.directory}; copy its ` +
        'directory circuit-... from the artifacts of the machine that planned the jobs'
      );
    }
    const { circuit } = tools;
    if (circuit.digest === digest && keys.circuit.digest === digest) return { ...tools, keys };
    return `they need circuit ${name} with digest ${digest}, but this worker's has ${circuit.digest}`;
  }

  /** Circuits of this package are compiled here; others are there, or not. */
  async #circuitFor(name: string, digest: string) {
    if (isStorageCircuit(name)) {
      return { kind: 'storage', circuit: await compileCircuit(this.store, name) } as const;
    }
    const known = RULES_CIRCUIT_NAMES.find((one) => one === name);
    const circuit =
      known === undefined ? await findCompiled(this.store, name, digest) : await compileCircuit(this.store, known);
    return circuit && ({ kind: 'rules', circuit } as const);
  }
}
