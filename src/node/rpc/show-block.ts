import { RLP } from '@ethereumjs/rlp';
import type { EvmChain } from '../../rules/evm/chain.js';
import type { StateDb, StoredBlock } from '../store/state-db.js';
import { data, quantity, word } from './hex.js';
import type { Hex } from './hex.js';
import { showTransaction } from './show-transaction.js';

/** The fields of Ethereum's header in the order of its RLP, and whether they are numbers. Later forks append some. */
const HEADER_FIELDS: readonly (readonly [name: string, isQuantity: boolean])[] = [
  ['parentHash', false],
  ['sha3Uncles', false],
  ['miner', false],
  ['stateRoot', false],
  ['transactionsRoot', false],
  ['receiptsRoot', false],
  ['logsBloom', false],
  ['difficulty', true],
  ['number', true],
  ['gasLimit', true],
  ['gasUsed', true],
  ['timestamp', true],
  ['extraData', false],
  ['mixHash', false],
  ['nonce', false],
  ['baseFeePerGas', true],
  ['withdrawalsRoot', false],
  ['blobGasUsed', true],
  ['excessBlobGas', true],
  ['parentBeaconBlockRoot', false],
  ['requestsHash', false],
];

/** A block's header, as subscriptions to new heads tell it. */
export function showHeader({ header, hash }: StoredBlock): Record<string, Hex> {
  const fields = RLP.decode(header) as Uint8Array[];
  const shown = fields.map((bytes, i) => {
    const [name, isQuantity] = HEADER_FIELDS[i]!;
    return [name, isQuantity ? quantity(BigInt(`0x0${data(bytes).slice(2)}`)) : data(bytes)] as const;
  });
  return { hash: word(hash), ...Object.fromEntries(shown) };
}

/** A block, with its transactions or their hashes. */
export async function showBlock(
  block: StoredBlock,
  { store, chain }: { readonly store: StateDb; readonly chain: EvmChain },
  isFull: boolean,
): Promise<object> {
  const transactions = isFull
    ? (await store.transactionsOf(block.number)).map((stored) =>
        showTransaction(stored.bytes, stored.sender, chain, { place: stored, block }),
      )
    : block.transactions.map(word);
  return { ...showHeader(block), size: quantity(block.size), transactions, uncles: [], withdrawals: [] };
}
