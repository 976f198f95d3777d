import { keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { BatchError } from '../../../../src/state/batch/batch.js';
import { parseBatch } from '../../../../src/state/batch/parse.js';
import { executed, fixture, loaded } from './files.js';

const A = 'aa'.repeat(20);
const B = 'bb'.repeat(20);
const word = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;
const hash = (code: `0x${string}`): bigint => BigInt(keccak256(code));
const diff = (pre: object, post: object) => ({ pre, post });
const after = (document: unknown) => {
  const batch = parseBatch(JSON.stringify(document));
  return executed(batch, loaded(batch));
};

describe('a result of prestateTracer with diffMode', () => {
  const batch = parseBatch(fixture('prestate-tracer-diff.json'));
  const before = loaded(batch);

  it('has the state before in `pre`', () => {
    expect(before).toEqual({
      'b1 balance': 0x64n,
      'b1 nonce': 3n,
      'b2 code': hash('0x6001600055'),
      'b2 length': 5n,
      'b2 nonce': 1n,
      'b2[0]': 9n,
      'b2[1]': 1n,
      'b3 balance': 5n,
      'b3 nonce': 1n,
      'b3 code': hash('0x6002'),
      'b3 length': 2n,
      'b3[2]': 3n,
      'b4 balance': 1n,
      'b4 nonce': 7n,
      'b4 code': hash('0xef0100000000000000000000000000000000000000000000b2'),
      'b4 length': 25n,
    });
  });

  it('leads to the state after: slots that are cleared and accounts that are destroyed are not in `post`', () => {
    const { 'b2[0]': _cleared, 'b4 code': _code, 'b4 length': _length, ...rest } = before;
    const withoutB3 = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('b3')));
    expect(executed(batch, before)).toEqual({
      ...withoutB3,
      'b1 balance': 0x5fn,
      'b1 nonce': 4n,
      'b2[1]': 2n,
      'b4 nonce': 8n,
    });
  });

  it('is one transaction, which reads what it changes before it writes', () => {
    expect(batch.transactionSizes).toEqual([batch.accesses.length]);
    const ops = batch.accesses.map(({ op }) => op);
    expect(ops).toEqual([...ops].sort());
    expect(batch.where(0)).toBe(`pre.0x${'b1'.padStart(40, '0')}.balance`);
  });

  it('creates accounts and slots that are in `post` alone', () => {
    const created = parseBatch(
      JSON.stringify(
        diff(
          { [A]: { balance: '0x9' } },
          { [A]: { balance: '0x8', storage: { [word(1)]: word(2) } }, [B]: { balance: '0x1', nonce: 1, code: '0x00' } },
        ),
      ),
    );
    expect(executed(created, loaded(created))).toEqual({
      [`${A} balance`]: 8n,
      [`${A}[1]`]: 2n,
      [`${B} balance`]: 1n,
      [`${B} nonce`]: 1n,
      [`${B} code`]: hash('0x00'),
      [`${B} length`]: 1n,
    });
    expect(() => executed(created, { ...loaded(created), [`${B} nonce`]: 5n })).toThrow(
      /nonce: the read states 0, the state holds 5/,
    );
  });

  it('may tell the code by its hash: the length is known of no code alone', () => {
    const code = keccak256('0x6001');
    expect(after(diff({ [A]: { balance: '0x1' } }, { [A]: { codeHash: code } }))).toEqual({
      [`${A} balance`]: 1n,
      [`${A} code`]: BigInt(code),
    });
    expect(
      after(diff({ [A]: { balance: '0x1', code: '0x6001', codeHash: code } }, { [A]: { codeHash: keccak256('0x') } })),
    ).toEqual({ [`${A} balance`]: 1n });
  });

  it('may be what a JSON-RPC server answers', () => {
    const result = JSON.parse(fixture('prestate-tracer-diff.json'));
    const answered = parseBatch(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
    expect(answered.accesses).toEqual(batch.accesses);
    expect(answered.where(0)).toBe(`result.${batch.where(0)}`);
  });
});

