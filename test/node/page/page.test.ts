/** The page of a node, in a browser: what it shows, that it follows the chain, for everybody. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberToHex } from 'viem';
import { freshFolder, put, rootshift } from '../../cli/cli.js';
import { CHROMIUM, faults, launch, onPage, VIEWS } from '../../inspect/chromium.js';
import { ALICE, BOB } from '../../rules/evm/world.js';
import { PageWorld, servePage } from './world.js';
import type { ServedPage } from './world.js';

let world: PageWorld;
let served: ServedPage;

beforeAll(async () => {
  world = await PageWorld.begin();
  served = await servePage(world);
});
afterAll(async () => {
  await served?.stop();
  expect(served?.bugs).toEqual([]);
});

const hashOf = (block: number, index = 0): string =>
  numberToHex(world.made[block]!.transactions[index]!.hash, { size: 32 });
const places = (): Readonly<Record<string, string>> => ({
  Overview: '',
  Blocks: 'blocks',
  'Block 2': 'blocks/2',
  Batches: 'batches',
  'Batch 1': 'batches/1',
  Transaction: `transactions/${hashOf(2)}`,
  Contract: `accounts/${world.token.toLowerCase()}`,
  Account: `accounts/${BOB.address.toLowerCase()}`,
  Pool: 'pool',
});

describe('what the page asks for', () => {
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`${served.url}${path}`);
    return [response.status, await response.text()];
  };

  it('is there, or said to be missing, or refused with a sentence', async () => {
    expect((await get('data/blocks/2'))[0]).toBe(200);
    expect(await get('data/blocks/99')).toEqual([404, 'there is no such thing here\n']);
    expect(await get('data/blocks?before=x')).toEqual([400, 'before: expected a number, got x\n']);
    expect(await get(`data/accounts/${BOB.address}?slots=zz`)).toEqual([400, 'slots: expected numbers, got zz\n']);
    const above = `0x1${'0'.repeat(63)}0`;
    expect((await get(`data/accounts/${BOB.address}?slots=${above}`))[0]).toBe(400);
    expect(await get('batches/2/proof')).toEqual([404, 'this batch has no proof yet\n']);
    expect(await get('elsewhere')).toEqual([404, 'expected /, or POST for JSON-RPC\n']);
  });

  it('is counted for Prometheus, and said to be alive and ready', async () => {
    expect(await get('livez')).toEqual([200, 'ok\n']);
    expect(await get('readyz')).toEqual([200, 'ok\n']);
    const read = async (): Promise<(name: string) => number> => {
      const [, text] = await get('metrics');
      return (name) => Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (.+)$`, 'm').exec(text)?.[1] ?? 0);
    };
    const before = await read();
    expect(before('rootshift_node_height')).toBe(world.made.length - 1);
    expect(before('rootshift_node_batch')).toBe(2);
    expect(before('rootshift_pool_pending')).toBe(1);
    expect(before('rootshift_node_blocks_total')).toBe(0);
    await world.block([]);
    await expect.poll(async () => (await read())('rootshift_node_blocks_total')).toBe(1);
    world.wait(await world.sign({ to: BOB.address }));
    world.drop('it does not fit');
    const after = await read();
    expect(after('rootshift_pool_ready_total')).toBe(1);
    expect(after('rootshift_pool_dropped_total{reason="rejected"}')).toBe(1);
  });

  it('lists what is before a number, and says whether there is more', async () => {
    const [, text] = await get('data/blocks?before=2');
    expect(JSON.parse(text)).toMatchObject({ rows: [{ number: 1 }, { number: 0 }], older: null });
  });
});

describe.skipIf(CHROMIUM === null)(CHROMIUM === null ? 'the page (skipped: no Chromium)' : 'the page', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const at = (place: string, use: (page: Page) => Promise<void>, view = {}): Promise<void> =>
    onPage(
      browser,
      `${served.url}#/${place}`,
      async (page) => {
        await page.locator('.live', { hasText: 'live' }).waitFor();
        await page.locator('main > *').first().waitFor();
        await use(page);
      },
      view,
    );
  const title = (page: Page): Promise<string | null> => page.locator('h1').textContent();
  const factOf = (page: Page, label: string): Promise<string | null> =>
    page.locator(`dt:text-is("${label}") + dd`).textContent();

  // Each color scheme and each width once.
  it.each([VIEWS[0]!, VIEWS[3]!])('has nothing that axe finds at fault: $colorScheme, $width wide', async (view) => {
    await at(
      '',
      async (page) => {
        for (const [name, place] of Object.entries(places())) {
          await page.evaluate(`location.hash = '#/${place}'`);
          await page.locator('h1', { hasText: name }).waitFor();
          expect({ place, found: await faults(page) }).toEqual({ place, found: [] });
        }
      },
      { ...view, bypassCSP: true },
    );
  });

  it('shows head, batches with stages, transactions, and that the EVM is not proven', async () => {
    await at('', async (page) => {
      const numbers = await page.locator('.numbers').innerText();
      expect(numbers).toMatch(new RegExp(`${world.made.length - 1} is the newest block`));
      expect(numbers).toMatch(/2 is the newest batch\s+open/);
      expect(numbers).toMatch(/1 ready in the pool/);
      expect(await page.locator('.said').textContent()).toMatch(/is not proven: it is executed again/);
      expect(await page.locator('main').innerText()).toMatch(/1\tchecked\tnot proven\t3\t4\t14/);
    });
  });

  it('shows a transaction with events and accesses, and one that failed as such', async () => {
    await at(`transactions/${hashOf(2)}`, async (page) => {
      expect(await factOf(page, 'outcome')).toBe('succeeded');
      expect(await factOf(page, 'block')).toBe('2, place 0');
      expect(await page.getByRole('region', { name: 'Events' }).locator('tbody tr').count()).toBe(1);
      const { reads, writes } = world.made[2]!.executed[0]!;
      const accesses = page.getByRole('region', { name: /^Access log/ }).locator('tbody tr');
      expect(await accesses.count()).toBe(reads.length + writes.length);
    });
    await at(`transactions/${hashOf(3)}`, async (page) => expect(await factOf(page, 'outcome')).toBe('failed'));
  });

  it("reads a contract's storage, and the slot that is asked for", async () => {
    await at(`accounts/${world.token.toLowerCase()}`, async (page) => {
      expect(await title(page)).toBe('Contract');
      const rows = page.getByRole('region', { name: 'Storage' }).locator('tbody tr');
      const before = await rows.count();
      await page.locator('#slot').fill('77');
      await page.getByRole('button', { name: 'Read' }).click();
      await expect.poll(() => rows.count()).toBe(before + 1);
      expect(await rows.first().innerText()).toMatch(/^0x4d\s+0x0/);
    });
  });

  it('finds blocks, transactions and accounts by what one pastes', async () => {
    await at('', async (page) => {
      const search = async (word: string, expected: string): Promise<void> => {
        await page.getByRole('searchbox').fill(word);
        await page.getByRole('searchbox').press('Enter');
        await page.locator('h1', { hasText: expected }).waitFor();
      };
      await search('3', 'Block 3');
      await search(numberToHex(world.made[2]!.block.hash, { size: 32 }), 'Block 2');
      await search(hashOf(2), 'Transaction');
      await search(ALICE.address, 'Account');
      await page.getByRole('searchbox').fill('nothing');
      await page.getByRole('searchbox').press('Enter');
      await page.getByText('There is nothing of this name here.').waitFor();
    });
  });

  it('is read by keyboard alone: focus goes to what was opened', async () => {
    await at('blocks', async (page) => {
      await page.locator('main a[href="#/blocks/2"]').focus();
      await page.keyboard.press('Enter');
      await page.locator('h1', { hasText: 'Block 2' }).waitFor();
      await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1');
      await page.goBack();
      await page.locator('h1', { hasText: 'Blocks' }).waitFor();
    });
  });

  it('leads from a batch to the page of its proof, which says that nobody has verified it', async () => {
    const folder = await freshFolder();
    await put(folder, 'batch.json', { accesses: [{ op: 'write', key: 2, value: 5 }] });
    expect(await rootshift(folder, ['prove', 'batch.json', '--circuit', 's14', '--out', 'proof.json'])).toMatchObject({
      code: 0,
    });
    world.proof = await readFile(path.join(folder, 'proof.json'), 'utf8');
    await at('batches/1', async (page) => {
      await page.getByRole('link', { name: 'its accesses and public inputs' }).click();
      await page.locator('.verdict', { hasText: 'Not verified' }).waitFor();
      expect(await title(page)).toBe('Batch 1');
      expect(await page.locator('.numbers').innerText()).toMatch(/1 access/);
    });
  });

  it('follows the chain and the pool, and keeps what is focused and typed', async () => {
    await at('', async (page) => {
      await page.locator('main a[href="#/blocks/4"]').first().focus();
      await world.block([]);
      await page.locator('.numbers', { hasText: `${world.made.length - 1} is the newest block` }).waitFor();
      await page.evaluate("location.hash = '#/pool'");
      await page.locator('h1', { hasText: 'Pool' }).waitFor();
      expect(await page.locator('tbody tr').count()).toBe(1);
      const transaction = await world.sign({ to: BOB.address, value: 8n });
      world.wait(transaction);
      await expect.poll(() => page.locator('tbody tr').count()).toBe(2);
      const hash = numberToHex(transaction.hash, { size: 32 });
      await page.evaluate(`location.hash = '#/transactions/${hash}'`);
      await page.getByText('waits for a block').waitFor();
      // Words of others are never markup.
      world.drop('<img src=x onerror=alert(1)> is not taken');
      await page.getByText('<img src=x onerror=alert(1)> is not taken').waitFor();
    });
    await at(`accounts/${world.token.toLowerCase()}`, async (page) => {
      await page.locator('#slot').fill('123');
      await world.block([]);
      await page
        .locator('dd', { hasText: String(world.made.length - 1) })
        .last()
        .waitFor();
      await expect.poll(() => factOf(page, 'as of block')).toBe(String(world.made.length - 1));
      expect(await page.locator('#slot').inputValue()).toBe('123');
      expect(await page.evaluate('document.activeElement.id')).toBe('slot');
    });
  });
});
