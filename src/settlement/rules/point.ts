import { bytesToHex, concat, encodeAbiParameters, keccak256, parseAbiParameters, stringToHex } from 'viem';
import { FIELD_ORDER, frFromBytesBE, frToBytesBE, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { RecordElements } from '../../rules/common/records.js';
import type { Address, Hash } from '../point.js';

const BATCH_DOMAIN = keccak256(stringToHex('rootshift.rules.batch'));

/**
 * What the point of a batch's proofs depends on.
 * @see {@link rulesPoint}
 */
export interface RulesBatchContext {
  readonly chainId: number;
  readonly contract: Address;
  readonly number: number;
  /** Who sends the proofs. */
  readonly prover: Address;
  /** keccak256 of the records as they are given. */
  readonly recordsHash: Hash;
  /** Of the whole log, and of all records. */
  readonly logHash: bigint;
  readonly txHash: bigint;
  /** `contextHash` of the batch. */
  readonly context: bigint;
}

/**
 * The point `x` of a batch of `contracts/RulesSettlement.sol`. It depends on everything that is evaluated at it.
 *
 * @example
 * const hashes = { recordsHash: dataHash, logHash: 5n, txHash: 7n, context: 9n };
 * rulesPoint({ chainId: 1, contract, number: 7, prover: sender.address, ...hashes });
 */
export const rulesPoint = (batch: RulesBatchContext): Fr =>
  toFr(
    BigInt(
      keccak256(
        encodeAbiParameters(
          parseAbiParameters('bytes32, uint256, address, uint48, address, bytes32, uint256, uint256, uint256'),
          [
            BATCH_DOMAIN,
            BigInt(batch.chainId),
            batch.contract,
            batch.number,
            batch.prover,
            batch.recordsHash,
            toFr(batch.logHash),
            toFr(batch.txHash),
            toFr(batch.context),
          ],
        ),
      ),
    ) % FIELD_ORDER,
  );

/**
 * Records as the contract is given them: each element as 32 bytes, in order.
 *
 * @example
 * recordsData([[toFr(1n), toFr(2n)]]).length; // 2 + 2 * 2 * 32
 */
export const recordsData = (records: readonly RecordElements[]): Hash =>
  concat(records.flat().map((element) => bytesToHex(frToBytesBE(toFr(element)))));

/**
 * The elements that `recordsData` made bytes of.
 * @throws {RangeError} they are not reduced, or no whole number of them
 */
export const elementsIn = (data: Uint8Array): Fr[] =>
  Array.from({ length: Math.ceil(data.length / 32) }, (_, i) => frFromBytesBE(data.subarray(32 * i, 32 * i + 32)));
