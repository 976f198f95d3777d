import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseProof } from '../../src/proof/prover/proof-file.js';
import type { ProofFile } from '../../src/proof/prover/proof-file.js';
import { frToHex } from '../../src/base/field/fr.js';
import { PUBLIC_SIGNALS } from '../../src/machine/trace/trace.js';
import { freshFolder, put, rootshift } from '../cli/cli.js';
import { CHROMIUM, expectNoFaults, launch, onPage, rows, VIEWS } from './chromium.js';

const BATCH = {
  prestate: [
    { key: 1, value: 7 },
    { key: 2, value: 3 },
  ],
  accesses: [
    { op: 'read', key: 1 },
    { op: 'write', key: 2, value: 5 },
    { op: 'read', key: 2 },
  ],
};

describe.skipIf(CHROMIUM === null)(
  CHROMIUM === null ? 'the page of a proof (skipped: no Chromium)' : 'the page of a proof',
  () => {
    let folder = '';
    let browser: Browser;
    let proof: ProofFile;

    beforeAll(async () => {
      folder = await freshFolder();
      await put(folder, 'batch.json', BATCH);
      const proven = await rootshift(folder, [
        'prove',
        'batch.json',
        '--circuit',
        's14',
        '--out',
        'proof.json',
        '--json',
      ]);
      expect(proven).toMatchObject({ code: 0 });
      const text = await readFile(path.join(folder, 'proof.json'), 'utf8');
      proof = parseProof(text);
      // Of another new root, one more than what was proven.
      const { newRoot } = proof.chunks[0]!.publicSignals;
      await put(
        folder,
        'false.json',
        text.replace(frToHex(newRoot), `0x${(newRoot + 1n).toString(16).padStart(64, '0')}`),
      );
      const pages = {
        whole: ['proof.json'],
        alone: ['proof.json', '--db', 'none'],
        wrong: ['false.json'],
        planned: ['batch.json', '--db', 'none'],
      };
      for (const [name, args] of Object.entries(pages)) {
        const { code, stderr } = await rootshift(folder, ['inspect', ...args, '--html', `${name}.html`]);
        expect({ name, code, stderr }).toEqual({ name, code: name === 'wrong' ? 1 : 0, stderr });
      }
      browser = await launch();
    });
    afterAll(() => browser?.close());

    const on = (name: string, use: (page: Page) => Promise<void>, view = {}): Promise<void> =>
      onPage(browser, path.join(folder, `${name}.html`), use, view);

    it.each(VIEWS)(
      'has nothing that axe finds at fault, and nothing wider than the screen: $colorScheme, $width wide',
      async (view) => {
        for (const name of ['whole', 'alone', 'wrong', 'planned'])
          await on(name, expectNoFaults, { ...view, bypassCSP: true });
      },
    );

    it('shows the public inputs and where the proof comes from, as the file has them', async () => {
      await on('whole', async (page) => {
        await page.locator('#tab-publics').click();
        const { circuit, publicSignals, verificationKey } = proof.chunks[0]!;
        const shown = await page
          .locator('#panel-publics code')
          .evaluateAll((codes) => codes.map((code) => code.getAttribute('title')));
        expect(shown).toEqual([
          ...PUBLIC_SIGNALS.map((name) => frToHex(publicSignals[name])),
          circuit.digest,
          verificationKey,
        ]);
        const text = await page.locator('#panel-publics').innerText();
        for (const label of [...PUBLIC_SIGNALS, 's14', 'Development key:']) expect(text).toContain(label);
      });
    });

    it('says that the proof holds; of the same with another new root, that it does not', async () => {
      await on('whole', async (page) => {
        expect(await page.locator('.verdict.valid').innerText()).toBe(
          '✓\nValid: these accesses, in this order, move the state from the old root to the new root.',
        );
        expect(await page.locator('.conditions').innerText()).toContain('Circuit s14 was proven with development keys');
      });
      await on('wrong', async (page) => {
        expect(await page.locator('.verdict.notValid').innerText()).toContain('the proof does not verify');
      });
    });

    it('shows accesses, keys and, by keyboard, the path of one, where the database has the old root', async () => {
      await on('whole', async (page) => {
        expect(await page.locator('#panel-accesses .count').textContent()).toBe('3 of 3 accesses');
        await page.locator('#tab-accesses').focus();
        await page.keyboard.press('ArrowRight');
        await rows(page, 'keys').last().waitFor();
        expect(await rows(page, 'keys').allInnerTexts()).toEqual([
          expect.stringMatching(/^0\sread\s[^]*\s1\s7$/),
          expect.stringMatching(/^1\supdate\s[^]*\s2\s3 → 5$/),
        ]);
        for (let at = ''; at !== 'keys'; at = String(await page.evaluate('document.activeElement.id')))
          await page.keyboard.press('Tab');
        await page.keyboard.press('End');
        const panel = page.locator('section.panel');
        expect(await panel.innerText()).toMatch(/Key 1\n/);
        expect(await panel.locator('svg.tree').count()).toBe(1);
        const { oldRoot, newRoot } = proof.chunks[0]!.publicSignals;
        const html = await panel.innerHTML();
        for (const root of [oldRoot, newRoot]) expect(html).toContain(frToHex(root));
      });
    });

    it('says what is not known where the database has not', async () => {
      await on('alone', async (page) => {
        await page.locator('#tab-keys').click();
        await rows(page, 'keys').last().click();
        expect(await page.locator('section.panel').innerText()).toContain('Its path is not known here.');
        await page.locator('#tab-capacity').click();
        expect(await page.locator('#panel-capacity').innerText()).toContain(
          'So paths, siblings and rows are not known',
        );
      });
    });

    it('of a batch that is only planned speaks of no proof', async () => {
      await on('planned', async (page) => {
        expect(await page.locator('.verdict.unchecked').innerText()).toContain('Nothing is proven');
        await page.locator('#tab-publics').click();
        expect(await page.locator('#panel-publics').innerText()).toContain(
          'There is no proof here, so there are no keys.',
        );
      });
    });
  },
);
