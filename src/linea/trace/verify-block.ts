import { accountFromHex } from '../suite/account-bytes.js';
import { emptyTrie } from '../suite/empty.js';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '../suite/kind.js';
import type { Digest, Hex, Suite } from '../suite/suite.js';
import type { Trace } from './trace.js';
import { chain, TraceRefusedError, verifyEach } from './verify.js';
import type { Step } from './verify.js';

/** Where the account trie's traces are: all others name an account. */
export const ACCOUNTS: Hex = '0x';

/**
 * Result of the traces of one block.
 * @see {@link verifyBlock}
 */
export type BlockVerdict =
  | { readonly isAccepted: true; readonly oldRoot: Digest; readonly newRoot: Digest }
  | {
      readonly isAccepted: false;
      /** Of the trace in the block at which the first fault shows; null if it is in none of them. */
      readonly trace: number | null;
      readonly reason: string;
    };

/** A trace with what it does, its place in the block, and its key's hash. */
interface Checked {
  readonly trace: Trace;
  readonly step: Step;
  readonly index: number;
  readonly hKey: Digest;
}

/** An account trace with the storage traces that belong to it. */
interface Group {
  readonly account: Checked;
  readonly storage: readonly Checked[];
}

class Fault extends Error {
  constructor(
    readonly index: number | null,
    reason: string,
  ) {
    super(reason);
  }
}

function expect(holds: boolean, index: number, reason: string): void {
  if (!holds) throw new Fault(index, reason);
}

/**
 * Verifies the traces of one block: each by itself, all of one trie in a chain, and the order and the kinds of those of
 * each account. Storage traces have to lead from the storage root that the account had to the one that it gets; an
 * account trace without storage traces may not change the storage root.
 *
 * It does not tell whether all accesses of the block are there: a read can be left out without a trace.
 *
 * @param oldRoot the state root before the block
 *
 * @example
 * const verdict = await verifyBlock(MIMC_BLS12_377, stateRoot, lineaTraces);
 * if (!verdict.isAccepted) console.error(verdict.reason);
 */
