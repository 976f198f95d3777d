import { rm } from 'node:fs/promises';
import path from 'node:path';
import { formatProof, parseProof, ProofFileError } from '../proof/prover/proof-file.js';
import type { ChunkProof } from '../proof/prover/proof-file.js';
import { signalsOf } from '../proof/prover/queue.js';
import type { AnyJob, ProofJob, RulesJob } from '../proof/prover/queue.js';
import { formatRulesChunk, readRulesChunk } from '../proof/prover/rules-proof-file.js';
import type { RulesChunkProof } from '../proof/prover/rules-proof-file.js';
import { jobKey } from '../proof/queue/job.js';
import { PUBLIC_SIGNALS } from '../machine/trace/trace.js';
import { groth16Verify } from '../base/untyped/snarkjs.js';
import { atRoot, FieldError } from '../state/batch/fields.js';
import { JsonSyntaxError, parseJson } from '../state/batch/json.js';
import { chunkFault } from '../proof/verifier/verify.js';
import { RULES_SIGNALS } from '../machine/circuit/rules-catalogue.js';
import { FileError } from '../base/files/file-error.js';
import { readTextFile } from '../base/files/input.js';
import { writeFileAtomically } from '../base/files/output.js';

/**
 * Keeps the finished proofs of chunks in a directory until the whole batch is proven, so that interrupted work can
 * continue. A proof is found by the hash of its statement, circuit and keys, and is verified like any other.
 */
export class FinishedProofs {
  constructor(private readonly folder: string) {}

  /** The proof for a job; null if there is none, it cannot be read, or it is not valid. */
  async find(job: ProofJob): Promise<ChunkProof | null> {
    try {
      const [proof] = parseProof(await readTextFile(this.#file(job))).chunks;
      return proof !== undefined && (await this.#holds(proof, job)) ? proof : null;
    } catch (error) {
      if (error instanceof FileError || error instanceof ProofFileError) return null;
      throw error;
    }
  }

  keep(job: ProofJob, proof: ChunkProof): Promise<void> {
    return writeFileAtomically(this.#file(job), formatProof({ chunks: [proof] }));
  }

  /** As `find`, for a chunk of rules. */
  async findRules(job: RulesJob): Promise<RulesChunkProof | null> {
    try {
      const proof = readRulesChunk(atRoot(parseJson(await readTextFile(this.#file(job)))));
      const signals = signalsOf(job);
      const isOfJob =
        proof.verificationKey === job.keys.verificationKeyHash &&
        signals.every(([, value], i) => proof.publicSignals[RULES_SIGNALS[i]!] === value);
      const values = signals.map(([, value]) => value);
      if (!isOfJob || !(await groth16Verify(job.keys.verificationKey, values, proof.proof))) return null;
      // The records are the job's: who changed the file chose others.
      return { ...proof, records: job.records };
    } catch (error) {
      if (error instanceof FileError || error instanceof FieldError || error instanceof JsonSyntaxError) return null;
      throw error;
    }
  }

  keepRules(job: RulesJob, proof: RulesChunkProof): Promise<void> {
    return writeFileAtomically(this.#file(job), formatRulesChunk(proof));
  }

  /** Deletes all proofs and the directory. */
  clear(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  async #holds(proof: ChunkProof, { trace, keys }: ProofJob): Promise<boolean> {
    if (proof.verificationKey !== keys.verificationKeyHash) return false;
    if (PUBLIC_SIGNALS.some((name) => proof.publicSignals[name] !== trace.publics[name])) return false;
    return (await chunkFault(proof, keys)) === null;
  }

  #file(job: AnyJob): string {
    return path.join(this.folder, `${jobKey(job)}.json`);
  }
}
