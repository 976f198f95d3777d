/**
 * Dishonest operators and users: each chunk is what an honest one would be but for one rule that it breaks, with a log,
 * commitments and public signals that fit it. The test names the constraint that refuses it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import type { CircuitInput, CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { SUBGROUP_ORDER } from '../../../src/rules/eddsa/curve.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import type { Authorization, PaymentRow } from '../../../src/rules/payments/row.js';
import { program } from '../../machine/circuits/harness.js';
import type { Program, Refusal } from '../../machine/circuits/harness.js';
import { accessesOf, ALICE, Bank, BOB, chunkOf, CONTEXT, DEPLOYMENT, keyHash, permitted, rawLogHash } from './world.js';

const ETHER = 10n ** 18n;
const MOST = 2n ** 96n - 1n;

let payments: Program;
beforeAll(async () => {
  payments = await program('Payments(3)', { rules: true });
});

const bank = (): Bank =>
  new Bank().deposit(ALICE.address, 9n * ETHER, keyHash(ALICE)).deposit(BOB.address, ETHER, keyHash(BOB));
/** A transfer, a withdrawal, and the fees of both. */
const ROWS = bank()
  .transfer({ from: ALICE, to: BOB.address, amount: ETHER, fee: 7n, validUntil: CONTEXT.timestamp })
  .withdraw({ from: ALICE, to: 0x77n, amount: ETHER, fee: 3n })
  .collect()
  .rows.slice(2);
/** What L1 asks for. */
const QUEUE = bank().deposit(BOB.address, 5n).setKey(BOB.address, 77n).exit(ALICE.address).rows.slice(2);

type Part<T> = { readonly [K in keyof T]?: T[K] };
interface RowChange {
  readonly record?: Part<PaymentRecord>;
  readonly from?: Part<PaymentRow['from']>;
  readonly to?: Part<PaymentRow['to']>;
  readonly authorization?: Authorization;
}

/** A row with changed fields; signed anew by its account's holder where it is signed, unless told otherwise. */
function changed(row: PaymentRow, { record, from, to, authorization }: RowChange): PaymentRow {
  const next: PaymentRow = {
    record: { ...row.record, ...record },
    from: { ...row.from, ...from },
    to: { ...row.to, ...to },
    authorization: row.authorization,
  };
  if (authorization !== undefined) return { ...next, authorization };
  if (row.authorization === null) return next;
  return { ...next, authorization: permitted(next.record, next.from.nonce, ALICE) };
}

const withRow = (rows: readonly PaymentRow[], i: number, change: RowChange): PaymentRow[] =>
  rows.map((row, j) => (i === j ? changed(row, change) : row));

/** Inputs with one number of a column changed. */
const withNumber = (inputs: CircuitInputs, name: string, i: number, value: bigint): CircuitInputs => ({
  ...inputs,
  [name]: (inputs[name] as readonly CircuitInput[]).with(i, value),
});

async function expectAccepted(inputs: CircuitInputs): Promise<void> {
  const outcome = await payments.run(inputs);
  expect('refused' in outcome ? outcome.refused : null).toBeNull();
}

async function expectRefused(inputs: CircuitInputs, template: string, source: string): Promise<void> {
  const outcome = await payments.run(inputs);
  const refused: Partial<Refusal> = 'refused' in outcome ? outcome.refused : {};
  expect({ template: refused.template, source: refused.source }).toEqual({ template, source });
}

const RANGE = ['AssertBits', 'sum === in;'] as const;
const EQUATION = ['AssertSignature', 'enabled * (left[0] - right[0]) === 0;'] as const;
const KEY = ['AssertKeyHash', 'enabled * (hash - high * 2 ** 128 - keyHash) === 0;'] as const;
const NON_ZERO = ['AssertNonZeroWhen', 'in * inverse === when;'] as const;
const BIT = ['Bit', 'in * (in - 1) === 0;'] as const;
const LOG = ['Payments', 'committed === logHash;'] as const;

it('accepts the honest twins', async () => {
  await expectAccepted(chunkOf(ROWS).inputs);
  await expectAccepted(chunkOf(QUEUE).inputs);
  await expectAccepted(chunkOf(ROWS.slice(0, 1)).inputs);
  await expectAccepted(chunkOf([]).inputs);
});

