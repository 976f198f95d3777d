import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frToHex } from '../../src/base/field/fr.js';
import { proveEntries, proveEntry } from '../../src/engine/prove-entry.js';
import { formatProof } from '../../src/proof/prover/proof-file.js';
import { formatCombinedProof } from '../../src/proof/verifier/combined-proof.js';
import { formatMerkleProof } from '../../src/proof/verifier/merkle-proof.js';
import { exportChunks } from '../../src/state/snapshot/export.js';
import { formatManifest } from '../../src/state/snapshot/manifest.js';
import { CHROMIUM, launch } from '../inspect/chromium.js';
import { read, run, write } from '../machine/circuits/world.js';
import { databaseOf, plainEntry } from '../machine/trace/honest.js';
import { keys, provenTrace } from '../proof/prover/prover.js';
import { bundled, FOLDER } from './bundle.js';

/** What test/verify/checks.mjs takes. */
interface Given {
  readonly proof: string;
  readonly key: string;
  readonly merkle: string;
  readonly combined: string;
  readonly manifest: string;
  readonly chunks: readonly (readonly number[])[];
}

const HONEST = {
  proof: expect.stringMatching(/^Valid: .*; the maker of verification_key\.json could forge proofs; /),
  merkle: { valid: true },
  combined: { valid: true },
  snapshot: 'whole: 400 entries',
};

/** An honest prover's and database's files. */
async function honestFiles(): Promise<Given> {
  const { trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], 2);
  const entries = Array.from({ length: 400 }, (_, i) => plainEntry(i, 1 + i));
  const db = await databaseOf(2, entries);
  const { root, entries: total } = await db.current();
  const chunks = [];
  for await (const chunk of exportChunks(db, root, { limit: 4000 })) chunks.push(chunk);
  return {
    proof: formatProof({ chunks: [await provenTrace(trace)] }),
    key: JSON.stringify(keys.verificationKey),
    merkle: formatMerkleProof(await proveEntry(db, plainEntry(3, 0))),
    combined: formatCombinedProof(await proveEntries(db, entries.slice(0, 300))),
    manifest: formatManifest({
      root,
      scheme: db.scheme.id,
      entries: total,
      chunks: chunks.map(({ level, path: place, entries: held }) => ({ level, path: place, entries: held })),
    }),
    chunks: chunks.map(({ bytes }) => [...bytes]),
  };
}

const plusOne = (text: string, field: string): string =>
  text.replace(new RegExp(`(?<="${field}": ?")0x[0-9a-f]+`), (hex) => frToHex(BigInt(hex) + 1n));

/** The same files with one number changed, or one chunk left out; and what is found then. */
const TAMPERED: readonly (readonly [what: string, change: (given: Given) => Partial<Given>, found: object])[] = [
  [
    'a new root that is not the proven one',
    ({ proof }) => ({ proof: plusOne(proof, 'newRoot') }),
    { proof: expect.stringContaining('Not valid: the proof does not verify') },
  ],
  [
    'a log with another value',
    ({ proof }) => ({ proof: plusOne(proof, 'value') }),
    { proof: expect.stringContaining('Not valid: the log in the file gives logHash') },
  ],
  [
    'an entry with another value',
    ({ merkle }) => ({ merkle: plusOne(merkle, 'value') }),
    { merkle: { valid: false, reason: expect.stringContaining('the path leads to root') } },
  ],
  [
    'many entries, one of another value',
    ({ combined }) => ({ combined: plusOne(combined, 'value') }),
    { combined: { valid: false, reason: expect.stringContaining('the proof leads to root') } },
  ],
  [
    'a chunk with another entry',
    ({ chunks: [first, ...rest] }) => ({ chunks: [[...first!.slice(0, -1), 77], ...rest] }),
    { snapshot: expect.stringContaining('its entries and its path give root') },
  ],
  ['a snapshot without a chunk', ({ chunks }) => ({ chunks: chunks.slice(1) }), { snapshot: 'a part is missing' }],
];

describe.skipIf(CHROMIUM === null)(
  CHROMIUM === null ? 'verifying in a browser (skipped: no Chromium)' : 'verifying in a browser',
  () => {
    let given: Given;
    let server: Server;
    let browser: Browser;
    let page: Page;
    const said: string[] = [];

    beforeAll(async () => {
      given = await honestFiles();
      const { outputFiles } = await bundled({
        page: path.join(FOLDER, 'page.mjs'),
        worker: path.join(FOLDER, 'worker.mjs'),
      });
      const files = new Map(outputFiles.map((file) => [`/${path.basename(file.path)}`, file.text]));
      server = createServer((request, response) => {
        const script = files.get(request.url!);
        // All that it needs is its own scripts, and WebAssembly.
        response.setHeader(
          'content-security-policy',
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src data:",
        );
        response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
        response.end(
          script ?? '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
        );
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      browser = await launch();
      page = await browser.newPage();
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction('globalThis.onPage !== undefined');
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    describe.each(['onPage', 'inWorker'] as const)('%s', (place) => {
      const verdicts = (files: Given): Promise<unknown> => page.evaluate(`${place}(${JSON.stringify(files)})`);

      it('finds what is honest valid, and the snapshot whole', async () => {
        expect(given.chunks.length).toBeGreaterThan(1);
        expect(await verdicts(given)).toEqual(HONEST);
      });

      it.each(TAMPERED)('refuses %s, and nothing else', async (_, change, found) => {
        expect(await verdicts({ ...given, ...change(given) })).toEqual({ ...HONEST, ...found });
      });
    });

    it('needs no shared memory, which takes special headers, and writes nothing to the console', async () => {
      expect(await page.evaluate('typeof SharedArrayBuffer')).toBe('undefined');
      expect(said).toEqual([]);
    });

    it('takes the verification key as snarkjs writes it: of another curve it says so', async () => {
      const other = given.key.replace('"bn128"', '"bls12381"');
      await expect(page.evaluate(`onPage(${JSON.stringify({ ...given, key: other })})`)).rejects.toThrow(
        'curve: expected "bn128", got "bls12381"',
      );
    });
  },
);
