import path from 'node:path';
import { FileError } from '../../base/files/file-error.js';
import { readTextFile } from '../../base/files/input.js';
import { writeFileAtomically } from '../../base/files/output.js';
import type { ArtifactStore } from '../../machine/circuit/artifacts.js';
import { findVerifyingKeys } from '../../proof/prover/keys.js';
import type { VerifyingKeys } from '../../proof/prover/keys.js';
import { formatRulesProof, parseRulesProof, RulesProofFileError } from '../../proof/prover/rules-proof-file.js';
import type { RulesProof } from '../../proof/prover/rules-proof-file.js';
import { verifyRulesProof } from '../../proof/verifier/verify-rules.js';
import type { Rules, RulesTypes } from '../../rules/common/rules.js';
import type { Hash } from '../point.js';

/** What a kept proof must be of, to be sent. */
export interface Wanted<T extends RulesTypes> {
  readonly rules: Rules<T>;
  /** The root that it leads from. */
  readonly root: bigint;
  /** The names of the circuits whose proofs the contract takes. */
  readonly circuits: readonly string[];
  /** The point, by the commitments that a proof ends with. */
  readonly point: (commitments: { readonly logHash: bigint; readonly txHash: bigint }) => bigint;
}

/**
 * The proofs of a batch on disk, from when they are made until the contract has accepted them, so that whoever goes on
 * after a kill proves nothing twice. Of a batch that another takes the place of, they do not count.
 */
export class KeptProof {
  private readonly file: string;
  constructor(folder: string, number: number, dataHash: Hash) {
    this.file = path.join(folder, `${number}-${dataHash.slice(2, 18)}.json`);
  }

  /** Where the proofs of chunks are kept until all are made. */
  get chunks(): string {
    return `${this.file}.chunks`;
  }

  keep(proof: RulesProof): Promise<void> {
    return writeFileAtomically(this.file, formatRulesProof(proof));
  }

  /** The whole proof; null if it is not here, or not of what is wanted. */
  async find<T extends RulesTypes>(store: ArtifactStore, wanted: Wanted<T>): Promise<RulesProof | null> {
    let proof: RulesProof;
    try {
      proof = parseRulesProof(await readTextFile(this.file));
    } catch (error) {
      if (error instanceof FileError || error instanceof RulesProofFileError) return null;
      throw error;
    }
    const chunks = [...proof.rulesChunks, ...proof.storageChunks];
    const { logHash, txHash, x } = proof.rulesChunks.at(-1)!.publicSignals;
    const isWanted =
      chunks.every(({ circuit }) => wanted.circuits.includes(circuit.name)) &&
      proof.storageChunks[0]!.publicSignals.oldRoot === wanted.root &&
      x === wanted.point({ logHash, txHash });
    if (!isWanted) return null;
    const keys: VerifyingKeys[] = [];
    for (const { circuit, verificationKey } of chunks) {
      const found = await findVerifyingKeys(store, circuit.name, verificationKey);
      if (found === null) return null;
      keys.push(found);
    }
    const { valid } = await verifyRulesProof({ proof, rules: wanted.rules, keys, acceptedRoots: [wanted.root] });
    return valid ? proof : null;
  }
}
