import { describe, expect, it } from 'vitest';
import { signingDomain } from '../../../src/rules/common/context.js';
import { SUBGROUP_ORDER } from '../../../src/rules/eddsa/curve.js';
import { LAST_NONCE, TOTAL_BALANCE } from '../../../src/rules/payments/account.js';
import type { Account } from '../../../src/rules/payments/account.js';
import type { PaymentInstruction } from '../../../src/rules/payments/operation.js';
import { FEE_UNIT } from '../../../src/rules/payments/record.js';
import {
  ALICE,
  BOB,
  CONTEXT,
  DEPLOYMENT,
  accountAt,
  rejection,
  run,
  signed,
  transfer,
  viewOf,
  viewWith,
  withdraw,
} from './world.js';

const alone = (account: Partial<Account>) =>
  viewOf(new Map([[ALICE.address, { keyHash: ALICE.keyHash, nonce: 0n, balance: 0n, ...account }]]));

describe('a transfer', () => {
  it('debits amount and fee, credits the amount, counts the nonce, and hands the fee on in wei', async () => {
    const view = viewWith(10n * FEE_UNIT, ALICE, BOB);
    const { carry, row, receipt } = await run(view, signed(ALICE, transfer(ALICE, BOB.address, 5n, 3n)), { carry: 1n });
    expect(await accountAt(view, ALICE.address)).toEqual({
      keyHash: ALICE.keyHash,
      nonce: 1n,
      balance: 7n * FEE_UNIT - 5n,
    });
    expect(await accountAt(view, BOB.address)).toEqual({
      keyHash: BOB.keyHash,
      nonce: 0n,
      balance: 10n * FEE_UNIT + 5n,
    });
    expect(carry).toBe(1n + 3n * FEE_UNIT);
    expect(receipt.payout).toBeNull();
    expect(row.from.balance).toBe(10n * FEE_UNIT);
  });

  it('reads and writes from, then reads and writes to', async () => {
    const view = viewWith(10n, ALICE, BOB);
    await run(view, signed(ALICE, transfer(ALICE, BOB.address, 4n)));
    const { address: alice } = ALICE;
    const { address: bob } = BOB;
    expect(view.log.map(({ op, address, value }) => [op, address, value % 2n ** 96n])).toEqual([
      ['read', alice, 10n],
      ['write', alice, 6n],
      ['read', bob, 10n],
      ['write', bob, 14n],
    ]);
    expect(view.log.every(({ kind, slot }) => kind === 'balance' && slot === 0n)).toBe(true);
  });

  it('to oneself costs the fee alone', async () => {
    const view = viewWith(2n * FEE_UNIT, ALICE);
    const { row } = await run(view, signed(ALICE, transfer(ALICE, ALICE.address, FEE_UNIT, 1n)));
    expect(await accountAt(view, ALICE.address)).toEqual({ keyHash: ALICE.keyHash, nonce: 1n, balance: FEE_UNIT });
    expect(row.to).toEqual({ address: ALICE.address, keyHash: ALICE.keyHash, nonce: 1n, balance: 0n });
  });

  it('to oneself must be covered as any other', async () => {
    const view = viewWith(5n, ALICE);
    expect(await rejection(view, signed(ALICE, transfer(ALICE, ALICE.address, 6n)))).toMatchObject({ kind: 'balance' });
  });

  it('of 0 with fee 0 counts the nonce alone', async () => {
    const view = viewWith(5n, ALICE, BOB);
    const { carry } = await run(view, signed(ALICE, transfer(ALICE, BOB.address, 0n)));
    expect(carry).toBe(0n);
    expect(await accountAt(view, ALICE.address)).toMatchObject({ nonce: 1n, balance: 5n });
    expect(await accountAt(view, BOB.address)).toMatchObject({ nonce: 0n, balance: 5n });
  });

  it('to an address without an account makes one without a key', async () => {
    const view = viewWith(5n, ALICE);
    await run(view, signed(ALICE, transfer(ALICE, 0x999n, 2n)));
    expect(await accountAt(view, 0x999n)).toEqual({ keyHash: 0n, nonce: 0n, balance: 2n });
  });

  it('of all that is held leaves key and nonce; of one wei more is refused', async () => {
    const view = viewWith(FEE_UNIT + 7n, ALICE);
    expect(await rejection(view, signed(ALICE, transfer(ALICE, BOB.address, 8n, 1n)))).toEqual({
      kind: 'balance',
      account: ALICE.address,
      needed: FEE_UNIT + 8n,
      held: FEE_UNIT + 7n,
    });
    await run(view, signed(ALICE, transfer(ALICE, BOB.address, 7n, 1n)));
    expect(await accountAt(view, ALICE.address)).toEqual({ keyHash: ALICE.keyHash, nonce: 1n, balance: 0n });
  });

  it('is refused where the recipient would hold 2^96 wei, and fits with one wei less', async () => {
    // No such state comes from payments, in which all accounts together hold 2^96 - 1.
    const view = viewOf(
      new Map([
        [ALICE.address, { keyHash: ALICE.keyHash, nonce: 0n, balance: 10n }],
        [BOB.address, { keyHash: 0n, nonce: 0n, balance: TOTAL_BALANCE - 9n }],
      ]),
      0n,
    );
    expect(await rejection(view, signed(ALICE, transfer(ALICE, BOB.address, 10n)))).toEqual({
      kind: 'overflow',
      account: BOB.address,
      held: TOTAL_BALANCE - 9n,
      received: 10n,
    });
    await run(view, signed(ALICE, transfer(ALICE, BOB.address, 9n)));
    expect(await accountAt(view, BOB.address)).toMatchObject({ balance: TOTAL_BALANCE });
  });

  it('has its account’s next nonce, up to 2^32 - 2', async () => {
    const view = alone({ nonce: LAST_NONCE - 1n, balance: 5n });
    const with_ = (nonce: bigint) => signed(ALICE, transfer(ALICE, BOB.address, 1n), nonce);
    expect(await rejection(view, with_(LAST_NONCE - 2n))).toEqual({
      kind: 'nonce',
      account: ALICE.address,
      expected: LAST_NONCE - 1n,
      got: LAST_NONCE - 2n,
    });
    expect(await rejection(view, with_(LAST_NONCE))).toMatchObject({ kind: 'malformed' });
    await run(view, with_(LAST_NONCE - 1n));
    expect(await accountAt(view, ALICE.address)).toMatchObject({ nonce: LAST_NONCE });
    expect(await rejection(view, with_(LAST_NONCE - 1n))).toMatchObject({ kind: 'lastNonce' });
    expect(await rejection(view, with_(0n))).toMatchObject({ kind: 'lastNonce' });
  });

  it('cannot be played again', async () => {
    const view = viewWith(5n, ALICE, BOB);
    const once = signed(ALICE, transfer(ALICE, BOB.address, 1n));
    await run(view, once);
    expect(await rejection(view, once)).toMatchObject({ kind: 'nonce', expected: 1n, got: 0n });
  });

  it('is valid at its last second, and expired a second later', async () => {
    const view = viewWith(5n, ALICE, BOB);
    const until = (validUntil: bigint) => signed(ALICE, { ...transfer(ALICE, BOB.address, 1n), validUntil });
    expect(await rejection(view, until(CONTEXT.timestamp - 1n))).toEqual({
      kind: 'expired',
      validUntil: CONTEXT.timestamp - 1n,
      timestamp: CONTEXT.timestamp,
    });
    await run(view, until(CONTEXT.timestamp));
  });

  it('is signed by the account’s key, for all of its fields, for this deployment', async () => {
    const view = viewWith(5n, ALICE, BOB);
    const payment = transfer(ALICE, BOB.address, 1n);
    const good = signed(ALICE, payment);
    expect(await rejection(view, signed(BOB, payment))).toEqual({
      kind: 'key',
      account: ALICE.address,
      expected: ALICE.keyHash,
      got: BOB.keyHash,
    });
    const altered = [
      { ...payment, amount: 2n },
      { ...payment, to: 0x999n },
      { ...payment, fee: 1n },
      { ...payment, validUntil: payment.validUntil - 1n },
      withdraw(ALICE, BOB.address, 1n),
      { ...payment, from: BOB.address },
    ];
    for (const other of altered) {
      expect(await rejection(view, { ...good, payment: other })).toMatchObject({ kind: 'signature' });
    }
    expect(await rejection(view, { ...good, nonce: 1n })).toMatchObject({ kind: 'signature' });
    for (const changed of [{ chainId: 1n }, { contract: 1n }, { version: 2 }]) {
      const domain = signingDomain({ ...DEPLOYMENT, ...changed });
      expect(await rejection(view, signed(ALICE, payment, 0n, domain))).toMatchObject({ kind: 'signature' });
    }
    const { publicKey, signature } = good.authorization;
    const beyond = { publicKey, signature: { ...signature, s: signature.s + SUBGROUP_ORDER } };
    expect(await rejection(view, { ...good, authorization: beyond })).toMatchObject({ kind: 'signature' });
    await run(view, good);
  });

  it('comes from an account that has a key', async () => {
    const view = alone({ keyHash: 0n, balance: 5n });
    expect(await rejection(view, signed(ALICE, transfer(ALICE, BOB.address, 1n)))).toMatchObject({ kind: 'noKey' });
  });

  it('has an account and a recipient other than 0: L1 signs nothing and is paid by withdrawals', async () => {
    const view = viewWith(5n, ALICE, BOB);
    const good = signed(ALICE, transfer(ALICE, BOB.address, 1n));
    for (const payment of [transfer(ALICE, 0n, 1n), { ...good.payment, from: 0n }]) {
      expect(await rejection(view, { ...good, payment })).toMatchObject({ kind: 'malformed' });
    }
  });
});

