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

const KEY_BITS = 24;
/** Enough of each that steps of 16 inputs, 3 accesses or a power of two even out. */
const MORE = { accesses: 48, readRows: 4, writeRows: 4, updateRows: 4 };

const small = CATALOGUE.s14;
const base = { ...small, levels: KEY_BITS / small.bitsPerLevel };

mkdirSync(path.join(ROOT, '.rootshift'), { recursive: true });
const folder = mkdtempSync(path.join(ROOT, '.rootshift', 'costs-'));
const sources = await circuitSources();
let compiled = 0;
const constraintsOf = async (size) =>
  (await compileSources(path.join(folder, String(compiled++)), mainSource(size), sources)).constraints;

function peer(template) {
  const file = path.join(folder, `${template}.circom`);
  const include = `include "circomlib/circuits/smt/${template.toLowerCase()}.circom";`;
  writeFileSync(file, `pragma circom 2.0.0;\n${include}\ncomponent main = ${template}(${KEY_BITS});\n`);
  const args = [path.relative(ROOT, file), '--r1cs', '--O2', '-l', 'node_modules', '-o', path.relative(ROOT, folder)];
  const circom = createRequire(import.meta.url).resolve('circom2/cli.js');
  const printed = execFileSync(process.execPath, [circom, ...args], { cwd: ROOT, encoding: 'utf8' });
  const count = (label) => Number(new RegExp(`^${label}: (\\d+)`, 'm').exec(printed)[1]);
  return count('non-linear constraints') + count('linear constraints');
}

try {
  const costs = {};
  const before = await constraintsOf(base);
  for (const [what, more] of Object.entries(MORE)) {
    if (!(what in base)) continue;
    const after = await constraintsOf({ ...base, [what]: base[what] + more });
    costs[`one more of ${what}`] = Math.round((after - before) / more);
  }
  for (const template of ['SMTVerifier', 'SMTProcessor']) costs[`circomlib ${template}(${KEY_BITS})`] = peer(template);
  if (process.argv.includes('--json')) console.log(JSON.stringify({ keyBits: KEY_BITS, constraints: costs }, null, 2));
  else {
    console.log(`Constraints at ${KEY_BITS} key bits, compiled with --O2`);
    console.table(Object.fromEntries(Object.entries(costs).map(([what, constraints]) => [what, { constraints }])));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
