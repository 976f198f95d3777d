/**
 * What a transfer costs to prove, exactly: the planner cuts 1,000 transfers between distinct accounts, and the
 * circuits' constraints are those of circuits/pins.json.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { sha256 } from '@noble/hashes/sha2.js';
import { CATALOGUE } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitName, CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import { RULES_CATALOGUE } from '../../../src/machine/circuit/rules-catalogue.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { planChunks } from '../../../src/machine/planner/plan.js';
import { accountEntry, accountValue } from '../../../src/rules/payments/account.js';
import { COLLECT_RECORD } from '../../../src/rules/payments/operation.js';
import { postRecords, replayPosted } from '../../../src/rules/payments/posted.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { RecordingView } from '../../../src/rules/common/view.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { CONTEXT } from './world.js';

const ACCOUNTS = 20_000;
const TRANSFERS = 1000;
const pins = JSON.parse(readFileSync(new URL('../../../circuits/pins.json', import.meta.url), 'utf8')) as Record<
  string,
  { readonly constraints: number }
>;
const accountAt = (i: number): bigint =>
  BigInt(
    `0x${Buffer.from(sha256(Buffer.from(`account ${i}`)))
      .toString('hex')
      .slice(0, 40)}`,
  );

let db: HashDb;
beforeAll(async () => {
  const scheme = poseidonScheme(2);
  db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  const value = accountValue({ keyHash: 1n, nonce: 0n, balance: 10n ** 18n });
  const accounts = [...Array.from({ length: ACCOUNTS }, (_, i) => accountAt(i)), CONTEXT.feeRecipient, 0n];
  await db.commit({
    ...(await loadEntries(
      scheme,
      accounts.map((address) => ({ ...accountEntry(address), value })),
    )),
    origin: 'load',
  });
});

const payment = (from: number, to: bigint, kind: 'transfer' | 'withdraw' = 'transfer'): PaymentRecord => ({
  kind,
  fee: 1n,
  account: accountAt(from),
  validUntil: FOREVER,
  amount: 1n,
  target: to,
});

/** The circuits of the storage proofs of these records, in order. */
async function storageOf(records: readonly PaymentRecord[], name: CircuitName): Promise<CircuitName[]> {
  const { root } = await db.current();
  const view = new RecordingView(new WorkingState(db, root));
  await replayPosted(view, postRecords(records), [], CONTEXT);
  const names = [name, 'deep'] as const;
  const sizes = names.map((each): CircuitSize => CATALOGUE[each]) as [CircuitSize, CircuitSize];
  const batch = { accesses: view.log, where: String };
  const chosen: CircuitName[] = [];
  for await (const { size } of planChunks({ reader: db, root, batch, sizes })) chosen.push(names[sizes.indexOf(size)]!);
  return chosen;
}

const distinct = [...Array.from({ length: TRANSFERS }, (_, i) => payment(2 * i, accountAt(2 * i + 1))), COLLECT_RECORD];

it('1,000 transfers between distinct accounts take 6 proofs of pay183, 3 of s22p: 18,801 constraints', async () => {
  const rules = Math.ceil(distinct.length / RULES_CATALOGUE.pay183.rows);
  const storage = await storageOf(distinct, 's22p');
  expect(rules).toBe(6);
  expect(storage).toEqual(['s22p', 's22p', 's22p']);
  const sum = rules * pins['pay183']!.constraints + storage.reduce((all, name) => all + pins[name]!.constraints, 0);
  expect(Math.round(sum / TRANSFERS)).toBe(18_801);
});
