import { buildPoseidonReference } from 'circomlibjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER, ONE, ZERO, toFr } from '../../../src/base/field/fr.js';
import { contextHash, ContextError, signingDomain } from '../../../src/rules/common/context.js';
import { FieldWidthError } from '../../../src/rules/common/range.js';
import { RecordShapeError, recordsPolynomial, transactionsHash } from '../../../src/rules/common/records.js';

let reference: Awaited<ReturnType<typeof buildPoseidonReference>>;
beforeAll(async () => {
  reference = await buildPoseidonReference();
});
const referenceHash = (inputs: readonly bigint[], initial = 0n): bigint =>
  reference.F.toObject(reference(inputs, initial, 1));

const anyElement = fc.bigInt(0n, FIELD_ORDER - 1n).map(toFr);
const records = (width: number, most: number) =>
  fc.array(fc.array(anyElement, { minLength: width, maxLength: width }), { maxLength: most });
const domain = BigInt(`0x${Buffer.from('rootshift/transactions', 'ascii').toString('hex')}`);

describe('the transactions’ commitment', () => {
  it('is the reference sponge over its domain and three records a step', () => {
    fc.assert(
      fc.property(records(2, 7), (some) => {
        let running = 0n;
        for (let i = 0; i < some.length; i += 3) {
          const step = [0, 1, 2].flatMap((j) => some[i + j] ?? [ZERO, ZERO]);
          running = referenceHash([domain, ...step], running);
        }
        expect(transactionsHash(some)).toBe(running);
      }),
      { numRuns: 10 },
    );
  });

  it('goes on where it was cut, at multiples of three', () => {
    fc.assert(
      fc.property(records(3, 9), fc.nat(3), (some, cut) => {
        const txHashIn = transactionsHash(some.slice(0, 3 * cut));
        expect(transactionsHash(some.slice(3 * cut), { txHashIn })).toBe(transactionsHash(some));
      }),
      { numRuns: 20 },
    );
  });

  it('takes records of one width alone', () => {
    expect(() => transactionsHash([[ONE, ONE], [ONE]])).toThrow(RecordShapeError);
    expect(() => transactionsHash([[ONE, ONE], [ONE]])).toThrow('record 1: expected 2 elements as in record 0, got 1');
  });
});

describe('the records’ polynomial', () => {
  it('is monic, with the elements as coefficients, the last one constant', () => {
    const some = [
      [toFr(2n), toFr(3n)],
      [toFr(5n), toFr(7n)],
    ];
    const x = 1000n;
    expect(recordsPolynomial(x, some)).toBe(x ** 4n + 2n * x ** 3n + 3n * x ** 2n + 5n * x + 7n);
    expect(recordsPolynomial(x, some.slice(1), { dataIn: recordsPolynomial(x, some.slice(0, 1)) })).toBe(
      recordsPolynomial(x, some),
    );
    expect(recordsPolynomial(x, [])).toBe(1n);
  });
});

describe('a context', () => {
  const deployment = { chainId: 31337n, contract: 0xc0ffeen, version: 1 };
  const context = { domain: signingDomain(deployment), batchNumber: 7n, timestamp: 1_800_000_000n, feeRecipient: 5n };

  it('is Poseidon of domain, number, time and fee recipient; the domain, of chain, contract and version', () => {
    expect(context.domain).toBe(referenceHash([31337n, 0xc0ffeen, 1n]));
    expect(contextHash(context)).toBe(referenceHash([context.domain, 7n, 1_800_000_000n, 5n]));
  });

  it('has a fee recipient, and numbers that fit', () => {
    expect(() => contextHash({ ...context, feeRecipient: 0n })).toThrow(ContextError);
    expect(() => contextHash({ ...context, feeRecipient: 2n ** 160n })).toThrow(FieldWidthError);
    expect(() => contextHash({ ...context, timestamp: 2n ** 40n })).toThrow(FieldWidthError);
    expect(() => contextHash({ ...context, batchNumber: 2n ** 64n })).toThrow(FieldWidthError);
    expect(() => signingDomain({ ...deployment, contract: -1n })).toThrow(FieldWidthError);
  });
});
