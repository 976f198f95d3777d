import { readFileSync } from 'node:fs';
import { keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { BatchError } from '../../../../src/state/batch/batch.js';
import type { Batch } from '../../../../src/state/batch/batch.js';
import { parseBatch } from '../../../../src/state/batch/parse.js';
import { executed, loaded } from './files.js';
import { blockTrace, compact } from './witness.js';
import type { AccountBefore } from './witness.js';

const address = (n: number): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`;
const word = (n: number): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`;
const CODE = '0x6001600055';
const STATE = new Map<bigint, AccountBefore>([
  [0xa1n, { nonce: 5n, balance: 2n ** 200n }],
  [
    0xa2n,
    {
      code: CODE,
      storage: new Map([
        [0n, 7n],
        [1n, 0x9950fc6aded412c0000n],
        [2n, 2n ** 256n - 1n],
      ]),
    },
  ],
  [0xa3n, { balance: 1n }],
]);
const TRIES = compact(STATE);
const parse = (document: unknown): Batch => parseBatch(JSON.stringify(document));
const TRANSACTIONS = [
  {
    [address(0xa1)]: { balance: '0x9', nonce: '0x6' },
    [address(0xa2)]: {
      storage_read: [word(0), word(1), word(9)],
      storage_written: { [word(1)]: '0x0', [word(9)]: '0x3' },
      code_usage: { read: keccak256(CODE) },
    },
  },
  {
    [address(0xa1)]: { balance: '0x8' },
    [address(0xa2)]: { storage_written: { [word(2)]: '0x4' } },
    [address(0xb1)]: { nonce: '0x1', code_usage: { write: '0x00' } },
  },
  { [address(0xa3)]: { self_destructed: true, balance: '0x0' }, [address(0xa1)]: {} },
];

describe('a witness of Polygon Zero', () => {
  const batch = parse(blockTrace(TRIES, TRANSACTIONS));

  it('has the entries before the block that its transactions read or write', () => {
    expect(loaded(batch)).toEqual({
      'a1 balance': 2n ** 200n,
      'a1 nonce': 5n,
      'a2 code': BigInt(keccak256(CODE)),
      'a2[0]': 7n,
      'a2[1]': 0x9950fc6aded412c0000n,
      'a2[2]': 2n ** 256n - 1n,
      'a3 balance': 1n,
    });
  });

  it('leads to the state after the block', () => {
    expect(executed(batch, loaded(batch))).toEqual({
      'a1 balance': 8n,
      'a1 nonce': 6n,
      'a2 code': BigInt(keccak256(CODE)),
      'a2[0]': 7n,
      'a2[9]': 3n,
      'a2[2]': 4n,
      'b1 nonce': 1n,
      'b1 code': BigInt(keccak256('0x00')),
      'b1 length': 1n,
    });
    expect(batch.transactionSizes).toEqual([10, 7, 5]);
    expect(batch.accesses.every(({ op, value }) => op === 'write' || value !== undefined)).toBe(true);
  });

  it('may stand in a list, beside what is not of the state', () => {
    const trace = blockTrace(TRIES, TRANSACTIONS);
    for (const document of [{ block_trace: trace, other_data: {} }, [{ block_trace: trace, other_data: {} }]]) {
      expect(parse(document).accesses).toEqual(batch.accesses);
    }
    expect(parse([{ block_trace: trace }]).where(0)).toBe(`[0].block_trace.txn_info[0].traces.${address(0xa1)}.nonce`);
  });

  it('leaves open what its tries do not have', () => {
    const cut = parse(blockTrace(`0x01${'03'}${'ab'.repeat(32)}`, [{ [address(1)]: { balance: '0x5' } }]));
    expect(cut.prestate).toEqual([]);
    expect(cut.accesses.map(({ op, value }) => [op, value])).toEqual([
      ['read', undefined],
      ['write', 5n],
    ]);
  });

  it('of the mainnet block, put into the form of a witness, is the batch again', () => {
    const sample = parseBatch(
      readFileSync(new URL('../../../../examples/mainnet-block-20472570.json', import.meta.url), 'utf8'),
    );
    const state = new Map<bigint, { nonce?: bigint; balance?: bigint; storage: Map<bigint, bigint> }>();
    for (const { address: of, kind, slot, value } of sample.prestate) {
      const account = state.get(of) ?? { storage: new Map<bigint, bigint>() };
      state.set(of, account);
      if (kind === 'storage') account.storage.set(slot, value);
      else if (kind === 'nonce' || kind === 'balance') account[kind] = value;
    }
    let next = 0;
    const transactions = sample.transactionSizes.map((size) => {
      const traces: Record<
        string,
        { nonce?: string; balance?: string; storage_read: string[]; storage_written: Record<string, string> }
      > = {};
      for (const { op, address: of, kind, slot, value } of sample.accesses.slice(next, (next += size))) {
        const trace = (traces[`0x${of.toString(16).padStart(40, '0')}`] ??= { storage_read: [], storage_written: {} });
        const named = `0x${slot.toString(16).padStart(64, '0')}`;
        const hex = `0x${value!.toString(16)}`;
        if (kind === 'storage' && op === 'read') trace.storage_read.push(named);
        else if (kind === 'storage') trace.storage_written[named] = hex;
        else if (op === 'write' && kind !== 'code' && kind !== 'length') trace[kind] = hex;
      }
      return traces;
    });
    const again = parse(blockTrace(compact(state), transactions));
    expect(again.transactionSizes).toEqual(sample.transactionSizes);
    expect(again.accesses).toHaveLength(1211);
    expect(loaded(again)).toEqual(loaded(sample));
    expect(executed(again, loaded(again))).toEqual(executed(sample, loaded(sample)));
    expect(again.accesses.filter(({ op }) => op === 'read')).toEqual(sample.accesses.filter(({ op }) => op === 'read'));
  });
});

describe('a witness is refused', () => {
  const of = (tries: string): unknown => blockTrace(tries, []);
  const trace = (fields: object): unknown => blockTrace(TRIES, [{ [address(1)]: fields }]);
  const at = `txn_info[0].traces.${address(1)}`;
  it.each<[string, unknown, string]>([
    ['without tries', { txn_info: [] }, 'the file: expected a field "trie_pre_images", got none'],
    [
      'with tries in another form',
      { txn_info: [], trie_pre_images: { separate: {} } },
      'trie_pre_images: expected a field "combined", got none',
    ],
    [
      'cut short',
      of(TRIES.slice(0, -2)),
      'trie_pre_images.combined.compact: expected tries in the compact form, got byte',
    ],
    ['of no tries', of('0x01'), 'expected one trie, got 0'],
    ['of two tries', of('0x010606'), 'expected one trie, got 2'],
    ['with another header', of('0x0206'), 'byte 1: expected a header, 0 or 1'],
    ['with an unknown instruction', of('0x0107'), 'byte 2: expected an instruction from 0 to 6, got 7'],
    ['with a branch of nothing below', of('0x010203'), 'byte 3: expected a node below this one'],
    ['with more bytes told than there are', of('0x01045b7fffffffffffffff'), 'bytes, got 0'],
    ['with a leaf too near', of('0x01000141aa'), 'expected bytes in CBOR'],
    ['with a code for a trie', of('0x010441aa'), 'expected a trie, got a code'],
    [
      'of two blocks',
      [{ block_trace: of('0x0106') }, { block_trace: of('0x0106') }],
      'the file: expected the witness of one block, got those of 2',
    ],
    ['with a field that is not known', trace({ balanse: '0x1' }), `${at}: expected only the fields balance, nonce`],
    [
      'with a code that is neither read nor written',
      trace({ code_usage: {} }),
      `${at}.code_usage: expected a field "read", got none`,
    ],
    [
      'with a slot of 33 bytes',
      trace({ storage_read: [`0x00${'11'.repeat(32)}`] }),
      `${at}.storage_read[0]: expected at most 32 bytes`,
    ],
  ])('%s', (_, document, message) => {
    expect(() => parse(document)).toThrow(BatchError);
    expect(() => parse(document)).toThrow(message);
  });
});