describe('a withdrawal', () => {
  it('moves ether to L1’s account, and is owed to the recipient', async () => {
    const view = viewWith(FEE_UNIT + 5n, ALICE);
    const { receipt, carry } = await run(view, signed(ALICE, withdraw(ALICE, 0x777n, 5n, 1n)));
    expect(receipt.payout).toEqual({ recipient: 0x777n, amount: 5n });
    expect(carry).toBe(FEE_UNIT);
    expect(await accountAt(view, ALICE.address)).toMatchObject({ nonce: 1n, balance: 0n });
    expect(await accountAt(view, 0n)).toMatchObject({ balance: TOTAL_BALANCE - FEE_UNIT });
    expect(await accountAt(view, 0x777n)).toMatchObject({ balance: 0n });
  });

  it('has a recipient other than 0', async () => {
    const good = signed(ALICE, withdraw(ALICE, 1n, 5n));
    const bad = { ...good, payment: withdraw(ALICE, 0n, 5n) };
    expect(await rejection(viewWith(5n, ALICE), bad)).toMatchObject({ kind: 'malformed' });
  });
});

describe('an operation of the queue', () => {
  const empty = () => viewOf(new Map());

  it('deposits from L1’s account, and sets a key if it has one', async () => {
    const view = empty();
    const { address, keyHash } = ALICE;
    await run(view, { kind: 'deposit', to: address, keyHash, amount: 5n });
    expect(await accountAt(view, address)).toEqual({ keyHash, nonce: 0n, balance: 5n });
    await run(view, { kind: 'deposit', to: address, keyHash: 0n, amount: 0n });
    await run(view, { kind: 'deposit', to: address, keyHash: 0n, amount: 2n });
    expect(await accountAt(view, address)).toEqual({ keyHash, nonce: 0n, balance: 7n });
    expect(await accountAt(view, 0n)).toMatchObject({ balance: TOTAL_BALANCE - 7n });
  });

  it('sets a key, also 0, and leaves nonce and balance', async () => {
    const view = alone({ nonce: 4n, balance: 5n });
    await run(view, { kind: 'setKey', account: ALICE.address, keyHash: BOB.keyHash });
    expect(await accountAt(view, ALICE.address)).toEqual({ keyHash: BOB.keyHash, nonce: 4n, balance: 5n });
    await run(view, { kind: 'setKey', account: ALICE.address, keyHash: 0n });
    expect(await accountAt(view, ALICE.address)).toEqual({ keyHash: 0n, nonce: 4n, balance: 5n });
    expect(await accountAt(view, 0n)).toMatchObject({ keyHash: 0n });
  });

  it('exits with all that is held, owed to the account’s address; key and nonce stay', async () => {
    const view = alone({ nonce: 4n, balance: 5n });
    const { receipt } = await run(view, { kind: 'exit', account: ALICE.address });
    expect(receipt.payout).toEqual({ recipient: ALICE.address, amount: 5n });
    expect(await accountAt(view, ALICE.address)).toEqual({ keyHash: ALICE.keyHash, nonce: 4n, balance: 0n });
    const again = await run(view, { kind: 'exit', account: ALICE.address });
    expect(again.receipt.payout).toEqual({ recipient: ALICE.address, amount: 0n });
  });

  const wrong: readonly (readonly [string, PaymentInstruction])[] = [
    ['a deposit to 0', { kind: 'deposit', to: 0n, keyHash: 0n, amount: 1n }],
    ['a key of L1’s account', { kind: 'setKey', account: 0n, keyHash: 1n }],
    ['an exit of L1’s account', { kind: 'exit', account: 0n }],
    ['a key hash of 2^128', { kind: 'setKey', account: 1n, keyHash: 2n ** 128n }],
    ['a deposit’s key hash of 2^128', { kind: 'deposit', to: 1n, keyHash: 2n ** 128n, amount: 1n }],
    ['an amount of 2^96', { kind: 'deposit', to: 1n, keyHash: 0n, amount: 2n ** 96n }],
  ];
  it.each(wrong)('is not %s', async (_, instruction) => {
    expect(await rejection(empty(), instruction)).toMatchObject({ kind: 'malformed' });
  });

  it('deposits what L1’s account holds, and not more', async () => {
    const view = empty();
    await run(view, { kind: 'deposit', to: 1n, keyHash: 0n, amount: TOTAL_BALANCE });
    expect(await rejection(view, { kind: 'deposit', to: 1n, keyHash: 0n, amount: 1n })).toMatchObject({
      kind: 'balance',
    });
  });
});

