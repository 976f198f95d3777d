import { concat, encodeAbiParameters, keccak256, parseAbiParameters, stringToHex } from 'viem';
import { FIELD_ORDER, toFr } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';

/**
 * A 20-byte address, `0x` and 40 hexadecimal digits.
 * @see {@link readBatches}
 */
export type Address = `0x${string}`;
/**
 * A 32-byte word, `0x` and 64 hexadecimal digits.
 * @see {@link parsePrivateKey}
 */
export type Hash = `0x${string}`;

const BATCH_DOMAIN = keccak256(stringToHex('rootshift.settlement.batch'));
const READS_DOMAIN = keccak256(stringToHex('rootshift.settlement.reads'));

/**
 * What the point of a batch's proofs depends on.
 * @see {@link batchPoint}
 */
export interface BatchContext {
  readonly chainId: number;
  /** The settlement contract. */
  readonly contract: Address;
  readonly number: number;
  /** Of the verifiers, as it was when the batch was posted. */
  readonly version: number;
  /** Who sends the proofs. */
  readonly prover: Address;
  /** keccak256 of the posted data. */
  readonly dataHash: Hash;
  /** Of the whole log that is proven. */
  readonly logHash: bigint;
}

/**
 * The point `x` at which a batch's log and posted data are compared; the contract's `batchPoint`.
 *
 * @example
 * batchPoint({ chainId: 1, contract, number: 7, version: 1, prover: sender.address, dataHash, logHash: 5n });
 */
export const batchPoint = ({ chainId, contract, number, version, prover, dataHash, logHash }: BatchContext): Fr =>
  toPoint(
    encodeAbiParameters(parseAbiParameters('bytes32, uint256, address, uint48, uint32, address, bytes32, uint256'), [
      BATCH_DOMAIN,
      BigInt(chainId),
      contract,
      number,
      version,
      prover,
      dataHash,
      toFr(logHash),
    ]),
  );

/**
 * The point at which a log of reads and the entries given are compared; the contract's `readsPoint`.
 *
 * @example
 * readsPoint(dataHash, 5n);
 */
export const readsPoint = (dataHash: Hash, logHash: bigint): Fr =>
  toPoint(concat([READS_DOMAIN, dataHash, `0x${toFr(logHash).toString(16).padStart(64, '0')}`]));

const toPoint = (bytes: Hash): Fr => toFr(BigInt(keccak256(bytes)) % FIELD_ORDER);
