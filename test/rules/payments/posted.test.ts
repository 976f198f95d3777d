import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../../../src/rules/payments/encoding.js';
import { decodePayment, encodePayment, SIGNED_PAYMENT_BYTES } from '../../../src/rules/payments/encoding.js';
import { COLLECT_RECORD, recordOfPayment, recordOfQueue } from '../../../src/rules/payments/operation.js';
import type { QueueOperation } from '../../../src/rules/payments/operation.js';
import { PostedPaymentsError, postRecords, readPosted, replayPosted } from '../../../src/rules/payments/posted.js';
import { FOREVER, PaymentRecordError } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { PaymentRejectedError } from '../../../src/rules/payments/rejection.js';
import { ALICE, BOB, CONTEXT, accountAt, signed, transfer, viewWith, withdraw } from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;

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
const post = postRecords;
const hex = (some: readonly PaymentRecord[]): string => Buffer.from(post(some)).toString('hex');
const [PAID] = records as [PaymentRecord];
const FROM = `${'00'.repeat(18)}0100`;
const TO = `${'00'.repeat(18)}0101`;
/** What every field is in the bytes below: 258 from 0x100 to 0x101, fee 7. */
const BASE: PaymentRecord = { ...PAID, account: 0x100n, target: 0x101n, amount: 258n, fee: 7n };