export async function verifyBlock(suite: Suite, oldRoot: Digest, traces: readonly Trace[]): Promise<BlockVerdict> {
  try {
    return { isAccepted: true, oldRoot, newRoot: await check(suite, oldRoot, traces) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { isAccepted: false, trace: error.index, reason: error.message };
  }
}

async function check(suite: Suite, oldRoot: Digest, traces: readonly Trace[]): Promise<Digest> {
  if (traces.length === 0) return oldRoot;
  const checked = await checkEach(suite, traces);
  const segments = segmentsOf(checked);
  const owners = await suite.addresses(segments.map((segment) => BigInt(ownerOf(segment[0]!.trace))));
  const accounts: Checked[] = [];
  for (const [i, segment] of segments.entries()) {
    const { index } = segment[0]!;
    expect(i === 0 || owners[i - 1]! < owners[i]!, index, "the accounts' keys do not ascend");
    const groups = groupsOf(segment);
    checkShape(groups);
    for (const group of groups) await checkGroup(suite, group);
    accounts.push(...groups.map(({ account }) => account));
  }
  return checkAccounts(suite, oldRoot, accounts);
}

const ownerOf = ({ location, key }: Trace): Hex => (location === ACCOUNTS ? key : location);

async function checkEach(suite: Suite, traces: readonly Trace[]): Promise<Checked[]> {
  traces.forEach(({ location }, index) => {
    expect(location.length === 2 || location.length === 42, index, 'its location is neither 0x nor an address');
  });
  const found = new Map<Trace, Omit<Checked, 'index'>>();
  const faults: Fault[] = [];
  for (const kind of [ACCOUNT_TRIE, STORAGE_TRIE]) {
    const mine = traces.filter(({ location }) => (location === ACCOUNTS) === (kind === ACCOUNT_TRIE));
    const steps = await verifyEach(suite, kind, mine);
    const good = mine.flatMap((trace, i) => {
      const step = steps[i]!;
      if (!(step instanceof TraceRefusedError)) return [{ trace, step }];
      faults.push(new Fault(traces.indexOf(trace), step.message));
      return [];
    });
    const hKeys = await kind.hashKeys(
      suite,
      good.map(({ trace }) => trace.key),
    );
    good.forEach(({ trace, step }, i) => found.set(trace, { trace, step, hKey: hKeys[i]! }));
  }
  const [first] = faults.sort((a, b) => a.index! - b.index!);
  if (first !== undefined) throw first;
  return traces.map((trace, index) => ({ ...found.get(trace)!, index }));
}

/** Runs of traces of one account. */
function segmentsOf(checked: readonly Checked[]): Checked[][] {
  const segments: Checked[][] = [];
  for (const one of checked) {
    const last = segments.at(-1);
    if (last !== undefined && ownerOf(last[0]!.trace) === ownerOf(one.trace)) last.push(one);
    else segments.push([one]);
  }
  return segments;
}

/** Each account trace with the storage traces before it; a read of an account may stand before them. */
function groupsOf(segment: readonly Checked[]): Group[] {
  const [first, ...rest] = segment as readonly [Checked, ...Checked[]];
  const isReadFirst = first.trace.location === ACCOUNTS && first.trace.kind === 'read';
  const ordered = isReadFirst ? [...rest, first] : segment;
  const groups: Group[] = [];
  let storage: Checked[] = [];
  for (const one of ordered) {
    if (one.trace.location !== ACCOUNTS) {
      storage.push(one);
      continue;
    }
    groups.push({ account: one, storage });
    storage = [];
  }
  const [left] = storage;
  if (left !== undefined) throw new Fault(left.index, 'no trace of the account follows this trace of its storage');
  return groups;
}

/** One trace of an account; two if it is destroyed and created again. */
function checkShape(groups: readonly Group[]): void {
  const [first, second, third] = groups;
  if (second === undefined) return;
  const isRecreated = first!.account.trace.kind === 'delete' && second.account.trace.kind === 'insert';
  expect(isRecreated, second.account.index, 'the account has a second trace, but is not destroyed and created again');
  if (third !== undefined) throw new Fault(third.account.index, 'the account has a third trace');
}

const STORAGE_KINDS: Readonly<Record<Trace['kind'], readonly Trace['kind'][]>> = {
  'read-zero': [],
  read: ['read', 'read-zero'],
  update: ['read', 'read-zero', 'insert', 'update', 'delete'],
  insert: ['insert', 'read-zero'],
  delete: ['read', 'read-zero'],
};

const isRead = ({ trace }: Checked): boolean => trace.kind === 'read' || trace.kind === 'read-zero';

async function checkGroup(suite: Suite, { account, storage }: Group): Promise<void> {
  const allowed = STORAGE_KINDS[account.trace.kind];
  for (const [i, one] of storage.entries()) {
    const { index, trace } = one;
    expect(
      allowed.includes(trace.kind),
      index,
      `storage has a trace of kind ${trace.kind} before the account's of kind ${account.trace.kind}`,
    );
    const last = storage[i - 1];
    if (last === undefined) continue;
    expect(isRead(last) || !isRead(one), index, 'storage is read after it is written');
    const isAscending = isRead(last) !== isRead(one) || last.hKey < one.hKey;
    expect(isAscending, index, "the slots' keys do not ascend");
  }
  for (const { index, trace } of storage) {
    const value = trace.kind === 'insert' ? trace.value : trace.kind === 'update' ? trace.newValue : null;
    expect(value === null || BigInt(value) !== 0n, index, 'a slot is set to 0, which is never stored');
  }
  await checkStorageRoot(suite, account, storage);
}

/** Storage leads from the root that the account had to the one that it gets. */
async function checkStorageRoot(suite: Suite, account: Checked, storage: readonly Checked[]): Promise<void> {
  const { before, after } = await storageRoots(suite, account.trace);
  const [first] = storage;
  if (first === undefined) {
    expect(before === after, account.index, "the account's storage root changes, but there is no trace of its storage");
    return;
  }
  follow(storage);
  const states = [first.step.before, storage.at(-1)!.step.after];
  const [oldTop, newTop] = await suite.tops(states);
  expect(oldTop === before, first.index, 'storage does not begin at the storage root of the account');
  expect(newTop === after, account.index, "the account's storage root is not the one that its storage leads to");
}

/** The storage root before and after an account's trace. */
async function storageRoots(
  suite: Suite,
  trace: Trace,
): Promise<{ readonly before: Digest | undefined; readonly after: Digest | undefined }> {
  const rootOf = (value: Hex): Digest => accountFromHex(suite, value).storageRoot;
  switch (trace.kind) {
    case 'read':
      return { before: rootOf(trace.value), after: rootOf(trace.value) };
    case 'read-zero':
      return { before: undefined, after: undefined };
    case 'insert':
      return { before: (await emptyTrie(suite)).topRoot, after: rootOf(trace.value) };
    case 'update':
      return { before: rootOf(trace.oldValue), after: rootOf(trace.newValue) };
    case 'delete':
      return { before: rootOf(trace.deletedValue), after: rootOf(trace.deletedValue) };
  }
}

/** Each trace begins where the one before it led. */
function follow(checked: readonly Checked[]): void {
  for (let i = 1; i < checked.length; i++) {
    try {
      chain([checked[i]!.step], checked[i - 1]!.step.after);
    } catch (error) {
      if (error instanceof TraceRefusedError) throw new Fault(checked[i]!.index, error.message);
      throw error;
    }
  }
}

async function checkAccounts(suite: Suite, oldRoot: Digest, accounts: readonly Checked[]): Promise<Digest> {
  follow(accounts);
  const [oldTop, newTop] = await suite.tops([accounts[0]!.step.before, accounts.at(-1)!.step.after]);
  expect(oldTop === oldRoot, accounts[0]!.index, 'the first trace of an account does not begin at the state root');
  return newTop!;
}
