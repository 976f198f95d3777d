import { RLP } from '@ethereumjs/rlp';
import { createTxFromRLP, getCalldataFloorGas, isEOACode7702Tx, isFeeMarket1559Tx } from '@ethereumjs/tx';
import type { TypedTransaction } from '@ethereumjs/tx';
import { numberOf } from './bytes.js';
import type { EvmChain } from './chain.js';
import { commonOf } from './common.js';
import { TransactionRejectedError } from './rejection.js';
import type { EvmTransaction } from './transaction.js';
import { keepTyped } from './typed.js';

/** The types that are taken: legacy, with an access list, with a priority fee, with authorizations. */
const TYPES: ReadonlySet<number> = new Set([0, 1, 2, 4]);

/**
 * Reads a signed transaction of type 0, 1, 2 or 4, as `eth_sendRawTransaction` takes it.
 * @throws {TransactionRejectedError} it is none of this chain, nobody signed it, or its gas limit is too low
 *
 * @example
 * decodeTransaction(bytes, new EvmChain(31337n)).sender; // the address of whoever signed it
 */
export function decodeTransaction(bytes: Uint8Array, chain: EvmChain): EvmTransaction {
  const type = bytes[0] === undefined || bytes[0] >= 0xc0 ? 0 : bytes[0];
  if (type === 3) {
    const why = 'its blobs would have to be kept, and nobody keeps them';
    throw new TransactionRejectedError(
      'type',
      `expected a transaction of type 0, 1, 2 or 4, got a blob one (3): ${why}`,
    );
  }
  if (!TYPES.has(type) || (type === 4 && chain.fork === 'cancun')) {
    const types = chain.fork === 'cancun' ? '0, 1 or 2' : '0, 1, 2 or 4';
    throw new TransactionRejectedError('type', `expected a transaction of type ${types}, got type ${type}`);
  }
  const typed = parse(bytes, chain, type);
  let transaction: EvmTransaction;
  try {
    transaction = describe(typed, bytes);
  } catch (error) {
    throw new TransactionRejectedError('signature', `expected a signed transaction: ${(error as Error).message}`);
  }
  const least = max(typed.getIntrinsicGas(), getCalldataFloorGas(typed, typed.getSenderAddress()));
  if (transaction.gasLimit < least) {
    const message = `expected a gas limit of at least ${least}, which is due before anything runs`;
    throw new TransactionRejectedError('intrinsicGas', `${message}; got ${transaction.gasLimit}`);
  }
  keepTyped(transaction, typed);
  return transaction;
}

function describe(typed: TypedTransaction, bytes: Uint8Array): EvmTransaction {
  const feeMarket = isFeeMarket1559Tx(typed) || isEOACode7702Tx(typed) ? typed : null;
  const maxFeePerGas = feeMarket?.maxFeePerGas ?? (typed as { readonly gasPrice: bigint }).gasPrice;
  return {
    type: typed.type,
    hash: numberOf(typed.hash()),
    sender: numberOf(typed.getSenderAddress().bytes),
    nonce: typed.nonce,
    to: typed.to === undefined ? null : numberOf(typed.to.bytes),
    value: typed.value,
    data: typed.data,
    gasLimit: typed.gasLimit,
    maxFeePerGas,
    maxPriorityFeePerGas: feeMarket?.maxPriorityFeePerGas ?? maxFeePerGas,
    bytes,
  };
}

function parse(bytes: Uint8Array, chain: EvmChain, type: number): TypedTransaction {
  let fields: unknown;
  try {
    fields = RLP.decode(type === 0 ? bytes : bytes.subarray(1));
  } catch (error) {
    throw malformed(error as Error);
  }
  const chainId = chainIdOf(fields, type);
  if (chainId !== null && chainId !== chain.chainId) {
    throw new TransactionRejectedError('chainId', `expected a transaction of chain ${chain.chainId}, got ${chainId}`);
  }
  try {
    return createTxFromRLP(bytes, { common: commonOf(chain) });
  } catch (error) {
    throw malformed(error as Error);
  }
}

const malformed = ({ message }: Error): TransactionRejectedError =>
  new TransactionRejectedError('malformed', `expected a transaction: ${message}`);

/** The chain that a transaction names: null if none, or if it is malformed. */
function chainIdOf(fields: unknown, type: number): bigint | null {
  if (!Array.isArray(fields)) return null;
  const field: unknown = fields[type === 0 ? 6 : 0];
  if (!(field instanceof Uint8Array)) return null;
  const number = numberOf(field);
  if (type !== 0) return number;
  return number < 35n ? null : (number - 35n) / 2n;
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
