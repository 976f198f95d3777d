/** `rootshift/verify` as a bundle for browsers, from what is built in dist/. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';

export const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Parts that are loaded on demand are files of their own. */
export const bundled = (
  entries: Record<string, string>,
  options: Pick<BuildOptions, 'ignoreAnnotations' | 'treeShaking'> = {},
) =>
  build({
    ...options,
    entryPoints: entries,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: path.join(FOLDER, 'out'),
    write: false,
    metafile: true,
    absWorkingDir: FOLDER,
    logLevel: 'silent',
  });
