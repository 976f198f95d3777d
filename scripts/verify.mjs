// @ts-check
// `npm run verify -- PROOF` is `rootshift verify PROOF`.
import { ensureBuilt, ensureInstalled, node } from './ready.mjs';

ensureInstalled();
ensureBuilt();
node(['bin/rootshift.js', 'verify', ...process.argv.slice(2)], { cwd: process.env['INIT_CWD'] ?? process.cwd() });
