/** What honest operators do has a witness, whose public signals are those that TypeScript computes. */
import { beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../machine/circuits/harness.js';
import type { Program } from '../../machine/circuits/harness.js';
import { ALICE, Bank, BOB, chunkOf, keyHash } from './world.js';

let payments: Program;
beforeAll(async () => {
  payments = await program('Payments(3)', { rules: true });
});

const ETHER = 10n ** 18n;
const opened = (): Bank => new Bank().deposit(ALICE.address, 5n * ETHER, keyHash(ALICE));

describe('payments', () => {
  it('of each kind are accepted', async () => {
    const bank = opened()
      .deposit(BOB.address, ETHER)
      .setKey(BOB.address, keyHash(BOB))
      .transfer({ from: ALICE, to: BOB.address, amount: ETHER, fee: 7n })
      .withdraw({ from: BOB, to: 0x77n, amount: ETHER / 2n, fee: 3n })
      .collect()
      .exit(ALICE.address);
    const { inputs } = chunkOf(bank.rows.slice(0, 3));
    expect(await payments.run(inputs)).toHaveProperty('accepted');
    const first = chunkOf(bank.rows.slice(0, 3)).publics;
    const start = { logHashIn: first.logHash, txHashIn: first.txHash, dataIn: first.dataOut, carryIn: first.carryOut };
    expect(await payments.run(chunkOf(bank.rows.slice(3, 6), { start }).inputs)).toHaveProperty('accepted');
  });
});
