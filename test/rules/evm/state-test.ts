/** A transaction of Ethereum's own state tests (github.com/ethereum/tests, GeneralStateTests), and what came of it. */
import { RLP } from '@ethereumjs/rlp';
import { bytesOf } from '../../../src/rules/evm/bytes.js';
import { EvmBatch } from '../../../src/rules/evm/batch.js';
import { EvmChain } from '../../../src/rules/evm/chain.js';
import { MissingBlockHashError, StrayStorageError } from '../../../src/rules/evm/faults.js';
import { TransactionRejectedError } from '../../../src/rules/evm/rejection.js';
import { decodeTransaction } from '../../../src/rules/evm/decode.js';
import { keccak256 } from '../../../src/state/batch/import/keccak.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { MapState } from './map-state.js';
import { merkleRoot } from './merkle-root.js';

type Hex = `0x${string}`;
interface TestAccount {
  readonly balance: Hex;
  readonly nonce: Hex;
  readonly code: Hex;
  readonly storage: Readonly<Record<Hex, Hex>>;
}
interface Subtest {
  readonly hash: Hex;
  readonly logs: Hex;
  readonly txbytes: Hex;
  readonly expectException?: string;
}
export interface StateTest {
  readonly env: Readonly<Record<string, Hex>>;
  readonly pre: Readonly<Record<Hex, TestAccount>>;
  readonly post: Readonly<Record<string, readonly Subtest[]>>;
}

/** What came of a test: `unsupported` says which documented limit it meets. */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'unsupported'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ''), 'hex'));

function stateOf(pre: StateTest['pre']): { entries: Entry[]; codes: Map<bigint, Uint8Array> } {
  const entries: Entry[] = [];
  const codes = new Map<bigint, Uint8Array>();
  for (const [name, { balance, nonce, code, storage }] of Object.entries(pre)) {
    const address = BigInt(name);
    const codeBytes = bytes(code);
    const hash = codeBytes.length === 0 ? 0n : keccak256(codeBytes);
    if (hash !== 0n) codes.set(hash, codeBytes);
    entries.push({ address, kind: 'balance', slot: 0n, value: BigInt(balance) });
    entries.push({ address, kind: 'nonce', slot: 0n, value: BigInt(nonce) });
    entries.push({ address, kind: 'code', slot: 0n, value: hash });
    entries.push({ address, kind: 'length', slot: 0n, value: BigInt(codeBytes.length) });
    for (const [slot, value] of Object.entries(storage)) {
      entries.push({ address, kind: 'storage', slot: BigInt(slot), value: BigInt(value) });
    }
  }
  return { entries, codes };
}

/** An account with storage, without code and nonce, as the genesis refuses it. */
const strayIn = (pre: StateTest['pre']): boolean =>
  Object.values(pre).some(
    ({ nonce, code, storage }) =>
      BigInt(nonce) === 0n && code === '0x' && Object.values(storage).some((value) => BigInt(value) !== 0n),
  );

export async function runStateTest({ env, pre }: StateTest, subtest: Subtest): Promise<Outcome> {
  const chain = new EvmChain(1n, { fork: 'cancun' });
  const { entries, codes } = stateOf(pre);
  const state = new MapState(entries);
  const number = BigInt(env['currentNumber']!);
  const batch = await EvmBatch.begin(chain, state, codes);
  let logs = keccak256(RLP.encode([]));
  try {
    batch.enterBlock({
      number,
      timestamp: BigInt(env['currentTimestamp']!),
      gasLimit: BigInt(env['currentGasLimit']!),
      baseFeePerGas: BigInt(env['currentBaseFee'] ?? '0x0a'),
      prevRandao: BigInt(env['currentRandom'] ?? '0x00'),
      feeRecipient: BigInt(env['currentCoinbase']!),
      // The hash of block n is keccak256 of n in decimal digits, in all of these tests.
      ancestors: Array.from({ length: Number(number < 256n ? number : 256n) }, (_, i) =>
        keccak256(new TextEncoder().encode(`${number - 1n - BigInt(i)}`)),
      ),
    });
    const executed = await batch.execute(decodeTransaction(bytes(subtest.txbytes), chain));
    if (subtest.expectException !== undefined) {
      return { kind: 'failed', why: `taken, where ${subtest.expectException} was expected` };
    }
    state.write(executed.writes);
    const fields = executed.receipt.logs.map(({ address, topics, data }) => [
      bytesOf(address, 20),
      topics.map((topic) => bytesOf(topic, 32)),
      data,
    ]);
    logs = keccak256(RLP.encode(fields));
  } catch (error) {
    if (error instanceof StrayStorageError) return { kind: 'unsupported', why: 'EIP-7610' };
    if (error instanceof MissingBlockHashError) return { kind: 'unsupported', why: 'block hash' };
    if (!(error instanceof TransactionRejectedError)) return { kind: 'failed', why: String(error) };
    if (error.rejection === 'precompile') return { kind: 'unsupported', why: 'point evaluation' };
    if (error.rejection === 'type') return { kind: 'unsupported', why: 'blob transaction' };
    if (subtest.expectException === undefined) return { kind: 'failed', why: `refused: ${error.message}` };
  }
  if (logs !== BigInt(subtest.logs)) return { kind: 'failed', why: 'other logs' };
  // The tests keep empty accounts of a pre-state that nobody touched; entries of 0 are no accounts here.
  if ((await merkleRoot(state.entries())) === BigInt(subtest.hash)) return { kind: 'passed' };
  return strayIn(pre) ? { kind: 'unsupported', why: 'EIP-7610' } : { kind: 'failed', why: 'another root' };
}
