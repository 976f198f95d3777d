/** `rootshift/groth16` in a page, bundled from what is built in dist/. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groth16Verify } from '../../../src/base/untyped/snarkjs.js';
import type { VerificationKey } from '../../../src/base/untyped/snarkjs.js';
import type { ProofAndSignals } from '../../../src/proof/groth16/index.js';
import { CHROMIUM, launch } from '../../inspect/chromium.js';
import { provable } from './provable.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = `
  import { Groth16InputError, prove } from 'rootshift/groth16';
  const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  globalThis.proof = async (zkey, options) => prove(await bytes(zkey), await bytes('wtns'), options);
  globalThis.complaint = (error) => ({ name: error.name, message: error.message });
`;

describe.skipIf(CHROMIUM === null)(
  CHROMIUM === null ? 'proving in a browser (skipped: no Chromium)' : 'proving in a browser',
  () => {
    let server: Server;
    let browser: Browser;
    let key: VerificationKey;
    const files = new Map<string, Uint8Array | string>();
    const said: string[] = [];

    beforeAll(async () => {
      const { keys, wtns } = await provable(process.env['ROOTSHIFT_LONG'] === undefined ? 's14' : 's16');
      key = keys.verificationKey;
      const zkey = readFileSync(keys.zkey);
      files.set('zkey', zkey).set('cut', zkey.subarray(0, -1)).set('wtns', wtns);
      const { outputFiles } = await build({
        stdin: { contents: PAGE, resolveDir: ROOT },
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'browser',
        target: 'es2022',
        write: false,
      });
      files.set('page.js', outputFiles[0]!.text);
      server = createServer((request, response) => {
        const url = new URL(request.url!, 'http://localhost');
        const file = files.get(url.pathname.slice(1));
        response.setHeader(
          'content-security-policy',
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; " +
            "connect-src 'self'; img-src data:",
        );
        if (url.pathname !== '/alone') {
          response.setHeader('cross-origin-opener-policy', 'same-origin');
          response.setHeader('cross-origin-embedder-policy', 'require-corp');
        }
        const type = url.pathname === '/page.js' ? 'text/javascript' : 'application/octet-stream';
        response.setHeader('content-type', file === undefined ? 'text/html' : type);
        response.end(
          file ?? '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
        );
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      browser = await launch();
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    async function open(place: string): Promise<Page> {
      const page = await browser.newPage();
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${place}`);
      await page.waitForFunction('globalThis.proof !== undefined');
      return page;
    }

    it.each(['{}', '{ threads: 1 }'])('makes proofs that snarkjs verifies, with options %s', async (options) => {
      const page = await open('');
      const { proof, publicSignals } = (await page.evaluate(`proof('zkey', ${options})`)) as ProofAndSignals;
      const signals = publicSignals.map(BigInt);
      expect(await groth16Verify(key, signals, proof)).toBe(true);
      expect(await groth16Verify(key, [signals[0]! + 1n, ...signals.slice(1)], proof)).toBe(false);
      expect(said).toEqual([]);
    });

    it('takes 21 KB at most, gzipped', () => {
      expect(gzipSync(files.get('page.js')!).length).toBeLessThan(21_000);
    });

    it('says what is wrong with a key', async () => {
      const page = await open('');
      expect(await page.evaluate("proof('cut', {}).catch(complaint)")).toEqual({
        name: 'Groth16InputError',
        message: expect.stringContaining('the zkey ends early: its section'),
      });
    });

    it('says what headers a page needs for threads', async () => {
      const page = await open('alone');
      expect(await page.evaluate("proof('zkey', {}).catch(complaint)")).toEqual({
        name: 'ThreadError',
        message: expect.stringContaining('Cross-Origin-Opener-Policy: same-origin'),
      });
    });
  },
);
