/** What `rootshift/rules` brings into a wallet's page: how much, and nothing of Node's. */
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundled, FOLDER } from './bundle.js';

const ENTRY = { rules: path.join(FOLDER, '../../dist/rules.js') };

it('is at most 60,000 bytes gzipped, without the separate part for Groth16 proofs', async () => {
  const { outputFiles, metafile } = await bundled(ENTRY);
  // What is loaded with the page: the entry, and the files that it imports at once.
  const outputs = Object.entries(metafile.outputs);
  const [name, entry] = outputs.find(([file]) => path.basename(file) === 'rules.js')!;
  const loaded = new Set([
    name,
    ...entry.imports.filter(({ kind }) => kind === 'import-statement').map((one) => one.path),
  ]);
  expect(outputs.length).toBeGreaterThan(loaded.size);
  const bytes = outputFiles
    .filter(({ path: file }) => [...loaded].some((one) => path.basename(one) === path.basename(file)))
    .map(({ contents }) => gzipSync(contents).length);
  expect(bytes).toHaveLength(loaded.size);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(60_000);
});

it('imports no module of Node, nor what only an operator needs', async () => {
  // esbuild fails at an import that a browser has not.
  const { metafile } = await bundled(ENTRY, { ignoreAnnotations: true, treeShaking: false });
  const files = Object.keys(metafile.inputs);
  expect(files).toContain('../../dist/rules.js');
  expect(files.filter((file) => /node_modules\/(snarkjs|viem)|dist\/(engine|server|cli)\//.test(file))).toEqual([]);
});
