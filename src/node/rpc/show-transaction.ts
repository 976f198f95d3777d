import { createTxFromRLP, isAccessList2930Tx, isEOACode7702Tx, isFeeMarket1559Tx, isLegacyTx } from '@ethereumjs/tx';
import { commonOf } from '../../rules/evm/common.js';
import type { EvmChain } from '../../rules/evm/chain.js';
import type { StoredBlock, StoredLog, StoredReceipt, TransactionPlace } from '../store/state-db.js';
import { address, addressOrNull, data, quantity, word } from './hex.js';

/** Where a transaction is, and its block. */
export interface Included {
  readonly place: TransactionPlace;
  readonly block: Pick<StoredBlock, 'baseFeePerGas' | 'timestamp'>;
}

/** A transaction as `eth_getTransactionByHash` gives it; one without a place waits in the pool. */
export function showTransaction(bytes: Uint8Array, sender: bigint, chain: EvmChain, included: Included | null): object {
  const tx = createTxFromRLP(bytes, { common: commonOf(chain) });
  const place = included?.place;
  const fields = {
    blockHash: place === undefined ? null : word(place.blockHash),
    blockNumber: place === undefined ? null : quantity(place.blockNumber),
    blockTimestamp: included === null ? null : quantity(included.block.timestamp),
    transactionIndex: place === undefined ? null : quantity(place.index),
    hash: data(tx.hash()),
    type: quantity(tx.type),
    from: address(sender),
    to: tx.to === undefined ? null : data(tx.to.bytes),
    nonce: quantity(tx.nonce),
    gas: quantity(tx.gasLimit),
    value: quantity(tx.value),
    input: data(tx.data),
    v: quantity(tx.v ?? 0n),
    r: quantity(tx.r ?? 0n),
    s: quantity(tx.s ?? 0n),
  };
  if (isLegacyTx(tx)) {
    const chainId = (tx.v ?? 0n) >= 35n ? { chainId: quantity(((tx.v ?? 0n) - 35n) / 2n) } : {};
    return { ...fields, gasPrice: quantity(tx.gasPrice), ...chainId };
  }
  const typed = { ...fields, chainId: quantity(chain.chainId), yParity: fields.v };
  const accessListOf = (list: readonly (readonly [Uint8Array, readonly Uint8Array[]])[]) =>
    list.map(([item, slots]) => ({ address: data(item), storageKeys: slots.map(data) }));
  if (isAccessList2930Tx(tx)) {
    return { ...typed, gasPrice: quantity(tx.gasPrice), accessList: accessListOf(tx.accessList) };
  }
  if (!isFeeMarket1559Tx(tx) && !isEOACode7702Tx(tx)) throw new Error(`a transaction of type ${tx.type} is stored`);
  const { maxFeePerGas, maxPriorityFeePerGas } = tx;
  const price =
    included === null ? maxFeePerGas : min(maxFeePerGas, included.block.baseFeePerGas + maxPriorityFeePerGas);
  const authorizations = !isEOACode7702Tx(tx)
    ? {}
    : {
        authorizationList: tx.authorizationList.map(([chainId, delegate, nonce, yParity, r, s]) => ({
          chainId: number(chainId),
          address: data(delegate),
          nonce: number(nonce),
          yParity: number(yParity),
          r: number(r),
          s: number(s),
        })),
      };
  return {
    ...typed,
    gasPrice: quantity(price),
    maxFeePerGas: quantity(maxFeePerGas),
    maxPriorityFeePerGas: quantity(maxPriorityFeePerGas),
    accessList: accessListOf(tx.accessList),
    ...authorizations,
  };
}

const number = (bytes: Uint8Array) => quantity(BigInt(`0x0${data(bytes).slice(2)}`));
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A receipt as `eth_getTransactionReceipt` gives it. */
export function showReceipt(receipt: StoredReceipt, timestamp: bigint): object {
  const { blockNumber, blockHash, index, transactionHash } = receipt;
  return {
    type: quantity(receipt.type),
    transactionHash: word(transactionHash),
    transactionIndex: quantity(index),
    blockHash: word(blockHash),
    blockNumber: quantity(blockNumber),
    from: address(receipt.sender),
    to: addressOrNull(receipt.to),
    status: receipt.status === 'succeeded' ? '0x1' : '0x0',
    gasUsed: quantity(receipt.gasUsed),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    contractAddress: addressOrNull(receipt.contractAddress),
    logsBloom: data(receipt.bloom),
    logs: receipt.logs.map((log, i) =>
      showLog({ ...log, blockNumber, blockHash, index, transactionHash, logIndex: receipt.firstLog + i }, timestamp),
    ),
  };
}

/** @param timestamp of its block, if it is at hand */
export function showLog(log: StoredLog, timestamp?: bigint): object {
  return {
    address: address(log.address),
    topics: log.topics.map(word),
    data: data(log.data),
    blockNumber: quantity(log.blockNumber),
    blockHash: word(log.blockHash),
    ...(timestamp === undefined ? {} : { blockTimestamp: quantity(timestamp) }),
    transactionHash: word(log.transactionHash),
    transactionIndex: quantity(log.index),
    logIndex: quantity(log.logIndex),
    removed: false,
  };
}
