/** Payments signed and looked at where there is no endpoint: nothing is asked of any chain. */
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePayment, deriveKey, keyHashOf, publicKeyOf, signingDomain, verifySignature } from 'rootshift/rules';
import { privateKeyToAccount } from 'viem/accounts';
import { paymentMessage } from '../../src/rules/payments/execute.js';
import { expectRefusal, freshFolder, rootshift } from './cli.js';
import type { Run } from './cli.js';

const KEY = `0x${'5'.repeat(64)}` as const;
const BOB = `0x${'b0'.repeat(20)}`;
const CONTRACT = `0x${'c0'.repeat(20)}` as const;
const account = privateKeyToAccount(KEY);
const AT = ['--contract', CONTRACT, '--chain-id', '31337'];

let folder: string;
const pay = (...args: string[]): Promise<Run> => rootshift(folder, ['pay', ...args], { ROOTSHIFT_PRIVATE_KEY: KEY });
const secretOf = () => {
  const purpose = {
    origin: 'http://localhost',
    chainId: 31_337n,
    contract: BigInt(CONTRACT),
    address: BigInt(account.address),
  };
  return deriveKey(purpose, (text) => account.signMessage({ message: text }));
};

beforeAll(async () => {
  folder = await freshFolder();
});

describe('without an endpoint', () => {
  it('the key of an account is the one that a wallet derives', async () => {
    const { code, stdout, stderr } = await pay('key', ...AT, '--json');
    expect(code, stderr).toBe(0);
    const hash = keyHashOf(publicKeyOf(await secretOf()));
    expect(JSON.parse(stdout)).toMatchObject({
      account: account.address,
      keyHash: `0x${hash.toString(16).padStart(32, '0')}`,
    });
  });

  it('a transfer is signed for the chain, contract and version that are named', async () => {
    const { code, stderr } = await pay('transfer', BOB, '0.25', '--nonce', '7', '--rules-version', '2', ...AT);
    expect(code, stderr).toBe(0);
    const [line] = (await readFile(path.join(folder, 'payments.txt'), 'utf8')).split('\n');
    const { payment, nonce, authorization } = decodePayment(Buffer.from(line!.slice(2), 'hex'));
    expect([payment.kind, payment.from, nonce]).toEqual(['transfer', BigInt(account.address), 7n]);
    const messageOf = (version: number): bigint =>
      paymentMessage(signingDomain({ chainId: 31_337n, contract: BigInt(CONTRACT), version }), payment, nonce);
    const holds = (version: number): boolean =>
      verifySignature(messageOf(version) as never, authorization.signature, authorization.publicKey);
    expect([holds(1), holds(2)]).toEqual([false, true]);
  });

  it('a file shows what it pays, and whether each signature holds', async () => {
    const { code, stdout } = await pay('inspect', 'payments.txt', '--rules-version', '2', ...AT);
    expect(stdout).toMatch(/^1 signed payment in payments\.txt, for 0x(?:c0){20}: all signatures hold\.$/m);
    expect(stdout).toMatch(
      new RegExp(`^transfer +${account.address.toLowerCase()} +${BOB} +0\\.25 +0 +7 +for ever +holds$`, 'm'),
    );
    expect(code).toBe(0);
    const other = await pay('inspect', 'payments.txt', ...AT, '--json');
    expect(JSON.parse(other.stdout)).toMatchObject({
      payments: [
        {
          kind: 'transfer',
          amount: '250000000000000000',
          nonce: 7,
          valid: false,
          fault: expect.stringContaining('signature'),
        },
      ],
    });
    expect(other.code).toBe(1);
    await appendFile(path.join(folder, 'payments.txt'), '0x1234\n');
    expectRefusal(
      await pay('inspect', 'payments.txt', ...AT),
      /payments\.txt:2: expected a signed payment of 224 bytes, got 2/,
    );
  });

  it.each<[string, string[], RegExp]>([
    ['without a nonce', ['transfer', BOB, '1', ...AT], /--nonce: expected it with --chain-id/],
    [
      'with neither chain nor endpoint',
      ['key', '--contract', CONTRACT],
      /expected --rpc URL, or --chain-id ID to ask no chain, got neither/,
    ],
  ])('nothing is signed %s', async (_, args, says) => {
    expectRefusal(await pay(...args), says);
  });
});
