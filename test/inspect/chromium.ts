import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * The browser to test in: `ROOTSHIFT_TEST_CHROMIUM`, which has to be there, or one in the PATH; null if there is none.
 */
export const CHROMIUM: string | null =
  process.env['ROOTSHIFT_TEST_CHROMIUM'] ??
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => path.join(folder, name)))
    .find(isExecutable) ??
  null;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Root may run it only without its sandbox. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

export interface View {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

export const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1280, 360].map((width) => ({ colorScheme, width })),
);

/**
 * Opens a page, works with it, and finds that it said nothing on the console and asked nothing of a network, but for
 * the server that it came from.
 * @param source a file's path, or an `http:` URL
 */
export async function onPage(
  browser: Browser,
  source: string,
  use: (page: Page) => Promise<void>,
  { colorScheme = 'light', width = 1280, bypassCSP = false }: View & { readonly bypassCSP?: boolean } = {},
): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, bypassCSP });
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  const url = source.startsWith('http:') ? source : pathToFileURL(source).href;
  const isOwn = (asked: string): boolean => /^(file|data):/.test(asked) || asked.startsWith(new URL(url).origin);
  page.on('request', (request) => said.push(...(isOwn(request.url()) ? [] : [request.url()])));
  try {
    await page.goto(url);
    await use(page);
    expect(said).toEqual([]);
  } finally {
    await context.close();
  }
}

/**
 * What axe finds at fault, and whether it is wider than the screen; the page's own policy lets axe run only where it is
 * bypassed.
 */
export async function faults(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  const beyond = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
  return [
    ...violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .join(' ')
          .slice(0, 300)}`,
    ),
    ...(beyond > 0 ? [`${beyond} pixels wider than the screen`] : []),
  ];
}

export const TABS = ['accesses', 'keys', 'capacity', 'publics'] as const;

/** None of the views of a run has a fault. */
export async function expectNoFaults(page: Page): Promise<void> {
  for (const tab of TABS) {
    await page.locator(`#tab-${tab}`).click();
    expect({ tab, found: await faults(page) }).toEqual({ tab, found: [] });
  }
}

export const rows = (page: Page, grid: 'accesses' | 'keys'): Locator => page.locator(`#${grid} .rows [role=row]`);
