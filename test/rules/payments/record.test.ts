import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldWidthError } from '../../../src/rules/common/range.js';
import { TOTAL_BALANCE, accountOf, accountValue } from '../../../src/rules/payments/account.js';
import { PAYMENT_KINDS, PaymentRecordError, recordElements, recordFrom } from '../../../src/rules/payments/record.js';
import type { PaymentKind, PaymentRecord } from '../../../src/rules/payments/record.js';

const bits = (n: number) => fc.bigInt(0n, 2n ** BigInt(n) - 1n);
const anyRecord: fc.Arbitrary<PaymentRecord> = fc.record({
  kind: fc.constantFrom(...(Object.keys(PAYMENT_KINDS) as PaymentKind[])),
  fee: bits(28),
  account: bits(160),
  validUntil: bits(32),
  amount: bits(96),
  target: bits(160),
});

describe('a record', () => {
  it('is two numbers of 240 bits, in hex digits: kind 1, fee 7, account 40, validUntil 8, amount 4; 40, 20', () => {
    const hex = (x: bigint, digits: number): string => x.toString(16).padStart(digits, '0');
    fc.assert(
      fc.property(anyRecord, (record) => {
        const [head, body] = recordElements(record);
        const amount = hex(record.amount, 24);
        expect(hex(head, 60)).toBe(
          hex(BigInt(PAYMENT_KINDS[record.kind]), 1) +
            hex(record.fee, 7) +
            hex(record.account, 40) +
            hex(record.validUntil, 8) +
            amount.slice(0, 4),
        );
        expect(hex(body, 60)).toBe(hex(record.target, 40) + amount.slice(4));
        expect(recordFrom(head, body)).toEqual(record);
      }),
    );
  });

  const good: PaymentRecord = { kind: 'transfer', fee: 1n, account: 2n, validUntil: 3n, amount: 4n, target: 5n };
  it.each([
    ['fee', 28],
    ['account', 160],
    ['validUntil', 32],
    ['amount', 96],
    ['target', 160],
  ] as const)('has a %s of %i bits', (field, width) => {
    const largest = 2n ** BigInt(width) - 1n;
    expect(recordFrom(...recordElements({ ...good, [field]: largest }))[field]).toBe(largest);
    expect(() => recordElements({ ...good, [field]: largest + 1n })).toThrow(FieldWidthError);
    expect(() => recordElements({ ...good, [field]: -1n })).toThrow(FieldWidthError);
  });

  it('has a kind from 1 to 6', () => {
    expect(() => recordFrom(0n, 0n)).toThrow(PaymentRecordError);
    expect(recordFrom(6n << 236n, 0n).kind).toBe('exit');
    expect(() => recordFrom(7n << 236n, 0n)).toThrow('expected a kind from 1 to 6, got 7');
    expect(() => recordFrom(1n << 240n, 0n)).toThrow(FieldWidthError);
  });
});

describe('an account', () => {
  it('is one 256-bit number: key hash 128, nonce 32, balance 96 bits', () => {
    fc.assert(
      fc.property(bits(128), bits(32), bits(96), (keyHash, nonce, balance) => {
        const value = accountValue({ keyHash, nonce, balance });
        expect(value).toBe(keyHash * 2n ** 128n + nonce * 2n ** 96n + balance);
        expect(accountOf(value)).toEqual({ keyHash, nonce, balance });
      }),
    );
    expect(accountOf(TOTAL_BALANCE)).toEqual({ keyHash: 0n, nonce: 0n, balance: 2n ** 96n - 1n });
    expect(() => accountValue({ keyHash: 0n, nonce: 2n ** 32n, balance: 0n })).toThrow(FieldWidthError);
  });
});
