/** What a batch of payments may say, and who posts it when. Proofs play no part here. */
import { concat, keccak256 } from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { ADMIN, GUARDIAN, PROVER, SEQUENCER, STRANGER, USER, ZERO_ADDRESS } from '../world.js';
import {
  COLLECT,
  consolidate,
  contextOf,
  dataOf,
  deposited,
  exited,
  FEE,
  FEE_RECIPIENT,
  itemsHashOf,
  keySet,
  newBatch,
  paymentsForTests,
  payoutPath,
  payoutsOf,
  post,
  postedIn,
  proofOf,
  SETTINGS,
  transfer,
  withdrawal,
} from './world.js';
import type { NewBatch } from './world.js';

const world = paymentsForTests();
const PAID = transfer(USER, STRANGER, 5n);

const attempt = async (
  records: readonly PaymentRecord[],
  changes: Partial<NewBatch> = {},
  from = SEQUENCER,
  number = 1,
): Promise<string> => {
  const batch = await newBatch(world, records, changes);
  return world.attempt(from, 'sequenceBatch', [number, batch], { value: batch.fee });
};
const ask = {
  deposit: (amount: bigint) => world.send(USER, 'deposit', [USER.address, 0n, amount], { value: amount + 200n * FEE }),
  setKey: (keyHash: bigint) => world.send(USER, 'setKey', [keyHash], { value: 200n * FEE }),
  exit: (from = USER) => world.send(from, 'exit', [], { value: 200n * FEE }),
};

