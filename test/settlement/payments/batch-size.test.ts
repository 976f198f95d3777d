/** How much one batch of payments takes, so that one transaction can prove it. */
import { expect, it } from 'vitest';
import { accountEntry } from '../../../src/rules/payments/account.js';
import { recordsAtOnce, rowsThatFit } from '../../../src/settlement/payments/batch-size.js';
import type { PaymentsCircuits } from '../../../src/settlement/payments/circuits.js';
import { treeKeys } from '../../../src/state/batch/encoding.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import { emptyState } from '../world.js';

const circuits = (
  storage: PaymentsCircuits['storage'][0]['name'],
  rules: PaymentsCircuits['rules'][0]['name'],
): PaymentsCircuits => {
  const shown = { keyHash: '0x', developmentKeys: true } as const;
  return {
    storage: [
      { ...shown, name: storage },
      { ...shown, name: 'deep' },
    ],
    rules: [
      { ...shown, name: rules },
      { ...shown, name: 'pay3' },
    ],
  };
};

it('the large circuits take 1,000 payments at once, the small ones what 50 proofs hold', () => {
  expect(recordsAtOnce(circuits('s22p', 'pay183'))).toBe(1000);
  expect(recordsAtOnce(circuits('s20', 'pay45'))).toBe(1000);
  expect(recordsAtOnce(circuits('s16', 'pay3'))).toBe(83);
});

it('addresses ground to share a path make a batch end where their deep proofs would be too many', async () => {
  const db = await emptyState();
  // Of so many, some share 13 levels, 26 bits: a birthday, in place of grinding.
  const entries = Array.from({ length: 30_000 }, (_, i) => accountEntry(BigInt(i + 1)));
  const keys = await treeKeys(entries);
  const seen = new Map<bigint, number>();
  const pairs = keys.flatMap((key, i) => {
    const top = key & ((1n << 26n) - 1n);
    const before = seen.get(top);
    seen.set(top, i);
    return before === undefined ? [] : [[entries[before]!, entries[i]!] as const];
  });
  const [one, other] = pairs[0]!;
  const usual = accountEntry(77_777n);
  const rows = (...row: (typeof usual)[]) => Array.from({ length: 200 }, () => row).flat();
  expect(await rowsThatFit(db, rows(usual, usual, usual, usual))).toBe(200);
  expect(await rowsThatFit(db, rows(one, one, usual, usual))).toBe(200);
  expect(await rowsThatFit(db, rows(one, one, other, other))).toBe(25);
  // The one it shares the path with may be in the state before.
  const { root } = await db.current();
  await db.commit({ ...(await changeOf(db, root, [{ ...other, value: 1n }])), origin: 'chain' });
  expect(await rowsThatFit(db, rows(one, one, usual, usual))).toBe(50);
});
