/** The published vectors, held to circomlibjs where it has the same function, and to the code. */
import { readFileSync } from 'node:fs';
import { buildEddsa, buildPoseidonReference } from 'circomlibjs';
import type { Eddsa } from 'circomlibjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { contextHash, signingDomain } from '../../../src/rules/common/context.js';
import { recordsPolynomial, transactionsHash } from '../../../src/rules/common/records.js';
import { keyHashOf, publicKeyOf } from '../../../src/rules/eddsa/eddsa.js';
import { accountOf, accountValue } from '../../../src/rules/payments/account.js';
import { decodePayment } from '../../../src/rules/payments/encoding.js';
import { checkPayment, paymentMessage } from '../../../src/rules/payments/execute.js';
import { recordOfPayment } from '../../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import { recordElements } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { keyText } from '../../../src/rules/payments/wallet.js';

type Numbers<Name extends string> = Readonly<Record<Name, string>>;
interface Vectors {
  readonly deployment: Numbers<'chainId' | 'contract'> & { readonly version: number };
  readonly domain: string;
  readonly context: Numbers<'batchNumber' | 'timestamp' | 'feeRecipient'>;
  readonly contextHash: string;
  readonly keyText: Numbers<'origin' | 'chainId' | 'contract' | 'address' | 'text'>;
  readonly keys: readonly (Numbers<'privateKey' | 'keyHash'> & { readonly publicKey: Numbers<'x' | 'y'> })[];
  readonly accounts: readonly Numbers<'keyHash' | 'nonce' | 'balance' | 'value'>[];
  readonly records: readonly (Numbers<
    'fee' | 'account' | 'validUntil' | 'amount' | 'target' | 'head' | 'body' | 'posted'
  > & { readonly kind: PaymentRecord['kind'] })[];
  readonly payments: readonly (Numbers<'nonce' | 'message' | 'bytes'> & {
    readonly record: number;
    readonly key: number;
    readonly signature: { readonly r8: Numbers<'x' | 'y'>; readonly s: string };
  })[];
  readonly commitments: readonly (Numbers<'txHash' | 'x' | 'data'> & { readonly records: number })[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../schemas/payments-vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.slice(2), 'hex');
const big = <Name extends string>(numbers: Numbers<Name>, ...names: readonly Name[]): bigint[] =>
  names.map((name) => BigInt(numbers[name]));

let poseidon: (inputs: readonly bigint[], initial?: bigint) => bigint;
let eddsa: Eddsa;
beforeAll(async () => {
  const reference = await buildPoseidonReference();
  poseidon = (inputs, initial = 0n) => reference.F.toObject(reference(inputs, initial, 1));
  eddsa = await buildEddsa();
});

const records = vectors.records.map(({ kind, ...numbers }): PaymentRecord => {
  const [fee, account, validUntil, amount, target] = big(numbers, 'fee', 'account', 'validUntil', 'amount', 'target');
  return { kind, fee: fee!, account: account!, validUntil: validUntil!, amount: amount!, target: target! };
});

describe('the vectors', () => {
  it('of the context', () => {
    const [chainId, contract] = big(vectors.deployment, 'chainId', 'contract');
    const { version } = vectors.deployment;
    expect(poseidon([chainId!, contract!, BigInt(version)])).toBe(BigInt(vectors.domain));
    const domain = signingDomain({ chainId: chainId!, contract: contract!, version });
    expect(domain).toBe(BigInt(vectors.domain));
    const [batchNumber, timestamp, feeRecipient] = big(vectors.context, 'batchNumber', 'timestamp', 'feeRecipient');
    const hash = BigInt(vectors.contextHash);
    expect(poseidon([domain, batchNumber!, timestamp!, feeRecipient!])).toBe(hash);
    const context = { domain, batchNumber: batchNumber!, timestamp: timestamp!, feeRecipient: feeRecipient! };
    expect(contextHash(context)).toBe(hash);
  });

  it('of the text for a key', () => {
    const { origin, text, ...numbers } = vectors.keyText;
    const [chainId, contract, address] = big(numbers, 'chainId', 'contract', 'address');
    expect(keyText({ origin, chainId: chainId!, contract: contract!, address: address! })).toBe(text);
  });

  it('of keys', () => {
    for (const { privateKey, publicKey, keyHash } of vectors.keys) {
      const [x, y] = big(publicKey, 'x', 'y');
      const theirs = eddsa.prv2pub(bytesOf(privateKey)).map((coordinate) => eddsa.F.toObject(coordinate));
      expect(theirs).toEqual([x, y]);
      expect(publicKeyOf(bytesOf(privateKey))).toEqual({ x, y });
      expect(poseidon([x!, y!]) % 2n ** 128n).toBe(BigInt(keyHash));
      expect(keyHashOf({ x: toFr(x!), y: toFr(y!) })).toBe(BigInt(keyHash));
    }
  });

  it('of accounts', () => {
    for (const account of vectors.accounts) {
      const [keyHash, nonce, balance, value] = big(account, 'keyHash', 'nonce', 'balance', 'value');
      expect(accountValue({ keyHash: keyHash!, nonce: nonce!, balance: balance! })).toBe(value);
      expect(accountOf(value!)).toEqual({ keyHash, nonce, balance });
    }
  });

  it('of records, one of each kind', () => {
    expect(new Set(records.map(({ kind }) => kind)).size).toBe(6);
    vectors.records.forEach(({ head, body, posted }, i) => {
      expect(recordElements(records[i]!)).toEqual([BigInt(head), BigInt(body)]);
      expect(Buffer.from(PAYMENTS.post([records[i]!])).toString('hex')).toBe(posted.slice(2));
    });
  });

  it('of signed payments: messages and signatures are circomlibjs’s', () => {
    const domain = toFr(BigInt(vectors.domain));
    for (const { record, nonce, message, key, signature, bytes } of vectors.payments) {
      const { head, body } = vectors.records[record]!;
      expect(poseidon([domain, BigInt(head), BigInt(body), BigInt(nonce)])).toBe(BigInt(message));
      const theirs = eddsa.signPoseidon(bytesOf(vectors.keys[key]!.privateKey), eddsa.F.e(BigInt(message)));
      expect(theirs.R8.map((coordinate) => eddsa.F.toObject(coordinate))).toEqual(big(signature.r8, 'x', 'y'));
      expect(theirs.S).toBe(BigInt(signature.s));
      const payment = decodePayment(bytesOf(bytes));
      expect(recordOfPayment(payment.payment)).toEqual(records[record]);
      expect(paymentMessage(domain, payment.payment, payment.nonce)).toBe(BigInt(message));
      expect(payment.authorization.signature.s).toBe(theirs.S);
      checkPayment(payment, domain);
    }
  });

  it('of commitments to the first records', () => {
    const tag = BigInt(`0x${Buffer.from('rootshift/transactions').toString('hex')}`);
    for (const { records: count, txHash, x, data } of vectors.commitments) {
      const elements = records.slice(0, count).map(recordElements);
      let running = 0n;
      for (let i = 0; i < count; i += 3) {
        const step = elements.slice(i, i + 3).flat();
        running = poseidon([tag, ...step, ...Array.from({ length: 6 - step.length }, () => 0n)], running);
      }
      expect(running).toBe(BigInt(txHash));
      expect(transactionsHash(elements)).toBe(running);
      expect(recordsPolynomial(BigInt(x), elements)).toBe(BigInt(data));
    }
  });
});