describe('a payment is refused', () => {
  it('with a signature that does not hold', async () => {
    const { publicKey, signature } = ROWS[0]!.authorization!;
    for (const authorization of [
      { publicKey, signature: { ...signature, s: (signature.s + 1n) % SUBGROUP_ORDER } },
      { publicKey, signature: { ...signature, r8: ROWS[1]!.authorization!.signature.r8 } },
    ]) {
      await expectRefused(chunkOf(withRow(ROWS, 0, { authorization })).inputs, ...EQUATION);
    }
  });

  it.each<[string, Part<PaymentRecord>]>([
    ['fee', { fee: 8n }],
    ['target', { target: 0x78n }],
    ['amount', { amount: ETHER + 1n }],
    ["amount's high bits", { amount: ETHER + 2n ** 81n }],
    ['end', { validUntil: CONTEXT.timestamp + 1n }],
    ['kind', { kind: 'withdraw' }],
  ])('with another %s than the signed one', async (_, record) => {
    const authorization = ROWS[0]!.authorization!;
    const rich = { balance: MOST };
    const to = { address: record.kind === 'withdraw' ? 0n : (record.target ?? BOB.address) };
    const honest = withRow(ROWS, 0, { record, to, from: rich });
    await expectAccepted(chunkOf(honest).inputs);
    await expectRefused(chunkOf(withRow(honest, 0, { authorization })).inputs, ...EQUATION);
  });

  it('signed with a nonce that is skipped or repeated', async () => {
    const { record, from } = ROWS[1]!;
    expect(from.nonce).toBe(1n);
    for (const nonce of [0n, 2n]) {
      const authorization = permitted(record, nonce, ALICE);
      await expectRefused(chunkOf(withRow(ROWS, 1, { authorization })).inputs, ...EQUATION);
    }
  });

  it('signed for another chain, contract or version', async () => {
    const { record, from } = ROWS[0]!;
    for (const other of [{ chainId: 1n }, { contract: 1n }, { version: 2 }]) {
      const authorization = permitted(record, from.nonce, ALICE, { ...DEPLOYMENT, ...other });
      await expectRefused(chunkOf(withRow(ROWS, 0, { authorization })).inputs, ...EQUATION);
    }
  });

  it("signed with another key than the account's", async () => {
    const { record, from } = ROWS[0]!;
    const authorization = permitted(record, from.nonce, BOB);
    await expectRefused(chunkOf(withRow(ROWS, 0, { authorization })).inputs, ...KEY);
    await expectAccepted(chunkOf(withRow(ROWS, 0, { authorization, from: { keyHash: keyHash(BOB) } })).inputs);
  });

  it('of an account without a key', async () => {
    await expectRefused(chunkOf(withRow(ROWS, 0, { from: { keyHash: 0n } })).inputs, ...KEY);
  });

  it('with the last nonce', async () => {
    await expectAccepted(chunkOf(withRow(ROWS, 0, { from: { nonce: 2n ** 32n - 2n } })).inputs);
    await expectRefused(chunkOf(withRow(ROWS, 0, { from: { nonce: 2n ** 32n - 1n } })).inputs, ...NON_ZERO);
  });

  it('with a nonce or a balance that spills into the field beside it', async () => {
    // One of nonce is 2^96 of balance.
    const { nonce, balance } = ROWS[1]!.from;
    await expectRefused(
      chunkOf(withRow(ROWS, 1, { from: { nonce: nonce - 1n, balance: balance + 2n ** 96n } })).inputs,
      ...RANGE,
    );
    const { inputs } = chunkOf(ROWS);
    await expectRefused(withNumber(inputs, 'fromNonce', 0, 2n ** 32n), ...EQUATION);
    const queue = chunkOf(QUEUE).inputs;
    await expectRefused(withNumber(queue, 'fromNonce', 0, 2n ** 32n), ...RANGE);
    await expectRefused(withNumber(queue, 'toNonce', 0, FIELD_ORDER - 1n), ...RANGE);
    await expectRefused(withNumber(queue, 'toBalance', 0, FIELD_ORDER - 1n), ...RANGE);
  });

  it('after its end', async () => {
    const late = { validUntil: CONTEXT.timestamp - 1n };
    await expectRefused(chunkOf(withRow(ROWS, 0, { record: late })).inputs, ...RANGE);
  });

  it('from or to address 0', async () => {
    const from = { address: 0n };
    await expectRefused(
      chunkOf(withRow(ROWS, 0, { record: { account: 0n }, from })).inputs,
      'AssertNonZeroIs',
      'in * inverse === nonZero;',
    );
    await expectRefused(chunkOf(withRow(ROWS, 0, { record: { target: 0n }, to: from })).inputs, ...NON_ZERO);
    await expectRefused(chunkOf(withRow(ROWS, 1, { record: { target: 0n } })).inputs, ...NON_ZERO);
  });
});

