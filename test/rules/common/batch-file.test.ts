import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  decodeInstructions,
  formatRulesBatch,
  parseRulesBatch,
  RulesBatchFileError,
} from '../../../src/rules/common/batch-file.js';
import type { RulesBatch } from '../../../src/rules/common/batch-file.js';
import { encodePayment, encodeRecord } from '../../../src/rules/payments/encoding.js';
import { COLLECT_RECORD, recordOfQueue } from '../../../src/rules/payments/operation.js';
import type { PaymentInstruction, SignedPayment } from '../../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import { signPayment } from '../../../src/rules/payments/wallet.js';
import { signingDomain } from '../../../src/rules/common/context.js';

const deployment = { chainId: 31_337n, contract: 0xc0ffeen, version: PAYMENTS.version };
const payment = { kind: 'transfer', from: 1n, to: 2n, amount: 3n, fee: 4n, validUntil: FOREVER } as const;
const signed: SignedPayment = signPayment(payment, 5n, signingDomain(deployment), new Uint8Array(32).fill(7));
const deposit = { kind: 'deposit', to: 1n, keyHash: 0n, amount: 9n } as const;
const INSTRUCTIONS: readonly PaymentInstruction[] = [
  deposit,
  signed,
  { kind: 'exit', account: 2n },
  { kind: 'collect' },
];
const BATCH: RulesBatch = {
  rules: 'payments',
  deployment,
  context: { batchNumber: 7n, timestamp: 1_800_000_000n, feeRecipient: 0xfeen },
  instructions: [
    encodeRecord(recordOfQueue(deposit, 0n)),
    encodePayment(signed),
    encodeRecord(recordOfQueue({ kind: 'exit', account: 2n }, 0n)),
    encodeRecord(COLLECT_RECORD),
  ],
};
const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/rules-batch.schema.json', import.meta.url), 'utf8')),
);

describe('a file of instructions', () => {
  it('read back is what was written, with a context or without, and follows the schema', () => {
    for (const batch of [BATCH, { ...BATCH, context: null }]) {
      const text = formatRulesBatch(batch);
      expect(parseRulesBatch(text)).toEqual(batch);
      expect(SCHEMA.safeParse(JSON.parse(text)).error?.issues).toBe(undefined);
    }
  });

  it('holds instructions of every kind', () => {
    expect(decodeInstructions(PAYMENTS, BATCH)).toEqual(INSTRUCTIONS);
  });

  const text = formatRulesBatch(BATCH);
  const hex = (i: number): string => `0x${Buffer.from(BATCH.instructions[i]!).toString('hex')}`;
  it.each<[string, string, RegExp]>([
    ['not JSON', '{', /line 1|JSON/],
    ['another format', text.replace('rules-batch', 'batch'), /^format: expected "rootshift-rules-batch"/],
    ['another version', text.replace('"version": 1,\n  "rules"', '"version": 2,\n  "rules"'), /^version: expected 1, /],
    ['no rules', text.replace('"payments"', '7'), /^rules: expected a name of rules, got 7/],
    ['a contract of 19 bytes', text.replace('0x00', '0x'), /^deployment\.contract: expected 20 bytes/],
    ['a field of another name', text.replace('"context"', '"when"'), /expected only the fields .*, got "when"/],
    [
      'a time that is no number',
      text.replace('"1800000000"', '"noon"'),
      /^context\.timestamp: expected a whole number/,
    ],
    [
      'no instructions',
      text.replace(/"instructions": \[[^\]]*\]/, '"instructions": []'),
      /^instructions: expected at least one instruction, got none/,
    ],
    ['an odd digit', text.replace(hex(1), '0x123'), /^instructions\[1\]: expected bytes of an instruction/],
    ['a text', text.replace(hex(1), 'pay Bob'), /^instructions\[1\]: expected bytes of an instruction/],
  ])('is refused with %s', (_, changed, says) => {
    expect(() => parseRulesBatch(changed)).toThrow(RulesBatchFileError);
    expect(() => parseRulesBatch(changed)).toThrow(says);
  });

  it.each<[string, Partial<RulesBatch>, RegExp]>([
    ['of other rules', { rules: 'names' }, /^rules: expected "payments", got "names"/],
    [
      'of another version',
      { deployment: { ...deployment, version: 2 } },
      /^deployment\.version: expected 1, .*, got 2/,
    ],
    [
      'with bytes of no instruction',
      { instructions: [BATCH.instructions[0]!, new Uint8Array(3)] },
      /^instructions\[1\]: expected a signed payment of 224 bytes, got 3/,
    ],
    [
      'with an unsigned transfer',
      { instructions: [BATCH.instructions[1]!.slice(0, 60)] },
      /^instructions\[0\]: expected a signed transfer/,
    ],
  ])('is not read by rules if it is %s', (_, changes, says) => {
    expect(() => decodeInstructions(PAYMENTS, { ...BATCH, ...changes })).toThrow(RulesBatchFileError);
    expect(() => decodeInstructions(PAYMENTS, { ...BATCH, ...changes })).toThrow(says);
  });
});
