/** Posted bytes, random and broken: contract and client refuse the same ones, and read the same records. */
import fc from 'fast-check';
import { toHex } from 'viem';
import { expect, it } from 'vitest';
import { recordsPolynomial } from '../../../src/rules/common/records.js';
import type { QueueOperation } from '../../../src/rules/payments/operation.js';
import { PostedPaymentsError, readPosted } from '../../../src/rules/payments/posted.js';
import { recordElements } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { PROVER, refusal, SEQUENCER, USER } from '../world.js';
import {
  addressOf,
  FEE,
  itemsHashOf,
  newBatch,
  paymentsForTests,
  payoutPath,
  payoutsOf,
  pointOf,
  postedIn,
} from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const QUEUE: readonly QueueOperation[] = [
  { kind: 'deposit', to: addressOf(USER), keyHash: 0n, amount: 7n },
  { kind: 'exit', account: addressOf(USER) },
];
const world = paymentsForTests(async ({ send }) => {
  await send(USER, 'deposit', [USER.address, 0n, 7n], { value: 7n + 8n * FEE });
  await send(USER, 'exit', [], { value: 8n * FEE });
});

/** A payment in its form, with references and numbers that may be out of range. */
const payment = fc
  .record({
    kind: fc.constantFrom(1, 2),
    references: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 2, 3),
    digits: fc.constantFrom(0, 1, 2, 3, 4, 4, 6, 12, 13),
    hasEnd: fc.boolean(),
    fee: fc.constantFrom(0, 1, 1, 2, 2, 3, 4, 4, 5),
    exponent: fc.constantFrom(0, 1, 9, 14, 15),
    origin: fc.constantFrom(0, 1, 2, 3, 22, 50),
    fill: fc.nat(255),
    lead: fc.nat(15),
  })
  .map(({ kind, references, digits, hasEnd, fee, exponent, origin, fill, lead }) => {
    const address = (isReference: boolean, with_: number): number[] =>
      isReference ? [0, 0, origin] : Array.from({ length: 20 }, (_, i) => (with_ + i) & 255);
    const number = (length: number): number[] => Array.from({ length }, (_, i) => (i === 0 ? lead : fill));
    return [
      16 * (kind + 4 * references) + digits,
      128 * Number(hasEnd) + 16 * fee + exponent,
      ...address((references & 1) === 1, fill),
      ...address((references & 2) === 2, 3 * fill),
      ...number(digits),
      ...number(fee),
      ...number(hasEnd ? 4 : 0),
    ];
  });
const junk = fc.array(fc.nat(255), { maxLength: 50 });
const batches = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: payment }, fc.constantFrom([0x30], [0x40], [0x40, ...Array(12).fill(1)]), junk),
    { maxLength: 4 },
  )
  .chain((parts) => {
    const bytes = parts.flat();
    return fc.oneof(
      { weight: 4, arbitrary: fc.constant(bytes) },
      fc.nat(bytes.length).map((length) => bytes.slice(0, length)),
    );
  });

function readHere(data: Uint8Array): readonly PaymentRecord[] | null {
  try {
    return readPosted(data, QUEUE).records;
  } catch (error) {
    expect(error).toBeInstanceOf(PostedPaymentsError);
    return null;
  }
}

it('bytes are refused by both, or by neither; and if by neither, say the same', async () => {
  const seen = { accepted: 0, refused: 0 };
  const ends = { prover: PROVER.address, logHash: 5n, txHash: 6n } as const;
  await fc.assert(
    fc.asyncProperty(batches, async (bytes) => {
      const data = Uint8Array.from(bytes);
      const records = readHere(data);
      const batch = await newBatch(world, records ?? [], { ...ends, data: toHex(data) });
      if (records === null || records.length === 0) {
        seen.refused++;
        const refused = await refusal(world.send(SEQUENCER, 'sequenceBatch', [1, batch]));
        expect(refused).toMatch(/^(MalformedData|MalformedCount|NoSuchOperation)\(/);
        return;
      }
      seen.accepted++;
      const before = await world.tools.snapshot();
      const { posted } = postedIn(await world.send(SEQUENCER, 'sequenceBatch', [1, batch]));
      await world.tools.revert({ id: before });
      const x = pointOf({ ...posted, contract: world.contract, number: 1, ...ends });
      expect(posted).toMatchObject({
        itemsHash: itemsHashOf(records),
        payouts: payoutPath(payoutsOf(records), 0).root,
        dataOut: recordsPolynomial(x, records.map(recordElements)),
      });
    }),
    { numRuns: LONG ? 3000 : 80, seed: LONG ? Date.now() : 1 },
  );
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(LONG ? 300 : 10);
});