describe('posted payments', () => {
  it('take one byte for collect, one for an operation of the queue, twelve more for an exit', () => {
    expect([...post([records[3]!])]).toEqual([0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 95]);
    expect([...post([COLLECT_RECORD])]).toEqual([0x30]);
    expect([1, 5].map((i) => post([records[i]!]).length)).toEqual([1, 1]);
  });

  it.each<[string, PaymentRecord, string]>([
    ['of 258 wei, fee 7, for ever', BASE, `1210${FROM}${TO}010207`],
    ['of nothing, without a fee', { ...BASE, amount: 0n, fee: 0n }, `1000${FROM}${TO}`],
    ['of an ether, 10000 times 10^14', { ...BASE, amount: 10n ** 18n }, `121e${FROM}${TO}271007`],
    ['of 10 wei, which digits alone say as shortly', { ...BASE, amount: 10n }, `1110${FROM}${TO}0a07`],
    [
      'of the most, with the highest fee',
      { ...BASE, amount: 2n ** 96n - 1n, fee: 2n ** 28n - 1n },
      `1c40${FROM}${TO}${'ff'.repeat(12)}0fffffff`,
    ],
    ['with an end', { ...BASE, validUntil: 1_800_000_000n }, `1290${FROM}${TO}0102076b49d200`],
    ['to oneself, whose address is at byte 2', { ...BASE, target: 0x100n }, `9210${FROM}000002010207`],
    ['that is a withdrawal', { ...BASE, kind: 'withdraw' }, `2210${FROM}${TO}010207`],
  ])('have the form that is defined: one %s', (_, record, bytes) => {
    expect(hex([record])).toBe(bytes);
    expect(readPosted(Buffer.from(bytes, 'hex'), [])).toEqual({ records: [record], taken: 0 });
  });

  it('refer to addresses that the batch has', () => {
    const back = { ...BASE, kind: 'withdraw', account: BASE.target, target: BASE.account } as const;
    expect(hex([BASE, COLLECT_RECORD, back])).toBe(`${hex([BASE])}30e210000016000002010207`);
    expect(readPosted(post([BASE, COLLECT_RECORD, back]), []).records).toEqual([BASE, COLLECT_RECORD, back]);
  });

  it('come back, whatever they say; and take at most 62 bytes', () => {
    const address = fc.oneof(fc.constantFrom(1n, 2n, 3n), fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }));
    const amount = fc
      .tuple(fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }), fc.nat(95), fc.nat(28))
      .map(([wei, shift, zeros]) => ((wei >> BigInt(shift)) * 10n ** BigInt(zeros)) % 2n ** 96n);
    const payment: fc.Arbitrary<PaymentRecord> = fc.record({
      kind: fc.constantFrom('transfer' as const, 'withdraw' as const),
      fee: fc.tuple(fc.nat(2 ** 28 - 1), fc.nat(28)).map(([fee, shift]) => BigInt(fee >> shift)),
      account: address,
      validUntil: fc.oneof(fc.constant(FOREVER), fc.bigInt({ min: 0n, max: FOREVER })),
      amount,
      target: address,
    });
    const any = fc.oneof(payment, payment, payment, fc.constantFrom(...records));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (some) => {
        const kinds = some.filter(({ kind }) => kind === 'deposit' || kind === 'setKey' || kind === 'exit');
        const asked = kinds.map((record) => queue.find(({ kind }) => kind === record.kind)!);
        expect(readPosted(post(some), asked)).toEqual({ records: some, taken: asked.length });
        for (const one of some) expect(post([one]).length).toBeLessThanOrEqual(62);
      }),
      { numRuns: LONG ? 20_000 : 500 },
    );
  });

  it('with the queue give the records again', () => {
    expect(readPosted(post(records), [...queue, queue[0]!])).toEqual({ records, taken: 3 });
    expect(readPosted(new Uint8Array(), queue)).toEqual({ records: [], taken: 0 });
  });

  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'more of the queue than there is',
      post([...records, records[1]!]),
      `byte ${post(records).length}: expected at most 3 operations of the queue, got more`,
    ],
    ['a form cut short', post([BASE]).subarray(0, 1), 'byte 0: expected 2 bytes, got 1'],
    ['an account cut short', post([BASE]).subarray(0, 21), 'byte 2: expected 20 bytes, got 19'],
    ['a target cut short', post([BASE]).subarray(0, 22), 'byte 22: expected 20 bytes, got 0'],
    ['an amount cut short', post([BASE]).subarray(0, 43), 'byte 42: expected 2 bytes, got 1'],
    ['a fee cut short', post([BASE]).subarray(0, 44), 'byte 44: expected 1 bytes, got 0'],
    ['an end cut short', Buffer.from(`1290${FROM}${TO}0102076b49d2`, 'hex'), 'byte 45: expected 4 bytes, got 3'],
    ['an exit cut short', post(records.slice(3, 4)).subarray(0, 12), 'byte 1: expected 12 bytes, got 11'],
    [
      'a reference to itself',
      Buffer.from(`9210${FROM}000003010207`, 'hex'),
      'byte 22: expected a reference to 20 bytes before it, got one to byte 3',
    ],
    ['a reference of the first account', Buffer.from(`5210000000${TO}010207`, 'hex'), 'byte 2: expected a reference'],
    [
      'an amount of 2^96',
      Buffer.from(`1d10${FROM}${TO}01${'00'.repeat(12)}07`, 'hex'),
      'byte 0: expected an amount below 2^96',
    ],
    [
      'an amount above by its exponent',
      Buffer.from(`1c1f${FROM}${TO}${'ff'.repeat(12)}07`, 'hex'),
      'byte 0: expected an amount below 2^96',
    ],
    ['a fee of 2^28', Buffer.from(`1240${FROM}${TO}010210000000`, 'hex'), 'byte 0: expected a fee below 2^28'],
    ['padding', new Uint8Array(60), 'got 0x00'],
    ['a kind that there is not', new Uint8Array(60).fill(0x7f), 'got 0x7f'],
    ['collect with more than its byte', Uint8Array.of(0x31), 'got 0x31'],
  ];
  it.each(refused)('are not %s', (_, data, message) => {
    const asked = data.length === 12 ? queue.slice(1) : queue;
    expect(() => readPosted(data, asked)).toThrow(PostedPaymentsError);
    expect(() => readPosted(data, asked)).toThrow(message);
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