describe('a batch', () => {
  it('is kept as it was posted, with all that the contract adds', async () => {
    await ask.deposit(7n);
    await ask.exit();
    const records = [PAID, deposited(USER, 7n), withdrawal(USER, STRANGER, 3n), exited(USER, 2n), COLLECT];
    const { posted } = await post(world, 1, records, { fee: 11n });
    const { timestamp } = posted;
    expect(posted).toEqual({
      dataHash: keccak256(dataOf(records)),
      itemsHash: itemsHashOf(records),
      payouts: payoutPath(payoutsOf(records), 0).root,
      context: contextOf(world.contract, 1, BigInt(timestamp), FEE_RECIPIENT),
      timestamp,
      feeRecipient: FEE_RECIPIENT,
      postedAt: await world.read('clock', []),
      version: 1,
      firstItem: 0,
      items: 2,
      fee: 11n,
      itemFees: 2n * FEE,
      prover: ZERO_ADDRESS,
      logHash: 0n,
      txHash: 0n,
      dataOut: 0n,
    });
  });

  it('is posted by the sequencer', async () => {
    for (const other of [ADMIN, PROVER, GUARDIAN, STRANGER])
      expect(await attempt([PAID], {}, other)).toMatch(/^AccessControlUnauthorizedAccount\(/);
    expect(await attempt([PAID])).toBe('accepted');
  });

  it('is the next, so that a call sent twice posts once', async () => {
    expect(await attempt([PAID], {}, SEQUENCER, 2)).toBe('NotNext(1, 2)');
    expect(await attempt([PAID])).toBe('accepted');
    expect(await attempt([PAID])).toBe('NotNext(2, 1)');
  });

  it('comes with its fee', async () => {
    const batch = await newBatch(world, [PAID], { fee: 5n });
    expect(await world.attempt(SEQUENCER, 'sequenceBatch', [1, batch], { value: 4n })).toBe('OtherFee(5, 4)');
    expect(await world.attempt(SEQUENCER, 'sequenceBatch', [1, batch], { value: 5n })).toBe('accepted');
  });

  it('gives its fees to an account of users', async () => {
    expect(await attempt([PAID], { feeRecipient: ZERO_ADDRESS })).toBe('NoFeeRecipient()');
  });

  it('is of now: not of the future, and at most an hour old', async () => {
    const now = await world.now();
    expect(await attempt([PAID], { timestamp: now + 1000 })).toMatch(/^OtherTimestamp\(/);
    expect(await attempt([PAID], { timestamp: now - 3700 })).toMatch(/^OtherTimestamp\(/);
    expect(await attempt([PAID], { timestamp: now - 3000 })).toBe('accepted');
  });

  it('of the queue’s operations alone may be older, as nothing in it ends', async () => {
    await ask.exit();
    expect(await attempt([exited(USER, 1n)], { timestamp: 1 })).toBe('accepted');
  });
});

describe('data', () => {
  const bytes = dataOf([PAID]);
  const length = (bytes.length - 2) / 2;
  const from = '11'.repeat(20);
  const to = '22'.repeat(20);
  it.each<[string, Hex, string]>([
    ['that is empty', '0x', 'MalformedCount(0)'],
    ['with a part of a record', bytes.slice(0, -2) as Hex, 'MalformedData(0)'],
    ['with a byte more', concat([bytes, '0x00']), `MalformedData(${length})`],
    ['that is padding', `0x0${bytes.slice(3)}`, 'MalformedData(0)'],
    ['that collects in another byte', '0x31', 'MalformedData(0)'],
    // A deposit, a key, an exit as rows of their own would mint, or rob.
    ['that says a deposit', `0x41${bytes.slice(4)}`, 'MalformedData(0)'],
    ['that says a deposit in the queue’s byte', `0x40${bytes.slice(4)}`, 'NoSuchOperation(0)'],
    ['of no kind', `0xf${bytes.slice(3)}`, 'MalformedData(0)'],
    ['that takes more of the queue than there is', concat(['0x40', bytes]), 'NoSuchOperation(0)'],
    ['with a form cut short', '0x10', 'MalformedData(0)'],
    ['with an account cut short', `0x1210${from.slice(2)}`, 'MalformedData(0)'],
    ['with an end cut short', `0x1290${from}${to}0102076b49d2`, 'MalformedData(0)'],
    ['with a reference to itself', `0x9210${from}000003010207`, 'MalformedData(0)'],
    ['with a reference ahead', `0x5210000005${to}010207`, 'MalformedData(0)'],
    ['with an amount of 2^96', `0x1d10${from}${to}01${'00'.repeat(12)}07`, 'MalformedData(0)'],
    ['with an amount above by its exponent', `0x1c1f${from}${to}${'ff'.repeat(12)}07`, 'MalformedData(0)'],
    ['with a fee of 2^28', `0x1240${from}${to}010210000000`, 'MalformedData(0)'],
  ])('%s is refused', async (_, data, error) => {
    expect(await attempt([PAID], { data })).toBe(error);
    expect(await attempt([PAID])).toBe('accepted');
  });

  it('with an exit’s amount cut off is refused', async () => {
    await ask.exit();
    const data = dataOf([exited(USER, 1n)]);
    expect(await attempt([exited(USER, 1n)], { data: data.slice(0, -2) as Hex })).toBe('MalformedData(0)');
    expect(await attempt([exited(USER, 1n)], { data })).toBe('accepted');
  });

  it('of more records than a batch has is refused', async () => {
    expect(await attempt([], { data: `0x${'30'.repeat(4097)}` })).toBe('MalformedCount(4097)');
    expect(await attempt([], { data: `0x${'30'.repeat(4096)}` })).toBe('accepted');
  });
});

describe('the queue’s operations', () => {
  it('are those that the sender meant, or the batch is refused', async () => {
    await ask.deposit(7n);
    await ask.setKey(3n);
    const meant = [deposited(USER, 7n), keySet(USER, 3n)];
    for (const other of [
      [deposited(USER, 8n), keySet(USER, 3n)],
      [deposited(STRANGER, 7n), keySet(USER, 3n)],
      [deposited(USER, 7n, 1n), keySet(USER, 3n)],
      [deposited(USER, 7n), keySet(USER, 4n)],
      [keySet(USER, 3n), deposited(USER, 7n)],
      [deposited(USER, 7n)],
    ]) {
      expect(await attempt(meant, { itemsHash: itemsHashOf(other) })).toMatch(/^OtherItems\(/);
    }
    expect(await attempt(meant)).toBe('accepted');
  });

  it('are taken in order, none twice', async () => {
    await ask.deposit(7n);
    await ask.deposit(8n);
    expect((await post(world, 1, [deposited(USER, 7n)])).posted).toMatchObject({ firstItem: 0, items: 1 });
    expect(await attempt([deposited(USER, 7n)], {}, SEQUENCER, 2)).toMatch(/^OtherItems\(/);
    expect((await post(world, 2, [deposited(USER, 8n)])).posted).toMatchObject({ firstItem: 1, items: 1 });
    expect(await attempt([deposited(USER, 8n)], {}, SEQUENCER, 3)).toBe('NoSuchOperation(2)');
  });

  it('that wait for too long come before all else', async () => {
    await ask.deposit(7n);
    expect(await attempt([PAID])).toBe('accepted');
    await world.restore();
    await ask.deposit(7n);
    await ask.exit();
    await world.pass(SETTINGS.forceDelay);
    expect(await attempt([PAID])).toBe('QueueOverdue(0)');
    expect(await attempt([deposited(USER, 7n), PAID])).toBe('QueueOverdue(0)');
    await post(world, 1, [deposited(USER, 7n)]);
    expect(await attempt([PAID], {}, SEQUENCER, 2)).toBe('QueueOverdue(1)');
    await post(world, 2, [exited(USER, 7n)]);
    expect(await attempt([PAID], {}, SEQUENCER, 3)).toBe('accepted');
  });
});

describe('anyone', () => {
  const overdue = async () => {
    await ask.exit();
    await world.pass(SETTINGS.forceDelay);
    return [exited(USER, 4n)];
  };
  /** Posts and proves in one call; a first simulation tells what the contract would post. */
  const force = async (records: readonly PaymentRecord[], changes: Partial<NewBatch> = {}, number = 1) => {
    const ends = { prover: changes.prover ?? STRANGER.address, logHash: 2n, txHash: 3n } as const;
    const batch = await newBatch(world, records, { timestamp: 1, ...changes, ...ends });
    const context = contextOf(world.contract, number, BigInt(batch.timestamp), batch.feeRecipient);
    const hashes = { dataHash: keccak256(batch.data), itemsHash: batch.itemsHash, context, version: 1 };
    const proof = proofOf(world, { number, posted: hashes as never, records }, ends);
    return { batch, proof, number };
  };

  it('posts and proves what is overdue, in one call, and gets its fee', async () => {
    const { batch, proof } = await force(await overdue());
    const before = await world.read('owed', [STRANGER.address]);
    const posted = postedIn(await world.send(STRANGER, 'settleBatch', [1, batch, proof])).posted;
    expect(posted).toMatchObject({ items: 1, itemFees: FEE, prover: STRANGER.address });
    expect(await world.read('owed', [STRANGER.address])).toBe(before + FEE);
    expect(await world.read('lastConsolidated', [])).toBe(1);
  });

  it('posts nothing that is not overdue, nor beside it', async () => {
    await ask.exit();
    const { batch, proof } = await force([exited(USER, 4n)]);
    expect(await world.attempt(STRANGER, 'settleBatch', [1, batch, proof])).toBe('QueueNotDue()');
    await world.pass(SETTINGS.forceDelay);
    const beside = await force([exited(USER, 4n), PAID], { timestamp: await world.now() });
    expect(await world.attempt(STRANGER, 'settleBatch', [1, beside.batch, beside.proof])).toBe('QueueOverdue(0)');
    expect(await world.attempt(STRANGER, 'settleBatch', [1, batch, proof])).toBe('accepted');
  });

  it('settles at once, if it is the sequencer, what nobody has to wait for', async () => {
    const ends = { prover: SEQUENCER.address, timestamp: await world.now() };
    const { batch, proof } = await force([PAID, COLLECT], ends);
    expect(await world.attempt(STRANGER, 'settleBatch', [1, batch, proof])).toBe('QueueNotDue()');
    const wrong = { ...proof, rulesChunks: [{ ...proof.rulesChunks[0]!, txHash: 4n }] };
    expect(await world.attempt(SEQUENCER, 'settleBatch', [1, batch, wrong])).toMatch(/^RecordsNotProven\(/);
    expect(await world.attempt(SEQUENCER, 'settleBatch', [1, batch, proof])).toBe('accepted');
    expect(await world.read('lastConsolidated', [])).toBe(1);
  });

  it('cannot post what it has no proof of: a wrong amount of an exit holds up nobody', async () => {
    const { batch, proof } = await force(await overdue());
    const [rules] = proof.rulesChunks;
    const wrong = { ...proof, rulesChunks: [{ ...rules!, dataOut: rules!.dataOut + 1n }] };
    expect(await world.attempt(STRANGER, 'settleBatch', [1, batch, wrong])).toMatch(/^RecordsNotProven\(/);
    expect(await world.read('lastVirtual', [])).toBe(0);
  });

  it('waits for what was posted before, and offers no fee', async () => {
    const first = await post(world, 1, [PAID]);
    const records = await overdue();
    const next = await force(records, {}, 2);
    expect(await world.attempt(STRANGER, 'settleBatch', [2, next.batch, next.proof])).toBe('NotConsolidated(1)');
    await consolidate(world, first);
    const withFee = await force(records, { fee: 1n }, 2);
    expect(await world.attempt(STRANGER, 'settleBatch', [2, withFee.batch, withFee.proof])).toBe('OtherFee(0, 1)');
    expect(await world.attempt(STRANGER, 'settleBatch', [1, next.batch, next.proof])).toBe('NotNext(2, 1)');
    expect(await world.attempt(STRANGER, 'settleBatch', [2, next.batch, next.proof])).toBe('accepted');
  });
});
