// The API reference from the docstrings, as Markdown in docs/api; typedoc.json says of what.
import path from 'node:path';
import { ensureInstalled, node, ROOT } from './ready.mjs';

ensureInstalled();
node([path.join(ROOT, 'node_modules', 'typedoc', 'bin', 'typedoc')]);
