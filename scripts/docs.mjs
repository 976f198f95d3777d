// @ts-check
// The documents and the API reference as a site, in docs/site; typedoc.json says of what. Needs no network to be read.
import path from 'node:path';
import { ensureInstalled, node, ROOT } from './ready.mjs';

ensureInstalled();
node([path.join(ROOT, 'node_modules', 'typedoc', 'bin', 'typedoc')]);
console.log('Open docs/site/index.html');
