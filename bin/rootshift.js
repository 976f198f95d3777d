#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) process.exitCode = await (await import(main.href)).main(process.argv);
else {
  console.error('error: rootshift is not built yet: run `npm run build` in its directory first');
  process.exitCode = 2;
}
