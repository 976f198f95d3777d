// Prints what chunks of real and synthetic batches need of a circuit, so that the sizes of the catalogue can
// follow it: for windows of N accesses, the rows for keys that are only read, created or deleted, and updated,
// all net over the window, as a mean and as what nine windows of ten do with; and how often paths are deeper than
// a circuit's levels in a state of a million entries. With --json, as JSON.
import { readFileSync } from 'node:fs';
import { ensureBuilt, ensureInstalled } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const { CATALOGUE, rowsIn } = await import('../dist/machine/circuit/catalogue.js');

const WINDOWS = [30, 60, 120, 240, 480, 960, 1920];
const SYNTHETIC_ACCESSES = 200_000;
const KEYS = 1_000_000;

/** Makes access(key, value | undefined to read) calls; value 0 is absence. */
const WORKLOADS = {
  'mainnet block': mainnet,
  'YCSB A (50% updates)': () => zipfian({ update: 0.5, insert: 0 }),
  'YCSB B (5% updates)': () => zipfian({ update: 0.05, insert: 0 }),
  'YCSB A, a tenth of writes creates or deletes': () => zipfian({ update: 0.45, insert: 0.05 }),
};

function mainnet() {
  const block = JSON.parse(readFileSync(new URL('../examples/mainnet-block-20472570.json', import.meta.url), 'utf8'));
  const keyOf = ({ address, kind, slot }) => `${address}:${kind}:${slot ?? ''}`;
  const state = new Map(block.prestate.map((entry) => [keyOf(entry), BigInt(entry.value)]));
  const accesses = block.transactions
    .flat()
    .map((access) => ({ key: keyOf(access), write: access.op === 'write' ? BigInt(access.value) : undefined }));
  return { state, accesses };
}

/**
 * `KEYS` entries, of which the i-th is met with a probability that falls as 1 / i^0.99 (Gray et al.,
 * "Quickly generating billion-record synthetic databases", 1994; YCSB's constant). An insert writes a new key,
 * or deletes one that an earlier insert made.
 */
function zipfian({ update, insert }) {
  const random = generator(20472570);
  const cumulative = new Float64Array(KEYS);
  let sum = 0;
  for (let i = 0; i < KEYS; i++) cumulative[i] = sum += (i + 1) ** -0.99;
  const draw = () => {
    const target = random() * sum;
    let low = 0;
    let high = KEYS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const inserted = [];
  let fresh = KEYS;
  const accesses = Array.from({ length: SYNTHETIC_ACCESSES }, (_, time) => {
    const choice = random();
    const value = BigInt(time + 2);
    if (choice < update) return { key: draw(), write: value };
    if (choice >= update + insert) return { key: draw(), write: undefined };
    if (inserted.length > 0 && random() < 0.5) {
      return { key: inserted.splice(Math.floor(random() * inserted.length), 1)[0], write: 0n };
    }
    inserted.push(fresh);
    return { key: fresh++, write: value };
  });
  return { state: new Map(Array.from({ length: KEYS }, (_, key) => [key, 1n])), accesses };
}

/** Uniform in [0, 1), the same on every run: a linear congruential generator modulo 2^48 (drand48's constants). */
function generator(seed) {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(48, state * 0x5deece66dn + 0xbn);
    return Number(state >> 16n) / 2 ** 32;
  };
}

/** Rows of every window of `length` accesses, one after another over one state; a last one that is cut short is left out. */
function windows({ state, accesses }, length) {
  const values = new Map(state);
  const rows = [];
  for (let first = 0; first + length <= accesses.length; first += length) {
    const before = new Map();
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

function summary(rows, length) {
  const column = (name) => rows.map((row) => row[name]).sort((a, b) => a - b);
  const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const cells = Object.keys(rows[0]).map((name) => {
    const sorted = column(name);
    const ninth = sorted[Math.ceil(0.9 * sorted.length) - 1];
    return [name, `${mean(sorted).toFixed(1)} | ${ninth} (${(ninth / length).toFixed(3)})`];
  });
  return { accesses: length, windows: rows.length, ...Object.fromEntries(cells) };
}

/** How probable it is that the path of a random key among `KEYS` others is deeper than so many bits: another shares them all. */
const deeperThan = (bits) => -Math.expm1(-KEYS * 2 ** -bits);

/** How probable it is that more than `room` of `rows` paths are deep, each with `probability`. */
function moreThan(room, rows, probability) {
  if (rows <= room) return 0;
  let fewer = 0;
  let term = (1 - probability) ** rows;
  for (let count = 0; count <= room; count++) {
    fewer += term;
    term *= ((rows - count) / (count + 1)) * (probability / (1 - probability));
  }
  return Math.max(0, 1 - fewer);
}

/** For each circuit but deep ones: of chunks that use all its rows, how many are cut short for want of long ones of a kind, or have a path too deep for any. */
function depths() {
  const percent = (probability) => `${(100 * probability).toFixed(1)} %`;
  return Object.entries(CATALOGUE)
    .filter(([circuit]) => !circuit.startsWith('deep'))
    .map(([circuit, size]) => {
      const { bitsPerLevel } = size;
      // That some length runs out is no more probable than the sum over lengths.
      const short = (groups) =>
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

const tables = {};
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
  console.table(Object.fromEntries(depths().map(({ circuit, ...rest }) => [circuit, rest])));
}
