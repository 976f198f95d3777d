import { RLP } from '@ethereumjs/rlp';
import { KECCAK256_RLP, KECCAK256_RLP_ARRAY, SHA256_NULL } from '@ethereumjs/util';
import type { Uint256 } from '../../base/field/limbs.js';
import { bytesOf, numberOf } from '../../rules/evm/bytes.js';
import type { EvmFork } from '../../rules/evm/chain.js';
import type { BlockEnvironment } from '../../rules/evm/environment.js';
import type { Digest } from '../../state/tree/node.js';

/** What a block's header says, without what is the same in all of them. */
export interface BlockHeader extends Omit<BlockEnvironment, 'ancestors'> {
  readonly parentHash: Uint256;
  /** The HashDB's root after the block. */
  readonly stateRoot: Digest;
  readonly transactionsRoot: Uint256;
  readonly receiptsRoot: Uint256;
  /** 256 bytes. */
  readonly bloom: Uint8Array;
  readonly gasUsed: bigint;
}

const NONE = new Uint8Array();
const scalar = (number: bigint): Uint8Array =>
  number === 0n ? NONE : bytesOf(number, Math.ceil(number.toString(16).length / 2));

/**
 * The header's RLP, in the order of Ethereum's (EIP-1559, 4895, 4844, 4788; since Prague, 7685): without uncles,
 * withdrawals, blobs and requests.
 */
export const encodeHeader = (header: BlockHeader, fork: EvmFork): Uint8Array =>
  RLP.encode([
    bytesOf(header.parentHash, 32),
    KECCAK256_RLP_ARRAY,
    bytesOf(header.feeRecipient, 20),
    bytesOf(header.stateRoot, 32),
    bytesOf(header.transactionsRoot, 32),
    bytesOf(header.receiptsRoot, 32),
    header.bloom,
    NONE,
    scalar(header.number),
    scalar(header.gasLimit),
    scalar(header.gasUsed),
    scalar(header.timestamp),
    NONE,
    bytesOf(header.prevRandao, 32),
    new Uint8Array(8),
    scalar(header.baseFeePerGas),
    KECCAK256_RLP,
    NONE,
    NONE,
    new Uint8Array(32),
    ...(fork === 'cancun' ? [] : [SHA256_NULL]),
  ]);

/** What the header says of which these bytes are the RLP. */
export function decodeHeader(bytes: Uint8Array): BlockHeader {
  const fields = RLP.decode(bytes) as Uint8Array[];
  const at = (i: number): bigint => numberOf(fields[i]!);
  return {
    parentHash: at(0),
    feeRecipient: at(2),
    stateRoot: at(3),
    transactionsRoot: at(4),
    receiptsRoot: at(5),
    bloom: fields[6]!,
    number: at(8),
    gasLimit: at(9),
    gasUsed: at(10),
    timestamp: at(11),
    prevRandao: at(13),
    baseFeePerGas: at(15),
  };
}
