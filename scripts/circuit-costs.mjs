// Prints what one more access or row costs in constraints, beside circomlib's circuits for one operation at the
// same number of bits. Costs are differences: a circuit is compiled with a few more of the thing. What the largest
// circuit has beyond them is divided over its rows. --json prints an object.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const rootshift = await import('../dist/index.js');
const { CATALOGUE, mainSource, rowsIn, slotsOf } = await import('../dist/machine/circuit/catalogue.js');
const { layOut } = await import('../dist/machine/witness/layout.js');
const { circuitSources, compileSources } = await import('../dist/machine/circuit/compile.js');

/** Enough of each that steps of 16 inputs, 3 accesses or a power of two even out. */
const MORE = { accesses: 48, readRows: 4, updateRows: 4, writeRows: 4 };
const KINDS = ['readRows', 'updateRows', 'writeRows'];
const LARGEST = 's22';
const { topLevels: TOP } = CATALOGUE[LARGEST];
/** A quad tree, as the largest circuit of the catalogue has it, with and without a shared top. With more of any one thing it needs no wider times. */
const VARIANTS = [24, 32].flatMap((keyBits) => [TOP, 0].map((topLevels) => ({ keyBits, topLevels })));
const { bitsPerLevel } = CATALOGUE[LARGEST];
const sizeOf = ({ keyBits, topLevels }, { accesses, ...rows }) => ({
  accesses,
  ...Object.fromEntries(KINDS.map((kind) => [kind, [{ rows: rows[kind], levels: keyBits / bitsPerLevel }]])),
  bitsPerLevel,
  topLevels,
});
const BASE = { accesses: 66, readRows: 3, updateRows: 3, writeRows: 3 };

mkdirSync(path.join(ROOT, '.rootshift'), { recursive: true });
const folder = mkdtempSync(path.join(ROOT, '.rootshift', 'costs-'));
const sources = await circuitSources();
let compiled = 0;
const constraintsOf = async (size) =>
  (await compileSources(path.join(folder, String(compiled++)), mainSource(size), sources)).constraints;

function peer(template, keyBits) {
  const file = path.join(folder, `${template}${keyBits}.circom`);
  const include = `include "circomlib/circuits/smt/${template.toLowerCase()}.circom";`;
  writeFileSync(file, `pragma circom 2.0.0;\n${include}\ncomponent main = ${template}(${keyBits});\n`);
  const args = [path.relative(ROOT, file), '--r1cs', '--O2', '-l', 'node_modules', '-o', path.relative(ROOT, folder)];
  const circom = createRequire(import.meta.url).resolve('circom2/cli.js');
  const printed = execFileSync(process.execPath, [circom, ...args], { cwd: ROOT, encoding: 'utf8' });
  const count = (label) => Number(new RegExp(`^${label}: (\\d+)`, 'm').exec(printed)[1]);
  return count('non-linear constraints') + count('linear constraints');
}

const pins = JSON.parse(readFileSync(path.join(ROOT, 'circuits', 'pins.json'), 'utf8'));
/** What one more of a kind costs with paths of so many levels, the top shared; by default 24 bits. */
function costAt(costs, kind, levels = 12) {
  const [at24, at32] = [24, 32].map((bits) =>
    costs.find((row) => row['path bits'] === bits && row['top levels shared'] === TOP),
  );
  return kind === 'accesses' ? at24[kind] : at24[kind] + (levels - 12) * ((at32[kind] - at24[kind]) / 4);
}

/** What accesses and rows cost, told for each row by its levels. */
const costOf = (costs, { accesses, ...rows }) =>
  accesses * costAt(costs, 'accesses') +
  KINDS.reduce((sum, kind) => sum + rows[kind].reduce((all, levels) => all + costAt(costs, kind, levels), 0), 0);

/** A circuit's constraints that are no access's and no row's. */
function sharedOf(costs, name) {
  const { accesses, ...size } = CATALOGUE[name];
  const rows = Object.fromEntries(KINDS.map((kind) => [kind, slotsOf(size[kind])]));
  return pins[name].constraints - costOf(costs, { accesses, ...rows });
}

const rowsOf = (size) => KINDS.reduce((sum, kind) => sum + rowsIn(size[kind]), 0);

/** The sizes that the sample block is planned for, largest first. */
const PLANNED = ['s22', 's21', 's20', 's18', 's16', 'deep'];

