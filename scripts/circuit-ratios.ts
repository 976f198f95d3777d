// Prints what chunks of real and synthetic batches need of a circuit, so that the sizes of the catalogue can
// follow it: for windows of N accesses, the rows for keys that are only read, created or deleted, and updated,
// all net over the window, as a mean and as what nine windows of ten do with; and how often paths are deeper than
// a circuit's levels in a state of a million entries. With --json, as JSON.
import { CATALOGUE } from 'rootshift';
import type { EntryKey, RowGroup } from 'rootshift';
import { rowsIn } from '#dist/machine/circuit/catalogue.js';
import { readBlock } from '../bench/harness/block.js';
import { ranks } from '../bench/harness/draw.js';
import { ROOT } from './ready.mjs';

const WINDOWS = [30, 60, 120, 240, 480, 960, 1920];
const SYNTHETIC_ACCESSES = 200_000;
const KEYS = 1_000_000;

type Key = string | number;

interface Workload {
  /** Value 0 is absence. */
  readonly state: ReadonlyMap<Key, bigint>;
  /** `write` is undefined for a read. */
  readonly accesses: readonly { readonly key: Key; readonly write: bigint | undefined }[];
}

const WORKLOADS: Readonly<Record<string, () => Workload>> = {
  'mainnet block': mainnet,
  'YCSB A (50% updates)': () => zipfian({ update: 0.5, insert: 0 }),
  'YCSB B (5% updates)': () => zipfian({ update: 0.05, insert: 0 }),
  'YCSB A, a tenth of writes creates or deletes': () => zipfian({ update: 0.45, insert: 0.05 }),
};

function mainnet(): Workload {
  const block = readBlock(ROOT);
  const keyOf = ({ address, kind, slot }: EntryKey): string => `${address}:${kind}:${slot}`;
  const state = new Map(block.prestate.map((entry) => [keyOf(entry), entry.value]));
  const accesses = block.accesses.map((access) => ({
    key: keyOf(access),
    write: access.op === 'write' ? access.value : undefined,
  }));
  return { state, accesses };
}

/**
 * `KEYS` entries, of which the i-th is met with a probability that falls as 1 / i^0.99 (Gray et al.,
 * "Quickly generating billion-record synthetic databases", 1994; YCSB's constant). An insert writes a new key,
 * or deletes one that an earlier insert made.
 * @param shares of all accesses; the others read
 */
function zipfian({ update, insert }: { readonly update: number; readonly insert: number }): Workload {
  const random = generator(20472570);
  const draw = ranks(KEYS, random);
  const inserted: number[] = [];
  let fresh = KEYS;
  const accesses = Array.from({ length: SYNTHETIC_ACCESSES }, (_, time) => {
    const choice = random();
    const value = BigInt(time + 2);
    if (choice < update) return { key: draw(), write: value };
    if (choice >= update + insert) return { key: draw(), write: undefined };
    if (inserted.length > 0 && random() < 0.5) {
      return { key: inserted.splice(Math.floor(random() * inserted.length), 1)[0]!, write: 0n };
    }
    inserted.push(fresh);
    return { key: fresh++, write: value };
  });
  return { state: new Map(Array.from({ length: KEYS }, (_, key) => [key, 1n])), accesses };
}

/** Uniform in [0, 1), the same on every run: a linear congruential generator modulo 2^48 (drand48's constants). */
function generator(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(48, state * 0x5deece66dn + 0xbn);
    return Number(state >> 16n) / 2 ** 32;
  };
}

/** What a window of accesses needs, by kind. */
interface Rows {
  readonly distinct: number;
  readonly read: number;
  readonly 'create/delete': number;
  readonly update: number;
}

/**
 * Rows of every window of `length` accesses, one after another over one state; a last one that is cut short is left
 * out.
 */
