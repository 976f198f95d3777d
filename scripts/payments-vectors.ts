// Writes schemas/payments-vectors.json: keys, accounts, records, signatures and commitments of payments, for whoever
// writes a wallet, a circuit or a contract of their own. A test holds the file to circomlibjs, and to the code.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  COLLECT_RECORD,
  FOREVER,
  GENESIS,
  PAYMENTS,
  accountValue,
  contextHash,
  encodePayment,
  keyHashOf,
  keyText,
  paymentMessage,
  publicKeyOf,
  recordElements,
  recordOfPayment,
  recordOfQueue,
  recordsPolynomial,
  signPayment,
  signingDomain,
  transactionsHash,
} from 'rootshift/rules';
import type { Payment, PaymentRecord } from 'rootshift/rules';
import { ROOT } from './ready.mjs';

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
const address = (n: bigint): string => `0x${n.toString(16).padStart(40, '0')}`;

const deployment = {
  chainId: 31337n,
  contract: 0xc0ffee00000000000000000000000000000000ffn,
  version: PAYMENTS.version,
};
const domain = signingDomain(deployment);
const context = { domain, batchNumber: 7n, timestamp: 1_800_000_000n, feeRecipient: 0xfeen };
const alice = 0xa11cen;
const bob = 0xb0bn;
const secrets = [1, 2].map((n) => new Uint8Array(32).fill(n));

const payments: readonly { readonly payment: Payment; readonly nonce: bigint }[] = [
  { payment: { kind: 'transfer', from: alice, to: bob, amount: 10n ** 18n, fee: 21n, validUntil: FOREVER }, nonce: 0n },
  { payment: { kind: 'transfer', from: alice, to: alice, amount: 0n, fee: 0n, validUntil: 1_900_000_000n }, nonce: 1n },
  {
    payment: {
      kind: 'withdraw',
      from: bob,
      recipient: (1n << 160n) - 1n,
      amount: (1n << 96n) - 1n,
      fee: (1n << 28n) - 1n,
      validUntil: FOREVER,
    },
    nonce: (1n << 32n) - 2n,
  },
];
const records: readonly PaymentRecord[] = [
  ...payments.map(({ payment }) => recordOfPayment(payment)),
  COLLECT_RECORD,
  recordOfQueue({ kind: 'deposit', to: alice, keyHash: keyHashOf(publicKeyOf(secrets[0]!)), amount: 5n }, 0n),
  recordOfQueue({ kind: 'setKey', account: bob, keyHash: keyHashOf(publicKeyOf(secrets[1]!)) }, 0n),
  recordOfQueue({ kind: 'exit', account: bob }, (1n << 80n) + 3n),
];
const elements = records.map(recordElements);
const x = 123456789n;
const purpose = { origin: 'https://pay.example', chainId: 1n, contract: deployment.contract, address: alice };

const vectors = {
  about: 'Payments of Rootshift, version 1: docs/rules.md defines them. Numbers are decimal, bytes hexadecimal.',
  deployment,
  domain,
  context,
  contextHash: contextHash(context),
  keyText: { ...purpose, text: keyText(purpose) },
  keys: secrets.map((secret) => {
    const publicKey = publicKeyOf(secret);
    return { privateKey: hex(secret), publicKey, keyHash: keyHashOf(publicKey) };
  }),
  accounts: [GENESIS.account, { keyHash: (1n << 128n) - 1n, nonce: 1n, balance: 2n }].map((account) => ({
    ...account,
    value: accountValue(account),
  })),
  records: records.map((record, i) => ({
    ...record,
    account: address(record.account),
    target: address(record.target),
    head: elements[i]![0],
    body: elements[i]![1],
    posted: hex(PAYMENTS.post([record])),
  })),
  payments: payments.map(({ payment, nonce }, i) => {
    const signed = signPayment(payment, nonce, domain, secrets[i < 2 ? 0 : 1]!);
    return {
      record: i,
      nonce,
      message: paymentMessage(domain, payment, nonce),
      key: i < 2 ? 0 : 1,
      signature: signed.authorization.signature,
      bytes: hex(encodePayment(signed)),
    };
  }),
  commitments: records.map((_, i) => ({
    records: i + 1,
    txHash: transactionsHash(elements.slice(0, i + 1)),
    x,
    data: recordsPolynomial(x, elements.slice(0, i + 1)),
  })),
};

const text = JSON.stringify(vectors, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2);
writeFileSync(path.join(ROOT, 'schemas', 'payments-vectors.json'), `${text}\n`);
