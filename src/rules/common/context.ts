import { toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import { fitting } from './range.js';

/**
 * Where rules are in force: one contract on one chain, in one version of the rules.
 * @see {@link signingDomain}
 */
export interface Deployment {
  readonly chainId: bigint;
  /** The contract's address, 160 bits. */
  readonly contract: bigint;
  /** Of the rules: a batch is proven by the circuits of this version. */
  readonly version: number;
}

/**
 * The batch that transactions are in, as the contract tells the circuit.
 * @see {@link contextHash}
 */
export interface RulesContext {
  /** `signingDomain` of the deployment. */
  readonly domain: Fr;
  readonly batchNumber: bigint;
  /** Unix time in seconds, below 2^40: what `validUntil` is compared with. */
  readonly timestamp: bigint;
  /** Who gets the batch's fees; not 0. */
  readonly feeRecipient: bigint;
}

/** A batch's context that no contract makes. */
export class ContextError extends RangeError {
  override readonly name = 'ContextError';
}

/**
 * What `contextHash` commits to, as inputs of a circuit: those of the template `Context`.
 *
 * @example
 * openedContext(deployment, context).batchNumber;
 */
export const openedContext = (
  { chainId, contract, version }: Deployment,
  { batchNumber, timestamp, feeRecipient }: Omit<RulesContext, 'domain'>,
) => ({ chainId, contract, version: BigInt(version), batchNumber, timestamp, feeRecipient });

/**
 * What every signed message begins with, so that it holds for one chain, contract and version alone.
 * @throws {RangeError} a number does not fit in its field
 *
 * @example
 * signingDomain({ chainId: 1n, contract: 0xc0ffeen, version: 1 });
 */
export const signingDomain = ({ chainId, contract, version }: Deployment): Fr =>
  poseidon.hash([toFr(chainId), fitting(contract, 160, 'contract'), fitting(BigInt(version), 32, 'rules version')]);

/**
 * The public signal `context` of a batch's rules proofs.
 * @throws {ContextError} the fee recipient is 0
 * @throws {RangeError} a number does not fit in its field
 *
 * @example
 * contextHash({ domain: signingDomain(deployment), batchNumber: 7n, timestamp: 1_800_000_000n, feeRecipient: 0xfeen });
 */
export function contextHash({ domain, batchNumber, timestamp, feeRecipient }: RulesContext): Fr {
  if (feeRecipient === 0n) throw new ContextError('fee recipient: expected an address other than 0, got 0');
  return poseidon.hash([
    toFr(domain),
    fitting(batchNumber, 64, 'batch number'),
    fitting(timestamp, 40, 'timestamp'),
    fitting(feeRecipient, 160, 'fee recipient'),
  ]);
}