/**
 * The sample block, on the state that it found: its rows at what one more of each costs with the top shared and
 * paths as long as the rows, with what else their circuits have; and all constraints of the circuits that would
 * prove it.
 */
async function block(costs, peers) {
  const batch = rootshift.parseBatch(readFileSync(path.join(ROOT, 'examples', 'mainnet-block-20472570.json'), 'utf8'));
  const scheme = rootshift.poseidonScheme(2);
  const db = await rootshift.HashDb.open(new rootshift.MemoryDriver(), scheme, { createIfMissing: true });
  await db.commit({ ...(await rootshift.loadEntries(scheme, batch.prestate)), origin: 'load' });
  const { root } = await db.current();
  const sizes = PLANNED.map((name) => CATALOGUE[name]);
  const chunks = [];
  for await (const chunk of rootshift.planChunks({ reader: db, root, batch, sizes })) chunks.push(chunk);
  const names = chunks.map(({ size }) => PLANNED[sizes.indexOf(size)]);

  const used = { accesses: 0, readRows: {}, updateRows: {}, writeRows: {} };
  let rowsUsed = 0;
  for (const [i, { trace, size }] of chunks.entries()) {
    const { reads, updates, writes } = layOut(trace, size);
    const levels = (rows, groups) => slotsOf(groups).filter((_, slot) => rows[slot] !== null);
    const taken = {
      accesses: trace.log.length,
      readRows: levels(reads, size.readRows),
      updateRows: levels(updates, size.updateRows),
      writeRows: levels(writes, size.writeRows),
    };
    rowsUsed += sharedOf(costs, names[i]) + costOf(costs, taken);
    used.accesses += taken.accesses;
    for (const kind of KINDS) for (const length of taken[kind]) used[kind][length] = (used[kind][length] ?? 0) + 1;
  }
  const { trace } = await rootshift.execute(db, root, batch);
  const updates = trace.writes.filter(({ effect }) => effect === 'update').length;
  const distinct = {
    accesses: trace.log.length,
    readRows: trace.reads.length,
    updateRows: updates,
    writeRows: trace.writes.length - updates,
  };
  return {
    'each distinct key once': Math.round(
      Object.entries(distinct).reduce((sum, [what, count]) => sum + count * costAt(costs, what), 0),
    ),
    'rows used in chunks': Math.round(rowsUsed),
    'capacity of all circuits': names.reduce((sum, name) => sum + pins[name].constraints, 0),
    'circomlib, 32 levels an access': trace.log.reduce(
      (sum, { op }) => sum + peers[op === 'read' ? 'SMTVerifier(32)' : 'SMTProcessor(32)'],
      0,
    ),
    circuits: names.join(' '),
    used,
  };
}

/** Constraints of a circuit with the binding of posted data, and without. */
async function binding(name) {
  const unbound = sources.map(({ name: file, text }) => {
    const lines = text.split('\n').filter((line) => !/<== WritePolynomial\(|^ +dataOut === data;/.test(line));
    return { name: file, text: lines.join('\n') };
  });
  const main = mainSource(CATALOGUE[name]);
  const without = (await compileSources(path.join(folder, `${name}-unbound`), main, unbound)).constraints;
  return {
    accesses: CATALOGUE[name].accesses,
    with: pins[name].constraints,
    without,
    'an access': (pins[name].constraints - without) / CATALOGUE[name].accesses,
  };
}

try {
  const rows = [];
  for (const variant of VARIANTS) {
    const before = await constraintsOf(sizeOf(variant, BASE));
    const row = { 'path bits': variant.keyBits, 'top levels shared': variant.topLevels };
    for (const [what, more] of Object.entries(MORE)) {
      row[what] = Math.round(
        ((await constraintsOf(sizeOf(variant, { ...BASE, [what]: BASE[what] + more }))) - before) / more,
      );
    }
    rows.push(row);
    console.error(`${variant.keyBits} bits, ${variant.topLevels} levels shared: done`);
  }
  const peers = {};
  for (const keyBits of [24, 32]) {
    for (const template of ['SMTVerifier', 'SMTProcessor']) peers[`${template}(${keyBits})`] = peer(template, keyBits);
  }
  const bound = {};
  for (const name of ['s14', 's16', 's18']) bound[name] = await binding(name);
  const shared = Math.round(sharedOf(rows, LARGEST));
  const perRow = Math.round(shared / rowsOf(CATALOGUE[LARGEST]));
  const sample = await block(rows, peers);
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
