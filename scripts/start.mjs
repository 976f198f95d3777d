// @ts-check
// `npm start`: from a fresh clone to a verified proof. Proves the first transactions of a real mainnet block
// on the state that the block found, in a database of its own that is made anew each time.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, node, ROOT } from './ready.mjs';

const TRANSACTIONS = 3;
const DEMO = path.join('.rootshift', 'demo');

const start = performance.now();
ensureInstalled();
ensureBuilt();

rmSync(path.join(ROOT, DEMO), { recursive: true, force: true });
console.log(`Proving the first ${TRANSACTIONS} transactions of mainnet block 20,472,570 as one state transition ...`);
node([
  'bin/rootshift.js',
  'prove',
  'examples/mainnet-block-20472570.json',
  '--transactions',
  String(TRANSACTIONS),
  '--db',
  path.join(DEMO, 'db'),
  '--out',
  path.join(DEMO, 'proof.json'),
]);
console.log(
  `\nDone in ${((performance.now() - start) / 1000).toFixed(1)} s. What was made is below .rootshift; README.md says what the proof claims.`,
);