describe('money', () => {
  it('is not spent twice: a balance that is one short is refused', async () => {
    const enough = ETHER + 7n * 10n ** 9n;
    await expectAccepted(chunkOf(withRow(ROWS, 0, { from: { balance: enough } })).inputs);
    await expectRefused(chunkOf(withRow(ROWS, 0, { from: { balance: enough - 1n } })).inputs, ...RANGE);
  });

  it('does not overflow an account', async () => {
    await expectAccepted(chunkOf(withRow(ROWS, 0, { to: { balance: MOST - ETHER } })).inputs);
    await expectRefused(chunkOf(withRow(ROWS, 0, { to: { balance: MOST - ETHER + 1n } })).inputs, ...RANGE);
  });

  it.each([
    ['fee', 28n],
    ['account', 160n],
    ['validUntil', 32n],
    ['amountHigh', 16n],
    ['amountLow', 80n],
    ['targetHigh', 32n],
    ['targetLow', 128n],
  ])('has a %s of its width alone', async (name, bits) => {
    const { inputs } = chunkOf(ROWS);
    for (const value of [2n ** bits, FIELD_ORDER - 1n]) {
      await expectRefused(withNumber(inputs, name, 0, value), ...RANGE);
    }
  });

  it('leaves an account whole by exit', async () => {
    const { balance } = QUEUE[2]!.from;
    await expectRefused(
      chunkOf(withRow(QUEUE, 2, { record: { amount: balance - 1n } })).inputs,
      'PaymentRow',
      'isExit * left === 0;',
    );
  });

  it('that was paid as fees goes to the fee recipient alone', async () => {
    await expectRefused(chunkOf(withRow(ROWS, 2, { to: { address: BOB.address } })).inputs, ...LOG);
  });

  it('that was paid as fees is not kept, doubled, or lost', async () => {
    const { inputs, publics } = chunkOf(ROWS);
    expect(publics.carryOut).toBe(0n);
    const kept = chunkOf(ROWS.slice(0, 2));
    expect(kept.publics.carryOut).toBe(10n ** 10n);
    const CARRY = ['Payments', 'carry[N] === carryOut;'] as const;
    await expectRefused({ ...inputs, carryOut: 10n ** 10n }, ...CARRY);
    await expectRefused({ ...kept.inputs, carryOut: 0n }, ...CARRY);
    await expectRefused({ ...kept.inputs, carryIn: 1n }, ...CARRY);
  });
});

describe('a record is refused', () => {
  it.each<[string, readonly PaymentRow[], number, RowChange, string]>([
    ['a deposit with a fee', QUEUE, 0, { record: { fee: 1n } }, '(1 - isSigned) * (fee + validUntil) === 0;'],
    ['an exit with an end', QUEUE, 2, { record: { validUntil: 1n } }, '(1 - isSigned) * (fee + validUntil) === 0;'],
    [
      'a setKey of an amount',
      QUEUE,
      1,
      { record: { amount: 1n } },
      '(isReal - isCollect - isSetKey) * amount === amount;',
    ],
    [
      'a collect of an amount',
      ROWS,
      2,
      { record: { amount: 1n } },
      '(isReal - isCollect - isSetKey) * amount === amount;',
    ],
    [
      'an exit with a target',
      QUEUE,
      2,
      { record: { target: 1n } },
      '(isSigned + isDeposit + isSetKey) * target === target;',
    ],
    ['a key of 129 bits', QUEUE, 1, { record: { target: 2n ** 128n } }, '(isDeposit + isSetKey) * targetHigh === 0;'],
    [
      'a deposited key of 129 bits',
      QUEUE,
      0,
      { record: { target: 2n ** 128n } },
      '(isDeposit + isSetKey) * targetHigh === 0;',
    ],
  ])('%s', async (_, rows, i, change, source) => {
    await expectRefused(chunkOf(withRow(rows, i, change)).inputs, 'PaymentRecord', source);
  });

  it('a collect of somebody, and an operation of nobody', async () => {
    const NOBODY = ['AssertNonZeroIs', 'in * inverse === nonZero;'] as const;
    for (const i of [0, 1, 2]) {
      await expectRefused(chunkOf(withRow(QUEUE, i, { record: { account: 0n } })).inputs, ...NOBODY);
    }
    await expectRefused(
      chunkOf(withRow(ROWS, 2, { record: { account: 5n } })).inputs,
      'AssertNonZeroIs',
      'in * inverse === nonZero;',
    );
  });

  it('of two kinds, of no kind, and of a kind that there is not', async () => {
    const { inputs } = chunkOf(ROWS);
    await expectRefused(withNumber(inputs, 'exit', 0, 1n), ...BIT);
    await expectRefused(withNumber(inputs, 'transfer', 0, 7n), ...BIT);
    await expectRefused(withNumber(withNumber(inputs, 'transfer', 0, 0n), 'exit', 0, FIELD_ORDER - 1n), ...BIT);
    // No flag, and the fields of a payment.
    await expectRefused(
      withNumber(inputs, 'transfer', 0, 0n),
      'PaymentRecord',
      '(1 - isSigned) * (fee + validUntil) === 0;',
    );
  });

  it('of padding that says something', async () => {
    const { inputs } = chunkOf(ROWS.slice(0, 1));
    await expectAccepted(inputs);
    for (const [name, template, source] of [
      ['fee', 'PaymentRecord', '(1 - isSigned) * (fee + validUntil) === 0;'],
      ['validUntil', 'PaymentRecord', '(1 - isSigned) * (fee + validUntil) === 0;'],
      ['account', 'AssertNonZeroIs', 'in * inverse === nonZero;'],
      ['amountHigh', 'PaymentRecord', '(isReal - isCollect - isSetKey) * amount === amount;'],
      ['amountLow', 'PaymentRecord', '(isReal - isCollect - isSetKey) * amount === amount;'],
      ['targetHigh', 'PaymentRecord', '(isSigned + isDeposit + isSetKey) * target === target;'],
      ['targetLow', 'PaymentRecord', '(isSigned + isDeposit + isSetKey) * target === target;'],
      ['fromBalance', 'AccessLog', 'for (var e = 0; e < 5; e++) { (1 - isReal[t]) * elements[t][e] === 0; }'],
      ['fromKeyHash', 'AccessLog', 'for (var e = 0; e < 5; e++) { (1 - isReal[t]) * elements[t][e] === 0; }'],
      ['toBalance', 'AccessLog', 'for (var e = 0; e < 5; e++) { (1 - isReal[t]) * elements[t][e] === 0; }'],
    ] as const) {
      await expectRefused(withNumber(inputs, name, 1, 1n), template, source);
    }
  });

  it('after padding', async () => {
    const { inputs } = chunkOf(QUEUE);
    const blank = Object.entries(inputs).reduce<CircuitInputs>(
      (all, [name, column]) =>
        Array.isArray(column) && typeof column[1] === 'bigint' && name !== 'S' ? withNumber(all, name, 1, 0n) : all,
      inputs,
    );
    await expectRefused(blank, 'AccessLog', 'if (t > 0) { isReal[t] * (1 - isReal[t - 1]) === 0; }');
  });
});

