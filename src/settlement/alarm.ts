import { encodeFunctionData } from 'viem';
import type { ChunkProof, ProofFile } from '../proof/prover/proof-file.js';
import { SETTLEMENT_ABI } from './abi.js';
import { readCircuits } from './chain.js';
import type { PostedBatch } from './chain.js';
import { ChainError } from './chain-error.js';
import { chunkArgument } from './contracts.js';
import { batchPoint } from './point.js';
import type { Address } from './point.js';
import type { PostOptions } from './post.js';

/**
 * Proofs of a batch, and for whom they were made.
 * @see {@link raiseAlarm}
 */
export interface AlarmClaim {
  readonly prover: Address;
  readonly proof: ProofFile;
}

/**
 * Shows a settlement that proofs can be forged: two proofs of the data of a posted batch that lead from the root before
 * it to different roots. Anyone can. The settlement is stopped for good.
 * @param batch whose data the proofs are of; batches before it are consolidated
 * @throws {ChainError} a proof is of other data, or both lead to one root; or the contract refuses the call: a proof is
 * not valid, or begins at another root
 *
 * @example
 * const [batch] = await readBatches(sender.provider, contract);
 * const claim = { prover: sender.address, proof: parseProof(text) };
 * await raiseAlarm({ sender, contract }, batch!, [claim, claim]); // refused: both lead to one root
 */
export async function raiseAlarm(
  { sender, contract, onProgress = () => {} }: PostOptions,
  { number, posted, data }: PostedBatch,
  claims: readonly [AlarmClaim, AlarmClaim],
): Promise<{ readonly roots: readonly [bigint, bigint] }> {
  const { version, dataHash } = posted;
  const chainId = await sender.chainId();
  const [usual] = await readCircuits(sender.provider, contract, { version });
  for (const [i, { prover, proof }] of claims.entries()) {
    const { logHash, x } = lastOf(proof);
    if (x !== batchPoint({ chainId, contract, number, version, prover, dataHash, logHash }))
      throw new ChainError(
        `proof ${i + 1}: expected one of the data of batch ${number}, made for ${prover}, got another one`,
      );
  }
  const [one, other] = claims;
  const roots = [lastOf(one.proof).newRoot, lastOf(other.proof).newRoot] as const;
  if (roots[0] === roots[1])
    throw new ChainError(`expected proofs that lead to different roots, both lead to 0x${roots[0].toString(16)}`);
  const claimOf = ({ prover, proof: { chunks } }: AlarmClaim) => ({
    prover,
    chunks: chunks.map((chunk) => chunkArgument(chunk, chunk.circuit.name !== usual.name)),
  });
  onProgress(`raising the alarm about batch ${number}`, 0, 0);
  const args = [number, version, data, claimOf(one), claimOf(other)] as const;
  const call = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'raiseAlarm', args });
  await sender.send(`raise the alarm about batch ${number}`, contract, call);
  return { roots };
}

const lastOf = ({ chunks }: ProofFile): ChunkProof['publicSignals'] => chunks.at(-1)!.publicSignals;
