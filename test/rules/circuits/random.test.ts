/** Random payments by a model of its own: the circuit accepts what is right, and nothing with one number changed. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { rulesPublics } from '../../../src/rules/common/publics.js';
import { recordElements } from '../../../src/rules/payments/record.js';
import { accountValue } from '../../../src/rules/payments/account.js';
import type { CircuitInput } from '../../../src/machine/witness/inputs.js';
import type { Access } from '../../../src/state/batch/access.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { program } from '../../machine/circuits/harness.js';
import type { Program } from '../../machine/circuits/harness.js';
import { accessesOf, Bank, chunkOf, holder, keyHash } from './world.js';

let payments: Program;
beforeAll(async () => {
  payments = await program('Payments(3)', { rules: true });
});

const long = process.env['ROOTSHIFT_LONG'] !== undefined;
const HOLDERS = [holder(1n), holder(2n), holder(2n ** 160n - 1n)] as const;
const anyHolder = fc.constantFrom(...HOLDERS);
const share = fc.constantFrom(0n, 1n, 2n, 3n, 1000n);

type Step = (bank: Bank) => void;
const steps: fc.Arbitrary<Step>[] = [
  fc
    .record({ from: anyHolder, to: anyHolder, share, fee: fc.bigInt(0n, 2n ** 28n - 1n) })
    .map(({ from, to, share: part, fee }): Step => (bank) => {
      const free = bank.account(from.address).balance - fee * 10n ** 9n;
      // Of all that is there, all or a part.
      if (free >= 0n) bank.transfer({ from, to: to.address, amount: part === 0n ? free : free / part, fee });
    }),
  fc
    .record({ from: anyHolder, to: fc.bigInt(1n, 2n ** 160n - 1n), share })
    .map(({ from, to, share: part }): Step => (bank) => {
      const { balance } = bank.account(from.address);
      bank.withdraw({ from, to, amount: part === 0n ? 0n : balance / part });
    }),
  fc.record({ to: anyHolder, amount: fc.bigInt(0n, 2n ** 90n) }).map(
    ({ to, amount }): Step =>
      (bank) =>
        void bank.deposit(to.address, amount),
  ),
  fc.constant((bank) => void bank.collect()),
  anyHolder.map(
    ({ address }): Step =>
      (bank) =>
        void bank.exit(address),
  ),
  anyHolder.map(
    (one): Step =>
      (bank) =>
        void bank.setKey(one.address, keyHash(one)),
  ),
];

const anyBank = fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 6 }).map((list) => {
  const bank = new Bank();
  for (const one of HOLDERS) bank.deposit(one.address, 2n ** 80n, keyHash(one));
  for (const step of list) step(bank);
  return bank;
});

/** A column of inputs, and a place in it. */
const COLUMNS = (
  'transfer withdraw collect deposit setKey exit fee account validUntil amountHigh amountLow targetHigh targetLow ' +
  'fromKeyHash fromNonce fromBalance toKeyHash toNonce toBalance'
).split(' ');

describe('random payments', () => {
  it('are accepted, chunk after chunk, and refused with one number changed', async () => {
    await fc.assert(
      fc.asyncProperty(anyBank, fc.constantFrom(...COLUMNS), fc.nat(2), async (bank, column, place) => {
        let start = chunkOf([]).publics;
        for (let first = 0; first < bank.rows.length; first += 3) {
          const { inputs, publics } = chunkOf(bank.rows.slice(first, first + 3), { start: startOf(start) });
          const outcome = await payments.run(inputs);
          expect('refused' in outcome ? outcome.refused : null).toBeNull();
          const numbers = inputs[column] as readonly CircuitInput[];
          const other = { ...inputs, [column]: numbers.with(place, (numbers[place] as bigint) + 1n) };
          expect(await payments.run(other)).toHaveProperty('refused');
          start = { ...publics, ...nextOf(publics) };
        }
      }),
      { numRuns: long ? 200 : 8 },
    );
  });

  it('have the public signals that are computed from accesses and records', () => {
    fc.assert(
      fc.property(anyBank, (bank) => {
        const { publics } = chunkOf(bank.rows, { size: bank.rows.length + 3 });
        let carry = 0n;
        const accesses: Access[] = bank.rows.flatMap((row) => {
          const { elements, carry: next } = accessesOf(row, carry);
          carry = next;
          return elements.map(([address, , , key, low], i): Access => {
            const value = { keyHash: key!, nonce: low! >> 96n, balance: BigInt.asUintN(96, low!) };
            const entry = { address: address!, kind: 'balance', slot: 0n } as const;
            return { op: i % 2 === 0 ? 'read' : 'write', ...entry, value: toUint256(accountValue(value)) };
          });
        });
        const records = bank.rows.map(({ record }) => recordElements(record));
        const { x, context } = publics;
        const made = rulesPublics({ start: startOf(publics), accesses, records, carryOut: toFr(carry), x, context });
        expect(made).toEqual(publics);
      }),
      { numRuns: 20 },
    );
  });
});

type Publics = ReturnType<typeof chunkOf>['publics'];
const startOf = ({ logHashIn, txHashIn, dataIn, carryIn }: Publics) => ({ logHashIn, txHashIn, dataIn, carryIn });
const nextOf = ({ logHash, txHash, dataOut, carryOut }: Publics) => ({
  logHashIn: logHash,
  txHashIn: txHash,
  dataIn: dataOut,
  carryIn: carryOut,
});
