/**
 * The library in bundles for Node, from what is built in dist/: what is there of threads and files works from
 * elsewhere.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import type { BuildOptions } from 'esbuild';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { formatProof } from '../../src/proof/prover/proof-file.js';
import { read, run, write } from '../machine/circuits/world.js';
import { keys, provenTrace } from '../proof/prover/prover.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Hashes as many rows as are shared among threads, waits until a thread has taken some, and verifies a proof and a
 * false one.
 */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { describeVerdict, parseProof, parseVerificationKey, poseidon, toFr, verifyProof } from 'rootshift';

const rows = Array.from({ length: 3000 }, (_, i) => [toFr(BigInt(i)), toFr(7n)]);
const threads = [];
process.on('worker', (thread) => threads.push(new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))));
await poseidon.hashMany(rows);
// Threads that have nothing to do keep no process alive, even if they are not ready yet.
const awake = setInterval(() => {}, 1000);
await Promise.all(threads);
clearInterval(awake);
const hashes = await poseidon.hashMany(rows);
const [proof, key] = ['proof.json', 'key.json'].map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'));
const verdict = async (text) => describeVerdict(await verifyProof({ proof: parseProof(text), keys: [{ verificationKey: parseVerificationKey(key), name: 'key.json' }] }));
console.log(JSON.stringify({
  same: hashes.every((hash, i) => hash === poseidon.hash(rows[i])),
  threads: threads.length,
  honest: await verdict(proof),
  tampered: await verdict(proof.replace(/"newRoot": "0x0?./, (start) => start.slice(0, -1) + (start.endsWith('1') ? '2' : '1'))),
}));
`;

let folder: string;
beforeAll(async () => {
  // In a directory without packages, that nothing of the package is found there.
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-bundle-'));
  const { trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], 2);
  await writeFile(path.join(folder, 'proof.json'), formatProof({ chunks: [await provenTrace(trace)] }));
  await writeFile(path.join(folder, 'key.json'), JSON.stringify(keys.verificationKey));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a bundle, and gives what it prints. */
function output(file: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file], { cwd: folder }, (error, stdout, stderr) => {
      if (error !== null || stderr !== '') reject(new Error(`it ended with ${error?.code}: ${stderr.slice(-1000)}`));
      else resolve(JSON.parse(stdout));
    });
  });
}

/** For packages that call `require`, as docs/library.md says. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const BUNDLE = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'es2022',
  logLevel: 'silent',
} as const satisfies BuildOptions;

const RIGHT = {
  same: true,
  threads: expect.any(Number), // none on one core
  honest: expect.stringMatching(/^Valid: /),
  tampered: expect.stringMatching(/^Not valid: /),
};

describe('a bundle', () => {
  const stdin = { contents: PROGRAM, resolveDir: ROOT, loader: 'js' as const };
  const variants: Record<string, BuildOptions> = {
    plain: {},
    keepNames: { keepNames: true },
    minified: { keepNames: true, minify: true },
  };

  it.each(Object.keys(variants))('of esbuild, %s, hashes by threads and verifies', async (name) => {
    const outfile = path.join(folder, `${name}.mjs`);
    await esbuild({ ...variants[name], stdin, outfile, ...BUNDLE, banner: { js: BANNER } });
    expect(await output(outfile)).toEqual(RIGHT);
  });

  it('of one function is that function alone', async () => {
    const contents = `import { frToHex } from 'rootshift'; console.log(frToHex(1n));`;
    const { metafile } = await esbuild({ stdin: { ...stdin, contents }, ...BUNDLE, metafile: true, write: false });
    const [{ inputs, imports }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
    const held = Object.keys(inputs).filter((input) => inputs[input]!.bytesInOutput > 0 && input !== '<stdin>');
    expect(held.map((input) => path.basename(input)).sort()).toEqual(['fr.js', 'index.js']);
    expect(imports).toEqual([]);
  });

  it('of everything leaves the packages outside that docs/library.md names, and works beside them', async () => {
    const documented = await readFile(path.join(ROOT, 'docs', 'library.md'), 'utf8');
    const external = [...documented.matchAll(/--external:(\S+)/g)].map(([, name]) => name!);
    const outfile = path.join(ROOT, '.rootshift', `bundle-${path.basename(folder)}.mjs`);
    const place = JSON.stringify(path.join(folder, 'db'));
    const contents = `
import * as all from 'rootshift';
await using db = await all.openDatabase(${place}, { createIfMissing: true });
const state = new all.WorkingState(db, (await db.current()).root);
const entry = { address: 0n, kind: 'storage', slot: 1n };
state.set(entry, 100n);
await state.commit();
const { valid } = all.verifyMerkleProof(await all.proveEntry(db, entry));
console.log(JSON.stringify({ valid, exports: Object.keys(all).length > 200 }));
`;
    const { metafile } = await esbuild({ stdin: { ...stdin, contents }, ...BUNDLE, outfile, external, metafile: true });
    onTestFinished(() => rm(outfile));
    const [{ imports }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
    const outside = imports.filter((one) => one.external && !isBuiltin(one.path)).map((one) => one.path);
    expect([...new Set(outside)].sort()).toEqual(external.sort());
    expect(await output(outfile)).toEqual({ valid: true, exports: true });
  });

  it('of vite hashes by threads and verifies', async () => {
    const entry = path.join(ROOT, '.rootshift', `bundle-${path.basename(folder)}.mjs`);
    await mkdir(path.dirname(entry), { recursive: true });
    await writeFile(entry, PROGRAM);
    try {
      await vite({
        root: ROOT,
        configFile: false,
        logLevel: 'silent',
        ssr: { noExternal: true },
        build: { ssr: entry, outDir: path.join(folder, 'vite'), emptyOutDir: true, copyPublicDir: false },
      });
    } finally {
      await rm(entry);
    }
    const files = await readdir(path.join(folder, 'vite'));
    const main = files.find((file) => file.startsWith('bundle-'))!;
    for (const file of ['proof.json', 'key.json'])
      await copyFile(path.join(folder, file), path.join(folder, 'vite', file));
    expect(await output(path.join(folder, 'vite', main))).toEqual(RIGHT);
  });
});
