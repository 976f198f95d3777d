// @ts-check
// Compiles src/ to dist/, from nothing, so that no deleted file lives on there. Types are left to `npm run check`: to
// check them takes longer than all the rest.
import { cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleCommandLine } from './bundle.mjs';
import { BUILT, node, ROOT } from './ready.mjs';

const started = new Date();
rmSync(BUILT, { force: true });
rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
node([tsc, '-p', 'tsconfig.json', '--noCheck']);
// What runs in a browser, and is put into the pages of `rootshift inspect` and of a node.
for (const { folder, style } of [
  { folder: path.join('inspect', 'page'), style: 'page.css' },
  { folder: path.join('node', 'page', 'app'), style: 'app.css' },
]) {
  node([tsc, '-p', path.join('src', folder), '--noCheck']);
  cpSync(path.join(ROOT, 'src', folder, style), path.join(ROOT, 'dist', folder, style));
}

// What a process would else compute on its first hash.
const READY = path.join(ROOT, 'dist', 'ready');
mkdirSync(READY);
const { readyFiles } = await import(pathToFileURL(path.join(ROOT, 'dist', 'base', 'hash', 'ready.js')).href);
for (const [name, bytes] of readyFiles()) writeFileSync(path.join(READY, name), bytes);

await bundleCommandLine(path.join(ROOT, 'dist'));

// As old as the start: what was edited while this ran is built again.
writeFileSync(BUILT, '');
utimesSync(BUILT, started, started);
