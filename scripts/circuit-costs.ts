// Prints what one more access or row costs in constraints, beside circomlib's circuits for one operation at the
// same number of bits. Costs are differences: a circuit is compiled with a few more of the thing. What the largest
// circuit has beyond them is divided over its rows. --json prints an object.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import {
  CATALOGUE,
  circuitPins,
  execute,
  HashDb,
  loadEntries,
  MemoryDriver,
  planChunks,
  poseidonScheme,
} from 'rootshift';
import type { CircuitName, CircuitSize, RowGroup } from 'rootshift';
import { circuitSources, compileSources } from '#dist/machine/circuit/compile.js';
import { mainSource, rowsIn, slotsOf } from '#dist/machine/circuit/catalogue.js';
import { layOut } from '#dist/machine/witness/layout.js';
import { readBlock } from '../bench/harness/block.js';
import { countsOf } from '../bench/harness/circom-output.js';
import { ROOT } from './ready.mjs';

const ROW_KINDS = ['readRows', 'updateRows', 'writeRows'] as const;
type RowKind = (typeof ROW_KINDS)[number];
type Kind = 'accesses' | RowKind;
/** A number for accesses, and for each kind of rows. */
type Counts = Readonly<Record<Kind, number>>;
const KINDS: readonly Kind[] = ['accesses', ...ROW_KINDS];

/** Accesses, and of each kind of rows the levels of each row. */
interface Use {
  readonly accesses: number;
  readonly rows: Readonly<Record<RowKind, readonly number[]>>;
}

/** Constraints of one more of each kind, in one variant. */
interface Costs {
  readonly variant: Variant;
  readonly oneMore: Counts;
}

/** A quad tree, as the largest circuit of the catalogue has it, with and without a shared top. */
interface Variant {
  readonly keyBits: number;
  readonly topLevels: number;
}

/** Enough of each that steps of 16 inputs, 3 accesses or a power of two even out. */
const MORE: Counts = { accesses: 48, readRows: 4, updateRows: 4, writeRows: 4 };
/** With more of any one thing, such a circuit needs no wider times. */
const BASE: Counts = { accesses: 66, readRows: 3, updateRows: 3, writeRows: 3 };
const LARGEST = 's22';
const { topLevels: TOP, bitsPerLevel: BITS_PER_LEVEL } = CATALOGUE[LARGEST];
const VARIANTS = [24, 32].flatMap((keyBits) => [TOP, 0].map((topLevels): Variant => ({ keyBits, topLevels })));

function sizeOf({ keyBits, topLevels }: Variant, counts: Counts): CircuitSize {
  const group = (kind: RowKind): RowGroup[] => [{ rows: counts[kind], levels: keyBits / BITS_PER_LEVEL }];
  return {
    accesses: counts.accesses,
    readRows: group('readRows'),
    updateRows: group('updateRows'),
    writeRows: group('writeRows'),
    bitsPerLevel: BITS_PER_LEVEL,
    topLevels,
  };
}

mkdirSync(path.join(ROOT, '.rootshift'), { recursive: true });
const folder = mkdtempSync(path.join(ROOT, '.rootshift', 'costs-'));
const sources = await circuitSources();
let compiled = 0;
const constraintsOf = async (size: CircuitSize): Promise<number> =>
  (await compileSources(path.join(folder, String(compiled++)), mainSource(size), sources)).constraints;

/** Constraints of one of circomlib's circuits. */
function peer(template: string, keyBits: number): number {
  const file = path.join(folder, `${template}${keyBits}.circom`);
  const include = `include "circomlib/circuits/smt/${template.toLowerCase()}.circom";`;
  writeFileSync(file, `pragma circom 2.0.0;\n${include}\ncomponent main = ${template}(${keyBits});\n`);
  const args = [path.relative(ROOT, file), '--r1cs', '--O2', '-l', 'node_modules', '-o', path.relative(ROOT, folder)];
  const circom = createRequire(import.meta.url).resolve('circom2/cli.js');
  return countsOf(execFileSync(process.execPath, [circom, ...args], { cwd: ROOT, encoding: 'utf8' })).constraints;
}

