// Compiles src/ to dist/, from nothing, so that no deleted file lives on there.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { node, ROOT } from './ready.mjs';

rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
node([createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'tsconfig.json']);
