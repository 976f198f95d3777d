import { encodeFunctionData } from 'viem';
import type { RulesProof } from '../../proof/prover/rules-proof-file.js';
import { PAYMENTS_ABI } from '../abi.js';
import { ChainError } from '../chain-error.js';
import type { Address } from '../point.js';
import type { PaymentsOptions } from './ask.js';
import { readPaymentsCircuits } from './circuits.js';
import type { PaymentsLedger } from './ledger.js';
import { paymentsPoint } from './point.js';
import { chunkArguments } from './prove-batch.js';

/**
 * What an alarm showed.
 * @see {@link raisePaymentsAlarm}
 */
export interface PaymentsAlarm {
  /** The batch that is void, with all behind it. */
  readonly number: number;
  /** The root that the contract had after it. */
  readonly held: bigint;
  /** The root that the proof leads to. */
  readonly root: bigint;
}

/**
 * Shows the contract that proofs can be forged: a proof of a batch that is consolidated and has not matured, of the
 * same data, that leads to another root. Anyone can. The batch and all behind it are void, and the contract is frozen.
 * @param proof whose batch number says which batch
 * @param prover for whom the proof was made; by default the sender
 * @throws {ChainError} the proof is of another contract, of a batch that is not consolidated, of other data, or leads
 * to the same root; or the contract refuses it: the proof is not valid, the batch has matured
 *
 * @example
 * const ledger = await readPayments(sender.provider, contract);
 * await raisePaymentsAlarm({ sender, contract }, ledger, parseRulesProof(text));
 */
export async function raisePaymentsAlarm(
  { sender, contract, onProgress = () => {} }: PaymentsOptions,
  ledger: PaymentsLedger,
  proof: RulesProof,
  { prover = sender.address }: { readonly prover?: Address } = {},
): Promise<PaymentsAlarm> {
  const { deployment, context } = proof;
  const { chainId } = ledger;
  if (deployment.chainId !== BigInt(chainId) || deployment.contract !== BigInt(contract)) {
    throw new ChainError(
      `expected a proof for ${contract} on chain ${chainId}, got one for 0x${deployment.contract.toString(16).padStart(40, '0')} on chain ${deployment.chainId}`,
    );
  }
  const number = Number(context.batchNumber);
  const batch = ledger.batches[number - 1];
  if (batch === undefined || batch.root === null)
    throw new ChainError(`expected a proof of a batch that ${contract} has consolidated, got one of batch ${number}`);
  const { posted, consolidatedAt, root: held, data } = batch;
  const { logHash, txHash, x } = proof.rulesChunks.at(-1)!.publicSignals;
  if (x !== paymentsPoint({ ...posted, chainId, contract, number, prover, logHash, txHash }))
    throw new ChainError(`expected a proof of the data of batch ${number}, made for ${prover}, got another one`);
  const root = proof.storageChunks.at(-1)!.publicSignals.newRoot;
  if (root === held)
    throw new ChainError(
      `expected a proof of batch ${number} that leads to another root than the contract's, got 0x${root.toString(16)}`,
    );
  const circuits = await readPaymentsCircuits(sender.provider, contract, posted.version);
  onProgress(`raising the alarm about batch ${number}`, 0, 0);
  const args = [number, posted, consolidatedAt, prover, { data, ...chunkArguments(proof, circuits) }] as const;
  const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'raiseAlarm', args });
  await sender.send(`raise the alarm about batch ${number}`, contract, call);
  return { number, held, root };
}