const pins = await circuitPins();
function pinned(name: CircuitName): number {
  const pin = pins[name];
  if (pin === undefined) throw new Error(`expected circuit ${name} in circuits/pins.json`);
  return pin.constraints;
}

/** What one more of a kind costs with paths of so many levels, the top shared; by default 24 bits. */
function costAt(costs: readonly Costs[], kind: Kind, levels = 12): number {
  const at = (bits: number): number => {
    const found = costs.find(({ variant }) => variant.keyBits === bits && variant.topLevels === TOP);
    if (found === undefined) throw new Error(`expected costs of ${bits} bits`);
    return found.oneMore[kind];
  };
  return kind === 'accesses' ? at(24) : at(24) + (levels - 12) * ((at(32) - at(24)) / 4);
}

/** What accesses and rows cost, told for each row by its levels. */
const costOf = (costs: readonly Costs[], { accesses, rows }: Use): number =>
  accesses * costAt(costs, 'accesses') +
  ROW_KINDS.flatMap((kind) => rows[kind].map((levels) => costAt(costs, kind, levels))).reduce((a, b) => a + b, 0);

/** A circuit's constraints that are no access's and no row's. */
function sharedOf(costs: readonly Costs[], name: CircuitName): number {
  const { accesses, readRows, updateRows, writeRows }: CircuitSize = CATALOGUE[name];
  const rows = { readRows: slotsOf(readRows), updateRows: slotsOf(updateRows), writeRows: slotsOf(writeRows) };
  return pinned(name) - costOf(costs, { accesses, rows });
}

const rowsOf = (size: CircuitSize): number => ROW_KINDS.reduce((sum, kind) => sum + rowsIn(size[kind]), 0);

/** The sizes that the sample block is planned for, largest first. */
const PLANNED = ['s22', 's21', 's20', 's18', 's16', 'deep'] as const satisfies CircuitName[];

/**
 * The sample block, on the state that it found: its rows at what one more of each costs with the top shared and
 * paths as long as the rows, with what else their circuits have; and all constraints of the circuits that would
 * prove it.
 */
async function block(costs: readonly Costs[], peers: Readonly<Record<string, number>>) {
  const batch = readBlock(ROOT);
  const scheme = poseidonScheme(2);
  const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  await db.commit({ ...(await loadEntries(scheme, batch.prestate)), origin: 'load' });
  const { root } = await db.current();
  const [first, ...others] = PLANNED;
  const sizes: [CircuitSize, ...CircuitSize[]] = [CATALOGUE[first], ...others.map((name) => CATALOGUE[name])];

  const names: CircuitName[] = [];
  const used = { accesses: 0, readRows: countOf(), updateRows: countOf(), writeRows: countOf() };
  let rowsUsed = 0;
  for await (const { trace, size } of planChunks({ reader: db, root, batch, sizes })) {
    const name = PLANNED[sizes.indexOf(size)]!;
    names.push(name);
    const { reads, updates, writes } = layOut(trace, size);
    const levels = (rows: readonly unknown[], groups: readonly RowGroup[]): number[] =>
      slotsOf(groups).filter((_, slot) => rows[slot] !== null);
    const rows = {
      readRows: levels(reads, size.readRows),
      updateRows: levels(updates, size.updateRows),
      writeRows: levels(writes, size.writeRows),
    };
    rowsUsed += sharedOf(costs, name) + costOf(costs, { accesses: trace.log.length, rows });
    used.accesses += trace.log.length;
    for (const kind of ROW_KINDS) for (const length of rows[kind]) used[kind][length] = (used[kind][length] ?? 0) + 1;
  }
  const { trace } = await execute(db, root, batch);
  const updates = trace.writes.filter(({ effect }) => effect === 'update').length;
  const distinct: Counts = {
    accesses: trace.log.length,
    readRows: trace.reads.length,
    updateRows: updates,
    writeRows: trace.writes.length - updates,
  };
  return {
    'each distinct key once': Math.round(KINDS.reduce((sum, kind) => sum + distinct[kind] * costAt(costs, kind), 0)),
    'rows used in chunks': Math.round(rowsUsed),
    'capacity of all circuits': names.reduce((sum, name) => sum + pinned(name), 0),
    'circomlib, 32 levels an access': trace.log.reduce(
      (sum, { op }) => sum + (peers[op === 'read' ? 'SMTVerifier(32)' : 'SMTProcessor(32)'] ?? NaN),
      0,
    ),
    circuits: names.join(' '),
    used,
  };
}