describe('a result of prestateTracer without diffMode', () => {
  const plain = {
    [`0x${A}`]: { balance: '0x9', nonce: 2, code: '0x6001', storage: { [word(0)]: word(0), [word(1)]: word(5) } },
  };

  it('reads what it states, and changes nothing', () => {
    const batch = parseBatch(JSON.stringify(plain));
    const content = {
      [`${A} balance`]: 9n,
      [`${A} nonce`]: 2n,
      [`${A} code`]: hash('0x6001'),
      [`${A} length`]: 2n,
      [`${A}[1]`]: 5n,
    };
    expect(loaded(batch)).toEqual(content);
    expect(batch.accesses.map(({ op, value }) => [op, value])).toContainEqual(['read', 0n]);
    expect(executed(batch, content)).toEqual(content);
  });

  it('may be what debug_traceBlock says of a block of one transaction', () => {
    expect(parseBatch(JSON.stringify([{ txHash: word(1), result: plain }])).accesses).toEqual(
      parseBatch(JSON.stringify(plain)).accesses,
    );
  });
});

describe("a block's results of prestateTracer", () => {
  const first = diff({ [A]: { balance: '0x9' } }, { [A]: { balance: '0x5' }, [B]: { balance: '0x4' } });
  const second = diff({ [B]: { balance: '0x4' } }, { [B]: { balance: '0x1', nonce: 1 } });
  const block = [
    { txHash: word(1), result: first },
    { txHash: word(2), result: second },
  ];

  it('are its transactions; what an earlier one made is not in the prestate', () => {
    for (const document of [block, { jsonrpc: '2.0', id: 1, result: block }]) {
      const batch = parseBatch(JSON.stringify(document));
      expect(loaded(batch)).toEqual({ [`${A} balance`]: 9n });
      expect(executed(batch, loaded(batch))).toEqual({
        [`${A} balance`]: 5n,
        [`${B} balance`]: 1n,
        [`${B} nonce`]: 1n,
      });
      expect(batch.transactionSizes).toEqual([4, 4]);
    }
  });

  it('may be none', () => expect(parseBatch('{"jsonrpc": "2.0", "id": 1, "result": []}').accesses).toEqual([]));
});

describe('it is refused', () => {
  it.each<[string, unknown, string]>([
    [
      'that several transactions do not say what they change',
      [{ result: { [A]: {} } }, { result: { [A]: {} } }],
      '[0].result: expected "pre" and "post" of a trace with diffMode: several transactions must state what ' +
        'they change, got a trace without diffMode',
    ],
    [
      'that a transaction could not be traced',
      [{ txHash: word(1), error: 'execution timeout' }],
      '[0].error: expected a result, got "execution timeout"',
    ],
    [
      'that the server answered with an error',
      { jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'no such method' } },
      'error.message: expected an answer with a result, got "no such method"',
    ],
    ['that the server answered nothing', { jsonrpc: '2.0', id: 1 }, 'the file: expected a field "result", got none'],
    ['that `post` is missing', { pre: {} }, 'the file: expected a field "post", got none'],
    [
      'that the code has another hash',
      { [A]: { code: '0x6001', codeHash: word(1) } },
      `${A}.codeHash: expected the keccak256 of its code`,
    ],
    [
      'that a name is no address',
      { [A]: {}, total: 1 },
      'total: expected an address, 40 hexadecimal digits, as the name, got "total"',
    ],
    [
      'that a slot is in decimal',
      { [A]: { storage: { [word(0)]: 'x' } } },
      `${A}.storage.${word(0)}: expected at most 32 bytes, as hexadecimal digits, got "x"`,
    ],
  ])('as it says: %s', (_, document, message) => {
    expect(() => parseBatch(JSON.stringify(document))).toThrow(BatchError);
    expect(() => parseBatch(JSON.stringify(document))).toThrow(message);
  });
});
