/**
 * What a proof of a batch is asked for, the verifiers accepting everything: what it must be a proof of, who sends it,
 * and when. What the verifiers refuse is in binding.test.ts.
 */
import { toHex } from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { PROVER, STRANGER, USER } from '../world.js';
import {
  COLLECT,
  consolidate,
  deposited,
  exited,
  FEE,
  paymentsForTests,
  pointOf,
  post,
  proofOf,
  SETTINGS,
  transfer,
} from './world.js';
import type { PointOf, PostedRecords, Proof } from './world.js';
import { recordElements } from '../../../src/rules/payments/record.js';
import { recordsPolynomial } from '../../../src/rules/common/records.js';

const world = paymentsForTests();
const PAID = transfer(USER, STRANGER, 5n);

const verify = (batch: PostedRecords, proof: Proof, from = PROVER): Promise<string> =>
  world.attempt(from, 'verifyBatch', [batch.number, batch.posted, proof]);
/** One item of the queue, and a payment. */
async function queued(number = 1): Promise<PostedRecords> {
  const index = await world.read('queueLength', []);
  const before = await world.read('postedItems', []);
  expect(index).toBe(before);
  await world.send(USER, 'exit', [], { value: 200n * FEE });
  return post(world, number, [exited(USER, 9n), PAID], { fee: 13n });
}

