import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { circuitCosts } from '../../src/inspect/circuit-costs.js';
import { inspectTrace } from '../../src/inspect/from-trace.js';
import { htmlPage } from '../../src/inspect/page.js';
import { circuitPage, runPage } from '../../src/inspect/page-data.js';
import { CHROMIUM, expectNoFaults, faults, launch, onPage, rows, VIEWS } from './chromium.js';
import { BATCH, manyAccesses, traceOf } from './world.js';

describe.skipIf(CHROMIUM === null)(CHROMIUM === null ? 'the page (skipped: no Chromium)' : 'the page', () => {
  let folder = '';
  let browser: Browser;
  const files: Record<string, string> = {};

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'rootshift-page-'));
    const put = async (name: string, html: string): Promise<void> => {
      files[name] = path.join(folder, `${name}.html`);
      await writeFile(files[name], html);
    };
    await put('small', await htmlPage(await runPage(inspectTrace(await traceOf(BATCH)), '<small>.json', '0.0.0')));
    await put(
      'large',
      await htmlPage(await runPage(inspectTrace(await traceOf(manyAccesses(10_000))), 'large.json', '0.0.0')),
    );
    await put('circuit', await htmlPage(circuitPage('s18', (await circuitCosts()).s18!, '0.0.0')));
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const on = (name: string, use: (page: Page) => Promise<void>, view = {}): Promise<void> =>
    onPage(browser, files[name]!, use, view);

  it.each(VIEWS)(
    'has nothing that axe finds at fault, and nothing wider than the screen: $colorScheme, $width wide',
    async (view) => {
      await on(
        'small',
        async (page) => {
          await rows(page, 'accesses').nth(14).click();
          await expectNoFaults(page);
        },
        { ...view, bypassCSP: true },
      );
      await on(
        'circuit',
        async (page) => {
          expect(await faults(page)).toEqual([]);
        },
        { ...view, bypassCSP: true },
      );
    },
  );

  it('shows the file’s name as it is, and all accesses; filters leave those that they say', async () => {
    await on('small', async (page) => {
      expect(await page.locator('h1').textContent()).toBe('<small>.json');
      const count = page.locator('#panel-accesses .count');
      expect(await count.textContent()).toBe('66 of 66 accesses');
      await page.locator('select[name=op]').selectOption('write');
      expect(await count.textContent()).toBe('53 of 66 accesses');
      await page.locator('select[name=kind]').selectOption('balance');
      expect(await count.textContent()).toBe('1 of 66 accesses');
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.locator('input[name=key]').fill('#0');
      await page.getByLabel('Changed only').check();
      await expect.poll(() => count.textContent()).toBe('0 of 66 accesses');
    });
  });

  it('draws the path of the key that is chosen, with every node of it', async () => {
    await on('small', async (page) => {
      expect(await page.locator('svg.tree').count()).toBe(0);
      await page.locator('#tab-keys').click();
      await rows(page, 'keys').filter({ hasText: 'create' }).first().click();
      const levels = await page.locator('.hashes tbody tr').count();
      expect(await page.locator('svg.tree .node.own').count()).toBe(levels);
      expect(await page.locator('svg.tree .sibling').count()).toBe(3 * (levels - 1));
      const roots = await page
        .locator('.roots code')
        .evaluateAll((codes) => codes.map((code) => code.getAttribute('title')));
      expect(roots).toHaveLength(2);
    });
  });

  it('is worked by keyboard alone: tabs, rows, filters', async () => {
    await on('small', async (page) => {
      await page.locator('#tab-accesses').focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#tab-keys').getAttribute('aria-selected')).toBe('true');
      await page.locator('#keys').focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      expect(await page.locator('#key-title').textContent()).toBe('Key 1');
      await page.keyboard.press('End');
      expect(await page.locator('#keys').getAttribute('aria-activedescendant')).toBe('keys-59');
      await expect.poll(() => page.locator('#keys-59').getAttribute('aria-selected')).toBe('true');
      await page.keyboard.press('Home');
      expect(await page.locator('#key-title').textContent()).toBe('Key 0');
      const focused = new Set<string>();
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        focused.add(
          (await page.evaluate('document.activeElement.getAttribute("name") ?? document.activeElement.id')) as string,
        );
      }
      for (const stop of ['op', 'kind', 'address', 'key', 'changed', 'keys']) expect(focused).toContain(stop);
    });
  });

  it('opens at the key or the access that its address names, and keeps the address', async () => {
    await on('small', async (page) => {
      await page.evaluate('location.hash = "#view=keys&key=3"');
      await expect.poll(() => page.locator('#key-title').textContent()).toBe('Key 3');
      expect(await page.locator('#tab-keys').getAttribute('aria-selected')).toBe('true');
      await page.reload();
      expect(await page.locator('#key-title').textContent()).toBe('Key 3');
      await page.locator('#tab-accesses').click();
      await rows(page, 'accesses').nth(2).click();
      expect(await page.evaluate('location.hash')).toBe('#view=accesses&access=3');
      await page.evaluate('location.hash = "#view=nothing&key=99999&access=0"');
      expect(await page.locator('#tab-accesses').getAttribute('aria-selected')).toBe('true');
    });
  });

  it('tells create, update and delete apart, and says at which step of how many a key is changed', async () => {
    await on('small', async (page) => {
      await page.locator('#tab-keys').click();
      await page.keyboard.press('Control+f'); // all rows are in the document
      for (const deed of ['create', 'update', 'delete']) {
        await rows(page, 'keys')
          .filter({ has: page.locator(`.deed.${deed}`) })
          .first()
          .click();
        expect(await page.locator('.panel .facts').innerText()).toMatch(
          /\bstep\s+[\d]+ of \d+: the root is drawn before and after this key/,
        );
      }
      const looks = (
        deed: string,
      ): string => `(({ content }, { color }) => content + color)(...['::before', null].map((part) =>
        getComputedStyle(document.querySelector('#keys .deed.${deed}'), part)))`;
      const signs = await Promise.all(['create', 'update', 'delete'].map((deed) => page.evaluate(looks(deed))));
      expect(new Set(signs).size).toBe(3);
    });
  });

  it('shows numbers in full when asked', async () => {
    await on('small', async (page) => {
      const cell = rows(page, 'accesses').first().locator('.address code');
      expect(await cell.textContent()).toMatch(/^0x[0-9a-f]{6}…[0-9a-f]{4}$/);
      await page.getByLabel('Numbers in full').check();
      expect(await cell.textContent()).toMatch(/^0x[0-9a-f]{40}$/);
      expect(await page.locator('.roots code').first().textContent()).toMatch(/^0x[0-9a-f]{64}$/);
      await page.getByRole('button', { name: 'Clear' }).click();
      await expect.poll(() => cell.textContent()).toMatch(/…/);
    });
  });

  it('puts all rows into the document for print and for the browser’s search', async () => {
    await on('large', async (page) => {
      await page.evaluate('dispatchEvent(new Event("beforeprint"))');
      expect(await rows(page, 'accesses').count()).toBe(10_000);
      await page.evaluate('dispatchEvent(new Event("afterprint"))');
      expect(await rows(page, 'accesses').count()).toBeLessThan(80);
      await page.keyboard.press('Control+f');
      expect(await rows(page, 'accesses').count()).toBe(10_000);
    });
  });

  it('keeps only the rows in sight in the document, of 10,000 accesses', async () => {
    await on('large', async (page) => {
      expect(await page.locator('#panel-accesses .count').textContent()).toBe('10,000 of 10,000 accesses');
      await page.locator('#accesses').focus();
      await page.keyboard.press('End');
      await expect.poll(() => page.locator('#accesses-9999').count()).toBe(1);
      expect(await rows(page, 'accesses').count()).toBeLessThan(80);
      expect(await page.locator('svg.tree').count()).toBe(1);
    });
  });
});