function windows({ state, accesses }: Workload, length: number): Rows[] {
  const values = new Map(state);
  const rows: Rows[] = [];
  for (let first = 0; first + length <= accesses.length; first += length) {
    const before = new Map<Key, bigint>();
    for (const { key, write } of accesses.slice(first, first + length)) {
      if (!before.has(key)) before.set(key, values.get(key) ?? 0n);
      if (write !== undefined) values.set(key, write);
    }
    const counted = { read: 0, create: 0, delete: 0, update: 0 };
    for (const [key, old] of before) {
      const value = values.get(key) ?? 0n;
      if (value === old) counted.read++;
      else if (old === 0n) counted.create++;
      else if (value === 0n) counted.delete++;
      else counted.update++;
    }
    rows.push({
      distinct: before.size,
      read: counted.read,
      'create/delete': counted.create + counted.delete,
      update: counted.update,
    });
  }
  return rows;
}

interface Summary {
  readonly accesses: number;
  readonly windows: number;
  readonly [kind: string]: string | number;
}

function summary(rows: readonly Rows[], length: number): Summary {
  const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const cell = (kind: keyof Rows): string => {
    const sorted = rows.map((row) => row[kind]).sort((a, b) => a - b);
    const ninth = sorted[Math.ceil(0.9 * sorted.length) - 1] ?? NaN;
    return `${mean(sorted).toFixed(1)} | ${ninth} (${(ninth / length).toFixed(3)})`;
  };
  return {
    accesses: length,
    windows: rows.length,
    distinct: cell('distinct'),
    read: cell('read'),
    'create/delete': cell('create/delete'),
    update: cell('update'),
  };
}

/**
 * How probable it is that the path of a random key among `KEYS` others is deeper than so many bits: another shares them
 * all.
 */
const deeperThan = (bits: number): number => -Math.expm1(-KEYS * 2 ** -bits);

/** How probable it is that more than `room` of `rows` paths are deep, each with `probability`. */
function moreThan(room: number, rows: number, probability: number): number {
  if (rows <= room) return 0;
  let fewer = 0;
  let term = (1 - probability) ** rows;
  for (let count = 0; count <= room; count++) {
    fewer += term;
    term *= ((rows - count) / (count + 1)) * (probability / (1 - probability));
  }
  return Math.max(0, 1 - fewer);
}

/**
 * For each circuit but deep ones: of chunks that use all its rows, how many are cut short for want of long ones of a
 * kind, or have a path too deep for any.
 */
function depths(): Record<string, string>[] {
  const percent = (probability: number): string => `${(100 * probability).toFixed(1)} %`;
  return Object.entries(CATALOGUE)
    .filter(([circuit]) => !circuit.startsWith('deep'))
    .map(([circuit, size]) => {
      const { bitsPerLevel } = size;
      // That some length runs out is no more probable than the sum over lengths.
      const short = (groups: readonly RowGroup[]): number =>
        groups.reduce(
          (sum, { levels }, i) =>
            sum + moreThan(rowsIn(groups.slice(i + 1)), rowsIn(groups), deeperThan(levels * bitsPerLevel)),
          0,
        );
      return {
        circuit,
        'reads deeper than rows for them': percent(Math.min(1, short(size.readRows))),
        'updates deeper than rows for them': percent(Math.min(1, short(size.updateRows))),
        'other changes deeper than rows for them': percent(Math.min(1, short(size.writeRows))),
      };
    });
}

const tables: Record<string, Summary[]> = {};
for (const [name, make] of Object.entries(WORKLOADS)) {
  const workload = make();
  tables[name] = [...WINDOWS, workload.accesses.length]
    .filter((length, i, all) => length <= workload.accesses.length && all.indexOf(length) === i && length <= 2000)
    .map((length) => summary(windows(workload, length), length));
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ windows: tables, depths: depths() }, null, 1));
else {
  console.log('each cell: mean of the windows | enough for nine of ten windows (as a fraction of the accesses)');
  for (const [name, rows] of Object.entries(tables)) {
    console.log(`\n${name}`);
    console.table(Object.fromEntries(rows.map(({ accesses, ...rest }) => [accesses, rest])));
  }
  console.log(`\nIn a state of ${KEYS.toLocaleString('en')} random entries, all of a circuit's rows used:`);
  console.table(Object.fromEntries(depths().map(({ circuit = '', ...rest }) => [circuit, rest])));
}
