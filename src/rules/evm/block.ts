import { createBlock } from '@ethereumjs/block';
import type { Block } from '@ethereumjs/block';
import type { EVMMockBlockchainInterface } from '@ethereumjs/evm';
import { Address } from '@ethereumjs/util';
import { toUint256 } from '../../base/field/limbs.js';
import { fitting } from '../common/range.js';
import { bytesOf } from './bytes.js';
import type { EvmChain } from './chain.js';
import { commonOf } from './common.js';
import { AncestorsError } from './environment.js';
import type { BlockEnvironment } from './environment.js';
import { MissingBlockHashError } from './faults.js';

/**
 * A block without transactions, as the EVM of EthereumJS asks for it.
 * @throws {RangeError} a number does not fit
 * @throws {AncestorsError}
 */
export function blockOf(environment: BlockEnvironment, chain: EvmChain): Block {
  const { number, timestamp, gasLimit, baseFeePerGas, prevRandao, feeRecipient, ancestors } = environment;
  if (BigInt(ancestors.length) > number) {
    throw new AncestorsError(
      `expected at most ${number} hashes of blocks before block ${number}, got ${ancestors.length}`,
    );
  }
  const header = {
    number: fitting(number, 53, "block's number"),
    timestamp: fitting(timestamp, 64, 'timestamp'),
    gasLimit: fitting(gasLimit, 63, 'gas limit'),
    baseFeePerGas: toUint256(baseFeePerGas),
    mixHash: bytesOf(toUint256(prevRandao), 32),
    coinbase: new Address(bytesOf(fitting(feeRecipient, 160, 'fee recipient'), 20)),
    difficulty: 0n,
    // No blobs: a blob's gas costs 1 wei, the least there is.
    excessBlobGas: 0n,
  };
  return createBlock({ header }, { common: commonOf(chain), skipConsensusFormatValidation: true });
}

/** What BLOCKHASH is answered from. */
export class BlockHashes implements EVMMockBlockchainInterface {
  #environment: BlockEnvironment | null = null;

  /** Answers for transactions of this block from now on. */
  enter(environment: BlockEnvironment): void {
    this.#environment = environment;
  }

  /** @param number of a block before the current one */
  async getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const { number: current, ancestors } = this.#environment!;
    const hash = ancestors[Number(current) - 1 - number];
    if (hash === undefined) {
      throw new MissingBlockHashError(`block ${current} asks for the hash of block ${number}, which was not given`);
    }
    return { hash: () => bytesOf(toUint256(hash), 32) };
  }

  async putBlock(): Promise<void> {
    throw new Error('blocks are given with their environments');
  }

  shallowCopy(): this {
    return this;
  }
}
