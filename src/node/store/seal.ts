import { RLP } from '@ethereumjs/rlp';
import type { Uint256 } from '../../base/field/limbs.js';
import type { ExecutedTransaction } from '../../rules/evm/batch.js';
import { bytesOf } from '../../rules/evm/bytes.js';
import type { EvmFork } from '../../rules/evm/chain.js';
import type { BlockEnvironment } from '../../rules/evm/environment.js';
import type { EvmReceipt } from '../../rules/evm/receipt.js';
import type { EvmTransaction } from '../../rules/evm/transaction.js';
import { keccak256 } from '../../state/batch/import/keccak.js';
import type { Digest } from '../../state/tree/node.js';
import { encodeHeader } from './header.js';
import type { BlockHeader } from './header.js';
import { listRoot } from './list-root.js';

/** A transaction in a block, and what came of it. */
export interface Included extends ExecutedTransaction {
  readonly transaction: EvmTransaction;
}

/** A block that is complete. */
export interface SealedBlock extends BlockHeader {
  /** keccak256 of the header. */
  readonly hash: Uint256;
  /** The header's RLP. */
  readonly header: Uint8Array;
  /** Bytes of the block as Ethereum encodes it. */
  readonly size: number;
  readonly included: readonly Included[];
}

/** Completes a block: its header names transactions, receipts, logs, and the state after it. */
export function sealBlock(
  { ancestors, ...environment }: BlockEnvironment,
  included: readonly Included[],
  stateRoot: Digest,
  fork: EvmFork,
): SealedBlock {
  const fields: BlockHeader = {
    ...environment,
    parentHash: ancestors[0] ?? 0n,
    stateRoot,
    transactionsRoot: listRoot(included.map(({ transaction }) => transaction.bytes)),
    receiptsRoot: listRoot(included.map(({ receipt }) => receiptBytes(receipt))),
    bloom: bloomOf(included),
    gasUsed: included.at(-1)?.receipt.cumulativeGasUsed ?? 0n,
  };
  const header = encodeHeader(fields, fork);
  const body = included.reduce((sum, { transaction: { type, bytes } }) => {
    return sum + (type === 0 ? bytes.length : withPrefix(bytes.length));
  }, 0);
  // Header, transactions, and the empty lists of uncles and withdrawals.
  const size = withPrefix(header.length + withPrefix(body) + 2);
  return { ...fields, hash: keccak256(header), header, size, included };
}

/** Bytes of an RLP list or string of so many bytes (more than one). */
function withPrefix(length: number): number {
  return length + 1 + (length < 56 ? 0 : Math.ceil(length.toString(16).length / 2));
}

function bloomOf(included: readonly Included[]): Uint8Array {
  const bloom = new Uint8Array(256);
  for (const { receipt } of included) receipt.bloom.forEach((byte, i) => (bloom[i]! |= byte));
  return bloom;
}

/** A receipt as receipts' roots commit to it (EIP-2718). */
function receiptBytes({ type, status, cumulativeGasUsed, bloom, logs }: EvmReceipt): Uint8Array {
  const fields = RLP.encode([
    status === 'succeeded' ? 1 : 0,
    cumulativeGasUsed,
    bloom,
    logs.map(({ address, topics, data }) => [bytesOf(address, 20), topics.map((topic) => bytesOf(topic, 32)), data]),
  ]);
  return type === 0 ? fields : Buffer.concat([Uint8Array.of(type), fields]);
}
