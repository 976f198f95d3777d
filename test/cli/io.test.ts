import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { columns, inLine, visible } from '../../src/cli/io.js';
import { expectRefusal, freshFolder, put, ROOT, rootshift } from './cli.js';

it('control, direction and invisible characters are escaped as in JSON; letters and line breaks stay', () => {
  expect(visible('a\u001b[2J\u009b\r\u202e\u2066\u200f\u2028\u{e0041}\0b')).toBe(
    'a\\u001b[2J\\u009b\\u000d\\u202e\\u2066\\u200f\\u2028\\udb40\\udc41\\u0000b',
  );
  expect(visible('é ש 𝄞 «»\n')).toBe('é ש 𝄞 «»\n');
  expect(inLine('a\nb')).toBe('a\\nb');
  const value = { name: '\u001b\u009b\u202e\n"' };
  expect(JSON.parse(visible(JSON.stringify(value, null, 2)))).toEqual(value);
  expect(columns(['a'], [['x\ny']])).toBe('a\nx\\ny');
});

it("a file's name and what is in it reach no terminal as they are", async () => {
  const folder = await freshFolder();
  const name = await put(folder, 'a\u001b[2J\u202e\nb.json', '{"\u009b\u202e": 1, "accesses": []}');
  const run = await rootshift(folder, ['execute', name]);
  expectRefusal(run, /^error: a\\u001b\[2J\\u202e\\nb\.json: .*"\\u009b\\u202e"/);
  expect(run.stderr.trimEnd()).not.toMatch(/[^\P{C}\n]/u);
});

it('the version is told alike with and without other options', async () => {
  const folder = await freshFolder();
  const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  for (const args of [['--version'], ['--json', '--version']])
    expect(await rootshift(folder, args)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});