/** How many rows are used, by their levels. */
const countOf = (): Record<number, number> => ({});

/** Constraints of a circuit with the binding of posted data, and without. */
async function binding(name: CircuitName) {
  const unbound = sources.map(({ name: file, text }) => {
    const lines = text.split('\n').filter((line) => !/<== WritePolynomial\(|^ +dataOut === data;/.test(line));
    return { name: file, text: lines.join('\n') };
  });
  const main = mainSource(CATALOGUE[name]);
  const without = (await compileSources(path.join(folder, `${name}-unbound`), main, unbound)).constraints;
  const { accesses } = CATALOGUE[name];
  return { accesses, with: pinned(name), without, 'an access': (pinned(name) - without) / accesses };
}

async function costsOf(variant: Variant): Promise<Costs> {
  const before = await constraintsOf(sizeOf(variant, BASE));
  const oneMoreOf = async (kind: Kind): Promise<number> => {
    const after = await constraintsOf(sizeOf(variant, { ...BASE, [kind]: BASE[kind] + MORE[kind] }));
    return Math.round((after - before) / MORE[kind]);
  };
  const oneMore = {
    accesses: await oneMoreOf('accesses'),
    readRows: await oneMoreOf('readRows'),
    updateRows: await oneMoreOf('updateRows'),
    writeRows: await oneMoreOf('writeRows'),
  };
  console.error(`${variant.keyBits} bits, ${variant.topLevels} levels shared: done`);
  return { variant, oneMore };
}

try {
  const costs: Costs[] = [];
  for (const variant of VARIANTS) costs.push(await costsOf(variant));
  const rows = costs.map(({ variant, oneMore }) => ({
    'path bits': variant.keyBits,
    'top levels shared': variant.topLevels,
    ...oneMore,
  }));
  const peers: Record<string, number> = {};
  for (const keyBits of [24, 32]) {
    for (const template of ['SMTVerifier', 'SMTProcessor']) peers[`${template}(${keyBits})`] = peer(template, keyBits);
  }
  const bound = { s14: await binding('s14'), s16: await binding('s16'), s18: await binding('s18') };
  const shared = Math.round(sharedOf(costs, LARGEST));
  const perRow = Math.round(shared / rowsOf(CATALOGUE[LARGEST]));
  const sample = await block(costs, peers);
  if (process.argv.includes('--json'))
    console.log(
      JSON.stringify(
        {
          oneMoreOf: rows,
          shared: { circuit: LARGEST, constraints: shared, perRow },
          binding: bound,
          circomlib: peers,
          block: sample,
        },
        null,
        2,
      ),
    );
  else {
    console.log(
      'Constraints of one more access, read row, update row or write row of a quad tree, compiled with --O2:',
    );
    console.table(rows);
    console.log(`All that ${LARGEST} has beside these: ${shared}, ${perRow} a row.`);
    console.log('With the binding of posted data, and without:');
    console.table(bound);
    console.log('circomlib, one operation:');
    console.table(Object.fromEntries(Object.entries(peers).map(([what, constraints]) => [what, { constraints }])));
    console.log('The sample block, 1,211 accesses:', sample);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
