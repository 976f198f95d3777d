// @ts-check
// Runs the test suite; further arguments go to vitest. --long runs the exhaustive versions too.
import path from 'node:path';
import { ensureBuilt, ensureInstalled, node, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt(); // the command line and the crash tests run what is built

const args = process.argv.slice(2);
const long = args.includes('--long');
node([path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args.filter((arg) => arg !== '--long')], {
  env: long ? { ...process.env, ROOTSHIFT_LONG: '1' } : process.env,
});