describe('collect', () => {
  it('gives the fees so far to the fee recipient, and hands on 0', async () => {
    const view = viewWith(FEE_UNIT, ALICE);
    const { carry } = await run(view, signed(ALICE, transfer(ALICE, BOB.address, 0n, 1n)));
    const collected = await run(view, { kind: 'collect' }, { carry });
    expect(collected.carry).toBe(0n);
    expect(await accountAt(view, CONTEXT.feeRecipient)).toEqual({ keyHash: 0n, nonce: 0n, balance: FEE_UNIT });
    expect(await accountAt(view, 0n)).toMatchObject({ balance: TOTAL_BALANCE - FEE_UNIT });
  });

  it('is refused where the fee recipient would hold 2^96 wei', async () => {
    const view = viewOf(new Map([[CONTEXT.feeRecipient, { keyHash: 0n, nonce: 0n, balance: TOTAL_BALANCE - 9n }]]));
    await expect(run(view, { kind: 'collect' }, { carry: 10n })).rejects.toThrow(/expected a balance below 2\^96 wei/);
    await run(view, { kind: 'collect' }, { carry: 9n });
  });
});

describe('a rejection', () => {
  it('says what was expected, what came, and whose account it is', async () => {
    const view = viewWith(5n, ALICE);
    await expect(run(view, signed(ALICE, transfer(ALICE, BOB.address, 6n)))).rejects.toThrow(
      '0x0000000000000000000000000000000000000100: expected a balance of at least 6 wei, the account holds 5',
    );
    await expect(run(view, { kind: 'exit', account: 0n })).rejects.toThrow(
      'exit: expected an address other than 0 as account, got 0',
    );
  });
});
