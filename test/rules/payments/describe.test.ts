/** What people are told of records: what they do, and what no proof of them shows. */
import { describe, expect, it } from 'vitest';
import { COLLECT_RECORD } from '../../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import type { PaymentKind, PaymentRecord } from '../../../src/rules/payments/record.js';

const record = (kind: PaymentKind, account = 1n): PaymentRecord => ({
  kind,
  fee: 0n,
  account,
  validUntil: FOREVER,
  amount: 5n,
  target: 2n,
});

describe('records of payments', () => {
  it('are counted by kind, and their signers named, three at most', () => {
    const transfers = [1n, 2n, 3n, 4n, 5n].map((account) => record('transfer', account));
    const named = [1n, 2n, 3n].map((account) => `0x${account.toString().padStart(40, '0')}`).join(', ');
    expect(PAYMENTS.describe([...transfers, COLLECT_RECORD])).toBe(
      `5 transfers, 1 collection of fees; signed by ${named} and 2 others`,
    );
    expect(PAYMENTS.describe([])).toBe('no operations');
  });

  it('assume nothing if keys signed all of them', () => {
    expect(PAYMENTS.assumptions([record('transfer'), record('withdraw'), COLLECT_RECORD])).toEqual([]);
  });

  it.each([
    ['deposit', '1 deposit'],
    ['setKey', '1 key set'],
    ['exit', '1 exit'],
  ] as const)('assume that the queue asks for a %s', (kind, what) => {
    expect(PAYMENTS.assumptions([record('transfer'), record(kind)])).toEqual([
      `accept it only if these are the next operations of the contract's queue, in the batch's order: ${what}`,
    ]);
  });
});
