import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../../../src/rules/payments/encoding.js';
import { decodePayment, encodePayment, SIGNED_PAYMENT_BYTES } from '../../../src/rules/payments/encoding.js';
import { COLLECT_RECORD, recordOfPayment, recordOfQueue } from '../../../src/rules/payments/operation.js';
import type { QueueOperation } from '../../../src/rules/payments/operation.js';
import { PostedPaymentsError, postRecord, readPosted, replayPosted } from '../../../src/rules/payments/posted.js';
import { PaymentRecordError } from '../../../src/rules/payments/record.js';
import { PaymentRejectedError } from '../../../src/rules/payments/rejection.js';
import { ALICE, BOB, CONTEXT, accountAt, signed, transfer, viewWith, withdraw } from './world.js';

const queue: readonly QueueOperation[] = [
  { kind: 'deposit', to: BOB.address, keyHash: 3n, amount: 9n },
  { kind: 'exit', account: ALICE.address },
  { kind: 'setKey', account: ALICE.address, keyHash: 4n },
];
const records = [
  recordOfPayment(transfer(ALICE, BOB.address, 5n)),
  recordOfQueue(queue[0]!, 0n),
  recordOfPayment(withdraw(BOB, 0x777n, 1n)),
  recordOfQueue(queue[1]!, 95n),
  COLLECT_RECORD,
  recordOfQueue(queue[2]!, 0n),
];
const post = (some: typeof records): Uint8Array => Buffer.concat(some.map(postRecord));

describe('posted payments', () => {
  it('take 60 bytes, one for collect, one for an operation of the queue, twelve more for an exit', () => {
    expect(records.map((record) => postRecord(record).length)).toEqual([60, 1, 60, 13, 1, 1]);
    expect(postRecord(records[0]!)).toEqual(encodeRecord(records[0]!));
    expect([...postRecord(records[3]!)]).toEqual([0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 95]);
    expect([...postRecord(COLLECT_RECORD)]).toEqual([0x30]);
  });

  it('with the queue give the records again', () => {
    expect(readPosted(post(records), [...queue, queue[0]!])).toEqual({ records, taken: 3 });
    expect(readPosted(new Uint8Array(), queue)).toEqual({ records: [], taken: 0 });
  });

  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'more of the queue than there is',
      post([...records, records[1]!]),
      'byte 136: expected at most 3 operations of the queue, got more',
    ],
    ['a record cut short', post(records.slice(0, 1)).subarray(0, 59), 'byte 0: expected 60 bytes, got 59'],
    ['an exit cut short', post(records.slice(1, 4)).subarray(0, 73), 'byte 62: expected 12 bytes, got 11'],
    ['padding', new Uint8Array(60), 'got 0x00'],
    ['a kind that there is not', new Uint8Array(60).fill(0x7f), 'got 0x7f'],
    ['collect with more than its byte', Uint8Array.of(0x31), 'got 0x31'],
  ];
  it.each(refused)('are not %s', (_, data, message) => {
    expect(() => readPosted(data, queue)).toThrow(PostedPaymentsError);
    expect(() => readPosted(data, queue)).toThrow(message);
  });

  it('cannot mint: the byte of a posted deposit is an operation of the queue', () => {
    expect(() => readPosted(encodeRecord(records[1]!), [])).toThrow('expected at most 0 operations of the queue');
  });
});

describe('a posted batch', () => {
  it('applied without signatures gives what the operations gave', async () => {
    const view = viewWith(100n, ALICE);
    const { taken, receipts } = await replayPosted(view, post(records), queue, CONTEXT);
    expect(taken).toBe(3);
    expect(receipts.map(({ payout }) => payout)).toEqual([
      null,
      null,
      { recipient: 0x777n, amount: 1n },
      { recipient: ALICE.address, amount: 95n },
      null,
      null,
    ]);
    expect(await accountAt(view, ALICE.address)).toEqual({ keyHash: 4n, nonce: 1n, balance: 0n });
    expect(await accountAt(view, BOB.address)).toEqual({ keyHash: 3n, nonce: 1n, balance: 13n });
  });

  it.each([
    [
      'an exit of another amount',
      post([recordOfQueue(queue[1]!, 99n)]),
      queue.slice(1),
      'expected an exit of all that the account holds, 100 wei, got 99',
    ],
    [
      'a transfer from 0',
      post([{ ...records[0]!, account: 0n }]),
      queue,
      'expected an address other than 0 as account, got 0',
    ],
  ])('that nobody can prove is told, and changes nothing: %s', async (_, data, waiting, message) => {
    const view = viewWith(100n, ALICE);
    const replay = replayPosted(view, data, waiting, CONTEXT);
    await expect(replay).rejects.toThrow(PaymentRejectedError);
    await expect(replay).rejects.toThrow(message);
    expect(view.log).toEqual([]);
    expect(await accountAt(view, ALICE.address)).toMatchObject({ nonce: 0n, balance: 100n });
  });

  it('leaves no fees', async () => {
    const paying = recordOfPayment(transfer(ALICE, BOB.address, 1n, 1n));
    const view = () => viewWith(10n ** 10n, ALICE);
    await expect(replayPosted(view(), post([paying]), [], CONTEXT)).rejects.toThrow(
      'expected a batch that collects its fees, 1000000000 wei are left',
    );
    await replayPosted(view(), post([paying, COLLECT_RECORD]), [], CONTEXT);
  });
});

describe('a signed payment', () => {
  const payment = signed(ALICE, transfer(ALICE, BOB.address, 5n, 2n), 3n);
  const bytes = encodePayment(payment);

  it('is 224 bytes, and comes back', () => {
    expect(bytes.length).toBe(SIGNED_PAYMENT_BYTES);
    expect(decodePayment(bytes)).toEqual(payment);
  });

  it.each([
    ['another length', bytes.subarray(1), 'expected a signed payment of 224 bytes, got 223'],
    [
      'another kind',
      Buffer.concat([encodeRecord(records[1]!), bytes.subarray(60)]),
      'expected a transfer or a withdrawal, got deposit',
    ],
    ['no kind', new Uint8Array(224), 'expected a kind from 1 to 6, got 0'],
    [
      'a coordinate that is not reduced',
      Buffer.concat([bytes.subarray(0, 64), Buffer.alloc(32, 0xff), bytes.subarray(96)]),
      'byte 64: public key x: expected a BN254 scalar',
    ],
  ])('is refused with %s', (_, data, message) => {
    expect(() => decodePayment(data)).toThrow(PaymentRecordError);
    expect(() => decodePayment(data)).toThrow(message);
  });
});
