/** Headers, roots of lists, and bytes, against those of EthereumJS. */
import { createBlock, createBlockHeader, genTransactionsTrieRoot } from '@ethereumjs/block';
import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { createTxFromRLP } from '@ethereumjs/tx';
import { Address } from '@ethereumjs/util';
import { encodeReceipt } from '@ethereumjs/vm';
import { describe, expect, it } from 'vitest';
import { BatchBytesError, decodeBatch, encodeBatch } from '../../../src/node/store/batch-bytes.js';
import { decodeHeader } from '../../../src/node/store/header.js';
import { listRoot } from '../../../src/node/store/list-root.js';
import { bytesOf, numberOf } from '../../../src/rules/evm/bytes.js';
import { EvmChain } from '../../../src/rules/evm/chain.js';
import { commonOf } from '../../../src/rules/evm/common.js';
import { sealBlock } from '../../../src/node/store/seal.js';
import * as evm from '../../rules/evm/world.js';
import { chain } from './world.js';

const trieRoot = async (values: readonly Uint8Array[]): Promise<bigint> => {
  const trie = await createMPT();
  for (const [i, value] of values.entries()) await trie.put(RLP.encode(i), value);
  return numberOf(trie.root());
};

describe("a list's root", () => {
  it.each([0, 1, 2, 3, 16, 17, 127, 128, 129, 130, 200, 256, 257, 300])(
    "of %d values is that of Ethereum's trie",
    async (n) => {
      // Short values stand in the node above their own.
      const values = Array.from({ length: n }, (_, i) => new Uint8Array(i % 3 === 0 ? 4 : 40).fill(1 + (i % 250)));
      expect(listRoot(values)).toBe(await trieRoot(values));
    },
  );
});

describe('a sealed block', () => {
  it.each(['cancun', 'prague'] as const)(
    'has the hash, the size and the roots of one of EthereumJS on %s',
    async (fork) => {
      const common = commonOf(new EvmChain(31337n, { fork }));
      for (const sealed of (await chain()).blocks) {
        const { ancestors, ...fields } = { ...evm.ENVIRONMENT, ...sealed, ancestors: [sealed.parentHash] };
        const block = sealBlock({ ...fields, ancestors }, sealed.included, sealed.stateRoot, fork);
        const transactions = sealed.included.map(({ transaction }) => createTxFromRLP(transaction.bytes, { common }));
        const header = {
          parentHash: bytesOf(block.parentHash, 32),
          coinbase: new Address(bytesOf(block.feeRecipient, 20)),
          stateRoot: bytesOf(block.stateRoot, 32),
          transactionsTrie: await genTransactionsTrieRoot(transactions),
          receiptTrie: bytesOf(
            await trieRoot(
              block.included.map(({ receipt }) =>
                encodeReceipt(
                  {
                    status: receipt.status === 'succeeded' ? 1 : 0,
                    cumulativeBlockGasUsed: receipt.cumulativeGasUsed,
                    bitvector: receipt.bloom,
                    logs: receipt.logs.map(({ address, topics, data }) => [
                      bytesOf(address, 20),
                      topics.map((topic) => bytesOf(topic, 32)),
                      data,
                    ]),
                  },
                  receipt.type as 0 | 1 | 2,
                ),
              ),
            ),
            32,
          ),
          logsBloom: block.bloom,
          number: block.number,
          gasLimit: block.gasLimit,
          gasUsed: block.gasUsed,
          timestamp: block.timestamp,
          mixHash: bytesOf(block.prevRandao, 32),
          baseFeePerGas: block.baseFeePerGas,
        };
        const options = { common, skipConsensusFormatValidation: true };
        const theirs = createBlockHeader(header, options);
        expect(block.hash).toBe(numberOf(theirs.hash()));
        expect(block.size).toBe(createBlock({ header, transactions }, options).serialize().length);
        const { hash: _hash, header: bytes, size: _size, included: _included, ...said } = block;
        expect(decodeHeader(bytes)).toEqual(said);
      }
    },
  );
});

describe("a batch's bytes", () => {
  it('say what its blocks are', async () => {
    const blocks = (await chain()).blocks.map((block) => ({
      timestamp: block.timestamp,
      gasLimit: block.gasLimit,
      baseFeePerGas: 0n,
      prevRandao: block.prevRandao,
      feeRecipient: block.feeRecipient,
      transactions: block.included.map(({ transaction }) => transaction.bytes),
    }));
    const bytes = encodeBatch(blocks);
    expect(decodeBatch(bytes)).toEqual(blocks);
    expect(() => decodeBatch(bytes.subarray(0, -1))).toThrow(BatchBytesError);
    expect(() => decodeBatch(Uint8Array.of(2, ...bytes.subarray(1)))).toThrow('expected a batch of form 1, got 2');
    expect(() => decodeBatch(Uint8Array.of(1, ...RLP.encode([[1, 2]])))).toThrow(
      'block 0 of the batch: expected 6 fields',
    );
  });
});
