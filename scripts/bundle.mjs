// @ts-check
// Makes one file of the command line: its two hundred take longer to load than a proof to verify.
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

/** Comes into the bundle, for the functions that are used. Other packages are loaded from their own files. */
const WITHIN = '@noble/hashes';

/**
 * Loads a package when the first module that imports it runs. A bundle that imported its packages would load them all
 * at its start.
 * @type {import('esbuild').Plugin}
 */
const packagesWhenUsed = {
  name: 'packages-when-used',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^[^.]/ }, ({ path: name, kind, namespace }) => {
      if (kind === 'entry-point' || name.startsWith(`${WITHIN}/`)) return undefined;
      const isLeft = name.startsWith('node:') || kind === 'dynamic-import' || namespace === 'package';
      return isLeft ? { path: name, external: true } : { path: name, namespace: 'package' };
    });
    onLoad({ filter: /.*/, namespace: 'package' }, ({ path: name }) => ({
      contents: `module.exports = require(${JSON.stringify(name)});`,
    }));
  },
};

/**
 * Bundles dist/cli, which it takes away, in dist/bundle/cli/main.js: as deep as the module that looks for dist/ready
 * from where it is itself.
 * @param {string} dist
 */
export async function bundleCommandLine(dist) {
  const licence = readFileSync(
    path.join(path.dirname(createRequire(import.meta.url).resolve(WITHIN)), 'LICENSE'),
    'utf8',
  );
  await build({
    entryPoints: [path.join(dist, 'cli', 'main.js')],
    outfile: path.join(dist, 'bundle', 'cli', 'main.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    plugins: [packagesWhenUsed],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    footer: { js: `/* ${WITHIN}:\n${licence}*/` },
    logLevel: 'warning',
  });
  rmSync(path.join(dist, 'cli'), { recursive: true });
}
