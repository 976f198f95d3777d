import { concat, encodeAbiParameters, keccak256, parseAbiParameters, stringToHex, toHex } from 'viem';
import { FIELD_ORDER, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { recordElements } from '../../rules/payments/record.js';
import type { PaymentRecord } from '../../rules/payments/record.js';
import type { Address, Hash } from '../point.js';

const BATCH_DOMAIN = keccak256(stringToHex('rootshift.payments.batch'));

/**
 * What the point of a batch's proofs depends on.
 * @see {@link paymentsPoint}
 */
export interface PaymentsBatchContext {
  readonly chainId: number;
  readonly contract: Address;
  readonly number: number;
  /** Of the verifiers and rules, as it was when the batch was posted. */
  readonly version: number;
  /** Who sends the proofs. */
  readonly prover: Address;
  /** keccak256 of the posted bytes. */
  readonly dataHash: Hash;
  /** `itemsHash` of the queue's operations in it. */
  readonly itemsHash: Hash;
  /** Of the whole log, and of all records. */
  readonly logHash: bigint;
  readonly txHash: bigint;
  /** `contextHash` of the batch. */
  readonly context: bigint;
}

/**
 * The point `x` of a batch of payments; the contract's `batchPoint`. It depends on everything that is evaluated at it.
 *
 * @example
 * const hashes = { dataHash, itemsHash: queueItemsHash([]), logHash: 5n, txHash: 7n, context: 9n };
 * paymentsPoint({ chainId: 1, contract, number: 7, version: 1, prover: sender.address, ...hashes });
 */
export const paymentsPoint = (batch: PaymentsBatchContext): Fr =>
  toFr(
    BigInt(
      keccak256(
        encodeAbiParameters(
          parseAbiParameters(
            'bytes32, uint256, address, uint48, uint32, address, bytes32, bytes32, uint256, uint256, uint256',
          ),
          [
            BATCH_DOMAIN,
            BigInt(batch.chainId),
            batch.contract,
            batch.number,
            batch.version,
            batch.prover,
            batch.dataHash,
            batch.itemsHash,
            toFr(batch.logHash),
            toFr(batch.txHash),
            toFr(batch.context),
          ],
        ),
      ),
    ) % FIELD_ORDER,
  );

/**
 * The rolling hash of the queue's operations that a batch takes, each with the amount that it moves: what the sequencer
 * expects the contract to find in its queue.
 *
 * @example
 * queueItemsHash([]); // 32 zero bytes
 */
export const queueItemsHash = (records: readonly PaymentRecord[]): Hash =>
  records.reduce<Hash>(
    (hash, record) =>
      keccak256(concat([hash, ...recordElements(record).map((element) => toHex(element, { size: 32 }))])),
    toHex(0n, { size: 32 }),
  );