describe('a batch', () => {
  it('is consolidated by proofs that end as they must, and its fees go to the prover', async () => {
    const batch = await queued();
    await consolidate(world, batch, { root: 77n });
    expect(await world.read('consolidatedRoot', [])).toBe(77n);
    expect(await world.read('rootAfter', [1])).toBe(77n);
    expect(await world.read('consolidatedItems', [])).toBe(1);
    expect(await world.read('owed', [PROVER.address])).toBe(13n + FEE);
  });

  it('is proven by chains that are both there', async () => {
    const batch = await queued();
    const proof = proofOf(world, batch);
    expect(await verify(batch, { ...proof, chunks: [] })).toBe('NoChunks()');
    expect(await verify(batch, { ...proof, rulesChunks: [] })).toBe('NoRulesChunks()');
    expect(await verify(batch, proof)).toBe('accepted');
  });

  it('is proven by chains of one log', async () => {
    const batch = await queued();
    const proof = proofOf(world, batch);
    const [chunk] = proof.chunks;
    expect(await verify(batch, { ...proof, chunks: [{ ...chunk!, logHash: 4n }] })).toBe('OtherLog(4, 2)');
    expect(await verify(batch, proof)).toBe('accepted');
  });

  it('leaves no fees to nobody', async () => {
    const batch = await queued();
    const proof = proofOf(world, batch);
    const [rules] = proof.rulesChunks;
    expect(await verify(batch, { ...proof, rulesChunks: [{ ...rules!, carryOut: 10n ** 9n }] })).toBe(
      'CarryLeft(1000000000)',
    );
    expect(await verify(batch, proof)).toBe('accepted');
  });

  it('may be cut into chunks at different places', async () => {
    const batch = await queued();
    const proof = proofOf(world, batch);
    const [chunk] = proof.chunks;
    const [rules] = proof.rulesChunks;
    const middle = { ...rules!, logHash: 8n, txHash: 9n, carryOut: 10n, dataOut: 11n, small: false };
    const chunks = [{ ...chunk!, logHash: 6n, deep: true }, { ...chunk!, logHash: 7n }, chunk!];
    expect(await verify(batch, { ...proof, chunks, rulesChunks: [middle, rules!] })).toBe('accepted');
  });

  it('is the one that was posted, and the next', async () => {
    const batch = await queued();
    const proof = proofOf(world, batch);
    const { posted } = batch;
    for (const changes of [
      { payouts: toHex(1n, { size: 32 }) as Hex },
      { feeRecipient: STRANGER.address },
      { fee: 14n },
      { itemFees: 5n * FEE },
      { firstItem: 5 },
      { items: 0 },
      { postedAt: 0 },
      { dataOut: 1n },
      { version: 2 },
    ]) {
      expect(await verify({ ...batch, posted: { ...posted, ...changes } }, proof)).toBe('OtherBatch(1)');
    }
    expect(await verify({ ...batch, number: 2 }, proof)).toBe('NotNext(1, 2)');
    expect(await verify(batch, proof)).toBe('accepted');
    expect(await verify(batch, proof)).toBe('NotNext(2, 1)');
  });

  it('is for the prover at first, and for anyone after its time-out', async () => {
    const batch = await queued();
    const proof = proofOf(world, batch, { prover: STRANGER.address });
    expect(await verify(batch, proof, STRANGER)).toMatch(/^ProverHasTime\(1, /);
    await world.pass(SETTINGS.proverTimeout);
    expect(await verify(batch, proof, STRANGER)).toBe('accepted');
  });
});

describe('the point at which records are compared', () => {
  /** Reads as the contract does, but at a point that depends on something else. */
  const elsewhere = (batch: PostedRecords, changes: Partial<PointOf>): Proof => {
    const proof = proofOf(world, batch);
    const of = { ...batch.posted, contract: world.contract, number: batch.number, prover: PROVER.address };
    const x = pointOf({ ...of, logHash: 2n, txHash: 3n, ...changes });
    const dataOut: bigint = recordsPolynomial(x, batch.records.map(recordElements));
    return { ...proof, rulesChunks: [{ ...proof.rulesChunks[0]!, dataOut }] };
  };

  it.each<[string, Partial<PointOf>]>([
    ['chain', { chainId: 1 }],
    ['contract', { contract: STRANGER.address }],
    ['number', { number: 2 }],
    ['version', { version: 2 }],
    ['prover, so that nobody sends another’s proof', { prover: STRANGER.address }],
    ['posted bytes', { dataHash: toHex(1n, { size: 32 }) }],
    ['the queue’s items, so that none is chosen once the point is known', { itemsHash: toHex(1n, { size: 32 }) }],
    ['log', { logHash: 5n }],
    ['transactions, so that no record is chosen once the point is known', { txHash: 5n }],
    ['context', { context: 5n }],
  ])('depends on the %s', async (_, changes) => {
    const batch = await queued();
    expect(await verify(batch, elsewhere(batch, changes))).toMatch(/^RecordsNotProven\(/);
    expect(await verify(batch, elsewhere(batch, {}))).toBe('accepted');
  });

  it.each<[string, (records: PostedRecords['records']) => PostedRecords['records']]>([
    ['one more', (records) => [...records, COLLECT]],
    ['one less', (records) => records.slice(1)],
    ['another order', (records) => records.toReversed()],
    ['another amount', ([first, second]) => [first!, { ...second!, amount: 6n }]],
    ['another recipient', ([first, second]) => [first!, { ...second!, target: 1n }]],
    ['another amount of an exit', ([first, second]) => [{ ...first!, amount: 10n }, second!]],
    ['an exit of another account', ([first, second]) => [{ ...first!, account: 1n }, second!]],
    ['a fee beside an exit', ([first, second]) => [{ ...first!, fee: 1n }, second!]],
  ])('refuses records with %s', async (_, change) => {
    const batch = await queued();
    const { rulesChunks } = proofOf(world, { ...batch, records: change(batch.records) });
    expect(await verify(batch, { ...proofOf(world, batch), rulesChunks })).toMatch(/^RecordsNotProven\(/);
    expect(await verify(batch, proofOf(world, batch))).toBe('accepted');
  });
});

describe('data', () => {
  const fixed = { prover: PROVER.address, logHash: 2n, txHash: 3n } as const;

  it('is not given again where it was evaluated for this prover and these commitments', async () => {
    const batch = await post(world, 1, [PAID], fixed);
    expect(batch.posted.dataOut).not.toBe(0n);
    const again = { ...proofOf(world, batch), data: '0x' as Hex };
    const other = { ...proofOf(world, batch, { logHash: 4n }), data: '0x' as Hex };
    expect(await verify(batch, other)).toBe('OtherData(1)');
    expect(await verify(batch, proofOf(world, batch, { logHash: 4n }))).toBe('accepted');
    await world.restore();
    expect(await verify(await post(world, 1, [PAID], fixed), again)).toBe('accepted');
  });

  it('is what was posted', async () => {
    const batch = await queued();
    const proof = proofOf(world, batch);
    expect(await verify(batch, { ...proof, data: '0x30' })).toBe('OtherData(1)');
    expect(await verify(batch, { ...proof, data: '0x' })).toBe('OtherData(1)');
    expect(await verify(batch, proof)).toBe('accepted');
  });

  it('is as it was when it is given again, whatever was asked for since', async () => {
    await world.send(USER, 'deposit', [USER.address, 0n, 4n], { value: 1000n * FEE });
    const batch = await post(world, 1, [deposited(USER, 4n)]);
    await world.send(USER, 'exit', [], { value: 1000n * FEE });
    expect(await verify(batch, proofOf(world, batch))).toBe('accepted');
  });
});
