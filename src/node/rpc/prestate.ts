import type { CodeSource } from '../../rules/evm/codes.js';
import type { StateSource } from '../../rules/common/view.js';
import type { Kind } from '../../state/batch/access.js';
import { entryId } from '../../state/batch/encoding.js';
import type { AccessLog } from '../store/state-db.js';
import { address, data, quantity, word } from './hex.js';

interface Account {
  balance: bigint;
  nonce: bigint;
  code: bigint;
  readonly slots: Map<bigint, bigint>;
}

type Accounts = ReadonlyMap<bigint, Account>;

const FIELDS = ['balance', 'nonce', 'code'] as const;

/**
 * The accounts that a transaction touched, as they were before it: what geth's prestateTracer gives. Those that were
 * empty are left out. As a difference, only what the transaction changed, as it was before and as it is after.
 */
export async function prestateOf(
  { reads, writes }: AccessLog,
  before: StateSource,
  codes: CodeSource,
  isDiff: boolean,
): Promise<object> {
  const touched = [...reads, ...writes];
  const addresses = [...new Set(touched.map((access) => access.address))];
  const fields = addresses.flatMap((at) => FIELDS.map((kind) => ({ address: at, kind: kind as Kind, slot: 0n })));
  const slots = touched
    .filter(({ kind }) => kind === 'storage')
    .map(({ address: at, kind, slot }) => ({ address: at, kind, slot }));
  const values = await before.getMany([...fields, ...slots]);
  const pre = new Map(
    addresses.map((at): [bigint, Account] => [at, { balance: 0n, nonce: 0n, code: 0n, slots: new Map() }]),
  );
  [...fields, ...slots].forEach(({ address: at, kind, slot }, i) => {
    const account = pre.get(at)!;
    if (kind === 'storage') account.slots.set(slot, values[i]!);
    else if (kind !== 'length') account[kind] = values[i]!;
  });
  if (!isDiff) return showAll(pre, codes);
  const post = new Map([...pre].map(([at, account]) => [at, { ...account, slots: new Map(account.slots) }]));
  for (const { address: at, kind, slot, value } of writes) {
    const account = post.get(at)!;
    if (kind === 'storage') account.slots.set(slot, value);
    else if (kind !== 'length') account[kind] = value;
  }
  return showDifference(pre, post, new Set(writes.map(entryId)), codes);
}

const isThere = ({ balance, nonce, code }: Account): boolean => balance !== 0n || nonce !== 0n || code !== 0n;

async function showAll(accounts: Accounts, codes: CodeSource): Promise<object> {
  const shown: Record<string, object> = {};
  for (const [at, account] of accounts) {
    if (isThere(account)) shown[address(at)] = await show(account, codes);
  }
  return shown;
}

async function show({ balance, nonce, code, slots }: Account, codes: CodeSource): Promise<object> {
  return {
    balance: quantity(balance),
    ...(nonce === 0n ? {} : { nonce: Number(nonce) }),
    ...(code === 0n ? {} : { code: await codeOf(code, codes) }),
    ...(slots.size === 0 ? {} : { storage: showSlots(slots) }),
  };
}

async function codeOf(hash: bigint, codes: CodeSource): Promise<string> {
  const code = await codes.get(hash);
  if (code === undefined) throw new Error(`the code with hash ${word(hash)} is not stored`);
  return data(code);
}

const showSlots = (slots: ReadonlyMap<bigint, bigint>): object =>
  Object.fromEntries([...slots].map(([slot, value]) => [word(slot), word(value)]));

async function showDifference(
  pre: Accounts,
  post: Accounts,
  changed: ReadonlySet<string>,
  codes: CodeSource,
): Promise<object> {
  const shown = { pre: {} as Record<string, object>, post: {} as Record<string, object> };
  for (const [at, before] of pre) {
    const after = post.get(at)!;
    const slots = [...after.slots.keys()].filter((slot) =>
      changed.has(entryId({ address: at, kind: 'storage', slot })),
    );
    const fields = FIELDS.filter((field) => before[field] !== after[field]);
    if (slots.length === 0 && fields.length === 0) continue;
    const old = new Map(
      slots.map((slot) => [slot, before.slots.get(slot)!] as const).filter(([, value]) => value !== 0n),
    );
    if (isThere(before)) shown.pre[address(at)] = await show({ ...before, slots: old }, codes);
    if (!isThere(after)) continue;
    const now = new Map(
      slots.map((slot) => [slot, after.slots.get(slot)!] as const).filter(([, value]) => value !== 0n),
    );
    shown.post[address(at)] = {
      ...(fields.includes('balance') ? { balance: quantity(after.balance) } : {}),
      ...(fields.includes('nonce') ? { nonce: Number(after.nonce) } : {}),
      ...(fields.includes('code') ? { code: after.code === 0n ? '0x' : await codeOf(after.code, codes) } : {}),
      ...(now.size === 0 ? {} : { storage: showSlots(now) }),
    };
  }
  return shown;
}
