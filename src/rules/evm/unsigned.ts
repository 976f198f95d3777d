import { createAccessList2930Tx, createEOACode7702Tx, getCalldataFloorGas } from '@ethereumjs/tx';
import type { AccessList2930Tx, EOACode7702Tx } from '@ethereumjs/tx';
import { Address, bigIntToUnpaddedBytes } from '@ethereumjs/util';
import { toUint256 } from '../../base/field/limbs.js';
import { fitting } from '../common/range.js';
import { bytesOf } from './bytes.js';
import type { EvmChain } from './chain.js';
import { commonOf } from './common.js';
import { TransactionRejectedError } from './rejection.js';
import type { EvmSimulation } from './simulation.js';

/** @throws {FieldWidthError} it has more than 160 bits */
export const typedAddress = (address: bigint): Address => new Address(bytesOf(fitting(address, 160, 'address'), 20));

type Unsigned = AccessList2930Tx | EOACode7702Tx;

/**
 * What EthereumJS takes for a transaction, from a sender who did not sign it.
 * @throws {TransactionRejectedError} no transaction can be so
 * @throws {FieldWidthError} an address has more than 160 bits
 */
export function unsignedOf(simulation: EvmSimulation, chain: EvmChain, baseFee: bigint): Unsigned {
  const { from, to, data, value, gasLimit, gasPrice, accessList, authorizationList } = simulation;
  const sender = typedAddress(from);
  if (gasPrice < baseFee) {
    const expected = `expected at least the base fee of ${baseFee} wei for a unit of gas`;
    throw new TransactionRejectedError('feeCap', `${expected}, got ${gasPrice}`);
  }
  const fields = {
    chainId: chain.chainId,
    ...(to === null ? {} : { to: typedAddress(to) }),
    data,
    value: toUint256(value),
    gasLimit,
    accessList: accessList.map(({ address, slots }): [Uint8Array, Uint8Array[]] => [
      typedAddress(address).bytes,
      slots.map((slot) => bytesOf(toUint256(slot), 32)),
    ]),
  };
  const options = { common: commonOf(chain), freeze: false };
  let tx: Unsigned;
  try {
    tx =
      authorizationList.length === 0
        ? createAccessList2930Tx({ ...fields, gasPrice }, options)
        : createEOACode7702Tx(
            {
              ...fields,
              maxFeePerGas: gasPrice,
              maxPriorityFeePerGas: gasPrice,
              authorizationList: authorizationList.map(({ chainId, address, nonce, yParity, r, s }) => [
                bigIntToUnpaddedBytes(chainId),
                typedAddress(address).bytes,
                bigIntToUnpaddedBytes(nonce),
                ...[yParity, r, s].map(bigIntToUnpaddedBytes),
              ]) as never,
            },
            options,
          );
  } catch (error) {
    throw new TransactionRejectedError('malformed', `expected a transaction: ${(error as Error).message}`);
  }
  tx.getSenderAddress = () => sender;
  const floor = getCalldataFloorGas(tx, sender);
  const intrinsic = tx.getIntrinsicGas();
  const least = intrinsic > floor ? intrinsic : floor;
  if (gasLimit >= least) return tx;
  const expected = `expected a gas limit of at least ${least}, which is due before anything runs`;
  throw new TransactionRejectedError('intrinsicGas', `${expected}; got ${gasLimit}`);
}
