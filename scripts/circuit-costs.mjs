// Prints what one more access or row costs in constraints, beside circomlib's circuits for one operation at the
// same number of bits. Costs are differences: a circuit is compiled with a few more of the thing. --json prints
// an object.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const { CATALOGUE, mainSource } = await import('../dist/circuit/catalogue.js');
const { circuitSources, compileSources } = await import('../dist/circuit/compile.js');

/** Enough of each that steps of 16 inputs, 3 accesses or a power of two even out. */
const MORE = { accesses: 48, readRows: 4, updateRows: 4, writeRows: 4 };
/** A quad tree, as the largest circuit of the catalogue has it, with and without a shared top. */
const VARIANTS = [24, 32].flatMap((keyBits) => [3, 0].map((topLevels) => ({ keyBits, topLevels })));
const baseOf = ({ keyBits, topLevels }) => ({
  ...CATALOGUE.s14, accesses: 30, readRows: 2, writeRows: 2, updateRows: 2, topLevels,
  levels: keyBits / CATALOGUE.s14.bitsPerLevel, tallLevels: keyBits / CATALOGUE.s14.bitsPerLevel,
});

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

try {
  const rows = [];
  for (const variant of VARIANTS) {
    const base = baseOf(variant);
    const before = await constraintsOf(base);
    const row = { 'path bits': variant.keyBits, 'top levels shared': variant.topLevels };
    for (const [what, more] of Object.entries(MORE)) {
      row[what] = Math.round(((await constraintsOf({ ...base, [what]: base[what] + more })) - before) / more);
    }
    rows.push(row);
    console.error(`${variant.keyBits} bits, ${variant.topLevels} levels shared: done`);
  }
  const peers = {};
  for (const keyBits of [24, 32]) {
    for (const template of ['SMTVerifier', 'SMTProcessor']) peers[`${template}(${keyBits})`] = peer(template, keyBits);
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify({ oneMoreOf: rows, circomlib: peers }, null, 2));
  else {
    console.log('Constraints of one more access, read row, update row or write row of a quad tree, compiled with --O2:');
    console.table(rows);
    console.log('circomlib, one operation:');
    console.table(Object.fromEntries(Object.entries(peers).map(([what, constraints]) => [what, { constraints }])));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
