/** What `rootshift/verify` brings into a browser: how much, and nothing of Node's. */
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundled, FOLDER } from './bundle.js';

const ENTRY = { verify: path.join(FOLDER, '../../dist/verify.js') };

it('is at most 36,500 bytes gzipped, and at most 90,000 with the separate part for Groth16 proofs', async () => {
  const { outputFiles } = await bundled(ENTRY);
  const sizes = outputFiles.map(({ path: file, contents }) => ({
    name: path.basename(file),
    bytes: gzipSync(contents).length,
  }));
  const start = sizes.filter(({ name }) => name === 'verify.js');
  expect(start).toHaveLength(1);
  expect(start[0]!.bytes).toBeLessThan(36_500);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(90_000);
});

it('imports no module of Node anywhere, even where bundlers are told nothing of what they can leave out', async () => {
  // esbuild fails at an import that a browser has not.
  const { metafile } = await bundled(ENTRY, { ignoreAnnotations: true, treeShaking: false });
  const files = Object.keys(metafile.inputs);
  expect(files).toContain('../../dist/verify.js');
  expect(files.filter((file) => /node_modules\/snarkjs|dist\/(engine|server|cli)\//.test(file))).toEqual([]);
  await expect(bundled({ verify: path.join(FOLDER, '../../dist/index.js') })).rejects.toThrow(
    /Could not resolve "node:/,
  );
});
