import { entryId } from '../../state/batch/encoding.js';
import { changeOrder } from '../executor/order.js';
import type { Change, UpdateRows } from '../executor/order.js';
import type { Effect, KeyRow, ReadRow, Siblings, Trace, WriteRow } from '../trace/trace.js';

/**
 * What the trace of a batch's first `count` accesses will take, told from the trace of more of them. Which
 * keys change, and how, is exact; how deep their rows go is what it is in the longer trace, and siblings
 * are left out. So it tells whether a circuit will have room, not what to prove.
 * @param updateRows see `execute`
 */
export function prefixShape(trace: Trace, count: number, updateRows?: readonly UpdateRows[]): Trace {
  const depths = depthsOf(trace);
  const keys = prefixKeys(trace, count);
  const indices = [...keys.keys()];
  const row = (key: number) => ({ key, siblings: siblings(depths[key]!), otherLeaf: null });
  const reads: ReadRow[] = indices.filter((key) => effectOf(keys[key]!) === null).map(row);
  const writes = indices.flatMap((key): WriteRow[] => {
    const effect = effectOf(keys[key]!);
    return effect === null ? [] : [{ ...row(key), effect, extension: 0, siblingChildren: null }];
  });
  const order = changeOrder(
    writes.map(({ key, effect }) => ({ depth: depths[key]!, effect: KIND[effect], treeKey: keys[key]!.treeKey })),
    updateRows,
  );
  return { ...trace, log: trace.log.slice(0, count), keys, reads, writes: order.map((index) => writes[index]!) };
}

/** Levels of each key's row, by its index in the key table. */
function depthsOf({ reads, writes }: Trace): number[] {
  const depths: number[] = [];
  for (const {
    key,
    siblings: { length },
  } of reads)
    depths[key] = length;
  for (const {
    key,
    siblings: { length },
    extension,
  } of writes)
    depths[key] = length + extension;
  return depths;
}

/** The key table is in the order of first accesses: a prefix's is the beginning of the whole batch's. */
function prefixKeys({ keys, log }: Trace, count: number): KeyRow[] {
  const last = new Map(log.slice(0, count).map((row, index) => [entryId(row), { value: row.value, time: index + 1 }]));
  return keys.slice(0, last.size).map((key) => {
    const { value, time } = last.get(entryId(key))!;
    return { ...key, newValue: value, lastTime: time };
  });
}

/** Null for a key that is only read. */
function effectOf({ oldValue, newValue }: KeyRow): Effect | null {
  if (oldValue === newValue) return null;
  if (newValue === 0n) return 'delete';
  return oldValue === 0n ? 'createAtEmpty' : 'update';
}

/** What an effect is called where changes are put in order. A prefix has no `nothing`. */
const KIND: Readonly<Record<Effect, Change['effect']>> = {
  update: 'update',
  nothing: 'update',
  delete: 'delete',
  deleteAndLift: 'delete',
  createAtEmpty: 'create',
  createBesideLeaf: 'create',
};

const siblings = (levels: number): Siblings => Array.from({ length: levels }, () => []);