describe('what is proven is tied to', () => {
  it('the log: one access more, one less, another order, a read between', async () => {
    const { inputs, publics } = chunkOf(ROWS.slice(0, 1));
    const { elements } = accessesOf(ROWS[0]!, 0n);
    const [first, second, third, fourth] = elements as [bigint[], bigint[], bigint[], bigint[]];
    expect(rawLogHash(elements, 0n)).toBe(publics.logHash);
    for (const log of [
      [...elements, first],
      elements.slice(0, 3),
      [third, fourth, first, second],
      [first, second, first, third, fourth],
    ]) {
      await expectRefused({ ...inputs, logHash: rawLogHash(log, 0n) }, ...LOG);
    }
  });

  it('the log, in which a read of another value is another log', async () => {
    const { inputs } = chunkOf(ROWS);
    await expectRefused(withNumber(inputs, 'toBalance', 0, 0n), ...LOG);
    await expectRefused(withNumber(inputs, 'toKeyHash', 0, 5n), ...LOG);
  });

  it('the records: all of them, in order, absorbed and posted', async () => {
    const { inputs } = chunkOf(ROWS);
    for (const rows of [ROWS.slice(0, 2), [ROWS[1]!, ROWS[0]!, ROWS[2]!]]) {
      const { txHash, dataOut } = chunkOf(rows).publics;
      await expectRefused({ ...inputs, txHash }, 'Payments', 'absorbed === txHash;');
      await expectRefused({ ...inputs, dataOut }, 'Payments', 'data === dataOut;');
    }
    await expectRefused({ ...inputs, txHashIn: 1n }, 'Payments', 'absorbed === txHash;');
    await expectRefused({ ...inputs, dataIn: 2n }, 'Payments', 'data === dataOut;');
    await expectRefused({ ...inputs, logHashIn: 1n }, ...LOG);
    await expectRefused({ ...inputs, x: 5n }, 'Payments', 'data === dataOut;');
  });

  it('who receives a withdrawal, which leaves no mark on the log', async () => {
    const other = chunkOf(withRow(ROWS, 1, { record: { target: 0x78n } }));
    const honest = chunkOf(ROWS);
    expect(other.publics.logHash).toBe(honest.publics.logHash);
    await expectAccepted(other.inputs);
    const { txHash } = honest.publics;
    await expectRefused({ ...other.inputs, txHash }, 'Payments', 'absorbed === txHash;');
  });

  it('the context: batch, time, fee recipient, chain, contract, version', async () => {
    const { inputs } = chunkOf(QUEUE);
    for (const name of ['batchNumber', 'timestamp', 'feeRecipient', 'chainId', 'contract', 'version']) {
      const other = (inputs[name] as bigint) + 1n;
      await expectRefused({ ...inputs, [name]: other }, 'Payments', 'opened === context;');
    }
    const context = poseidon.hash([toFr(1n)]);
    await expectRefused({ ...inputs, context }, 'Payments', 'opened === context;');
  });
});
