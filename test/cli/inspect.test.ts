import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshFolder, put, rootshift } from './cli.js';
import type { Run } from './cli.js';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const BATCH = {
  prestate: [
    { address: ADDRESS, kind: 'balance', value: '100' },
    { key: '2', value: '3' },
  ],
  accesses: [
    { op: 'read', address: ADDRESS, kind: 'balance' },
    { op: 'write', key: '2', value: '4' },
    { op: 'write', key: '9', value: '5' },
  ],
};

let folder: string;
const cli = (...args: string[]): Promise<Run> => rootshift(folder, args);

beforeAll(async () => {
  folder = await freshFolder();
  await put(folder, 'batch.json', BATCH);
  await cli('execute', 'batch.json', '--out', 'trace.json');
});

describe('inspect', () => {
  it.each(['trace.json', 'batch.json'])(
    'prints accesses and keys of %s, with filters, and the path of one key',
    async (file) => {
      const { code, stdout } = await cli('inspect', file, '--key', '1');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ {2}accesses +3 \(1 read, 2 writes\)$/m);
      expect(stdout).toMatch(/^1 +key 2 +3 +4 +update$/m);
      expect(stdout).toMatch(/^ {2}root +0x\w+\.\.\.\w+ -> 0x/m);
      expect(stdout).not.toContain('key 9');
      const { keys, accesses } = JSON.parse(
        (await cli('inspect', file, '--changed', '--kind', 'storage', '--json')).stdout,
      );
      expect([keys.length, accesses.length]).toEqual([2, 2]);
    },
  );

  it('writes a page that is whole in itself, and nothing where it says no', async () => {
    const { stdout } = await cli('inspect', 'trace.json', '--html', path.join('pages', 'trace.html'));
    const html = await readFile(path.join(folder, 'pages', 'trace.html'), 'utf8');
    expect(stdout).toContain(
      `Page: ${path.join('pages', 'trace.html')}, ${Buffer.byteLength(html).toLocaleString('en')} bytes`,
    );
    expect(html).toContain("default-src 'none'");
    expect(html.match(/(src|href)="(?!data:)/g)).toBeNull();
    for (const [args, complaint] of [
      [['inspect'], 'expected FILE or --circuit NAME, got neither'],
      [['inspect', 'trace.json', '--key', '3'], 'expected a number below 3'],
      [['inspect', 'trace.json', '--key', 'x'], '--key: expected a number of the key table, got x'],
      [['inspect', 'trace.json', '--transactions', '1'], '--transactions: expected a batch'],
    ] as const) {
      const { code, stderr } = await cli(...args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(complaint) });
    }
  });

  it('finds what is wrong with a trace: exit code 1', async () => {
    const trace = await readFile(path.join(folder, 'trace.json'), 'utf8');
    await put(folder, 'wrong.json', trace.replace('"previousTime":0', '"previousTime":1'));
    const { code, stdout } = await cli('inspect', 'wrong.json');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Trace wrong\.json: Not valid: /);
  });

  it("counts a circuit's constraints by template: as many as it has", async () => {
    const { stdout } = await cli('inspect', '--circuit', 's14');
    expect(stdout).toMatch(/^Circuit s14: 10,193 constraints/);
    expect(stdout).toMatch(/^Transition +1 +\d+ +10,193 +100\.0 %$/m);
  });
});
