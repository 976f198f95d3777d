// @ts-check
// node scripts/run.mjs FILE.ts ...: runs one of the project's TypeScript programs, with what it needs in place: the
// installed dependencies, and the build, which these programs import as users do.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, node } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
node(['--import', tsx, ...process.argv.slice(2)]);
