import { spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CIRCUIT_NAMES } from '../../src/machine/circuit/catalogue.js';
import { COMPLETION_SCRIPTS, completionsOf } from '../../src/cli/completion.js';
import { rootshift as program } from '../../src/cli/program.js';
import { BIN, environment, expectRefusal, freshFolder, rootshift } from './cli.js';

const values = (...words: string[]): string[] =>
  completionsOf(
    program('0.0.0', () => {}),
    words,
  ).map((line) => line.split('\t')[0]!);

describe('a word goes on', () => {
  it.each([
    [['pr'], ['prove']],
    [['state', 'un'], ['unname']],
    [['--home', 'state', 'pru'], []],
    [['--json', 'state', 'pru'], ['prune']],
    [['prove', 'batch.json', '--circ'], ['--circuit']],
    [['prove', '--max-in'], ['--max-input']],
    [['prove', '--circuit', ''], [...CIRCUIT_NAMES]],
    [['prove', '--circuit', 's18', ''], []],
    [['load', '--tree', 'b'], ['binary']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['verify', ''], []],
    [['no-such-command', '--jso'], ['--json']],
  ])('%j with %j', (words, wanted) => expect(values(...words)).toEqual(wanted));

  it('nothing with every command', () =>
    expect(values('').sort()).toEqual(
      program('0.0.0', () => {})
        .commands.map((command) => command.name())
        .concat('help')
        .sort(),
    ));
});

it('is asked of the command line with what it means', async () => {
  const { code, stdout } = await rootshift(await freshFolder(), ['complete', '--', 'config']);
  expect([code, stdout]).toEqual([0, 'config\tprint every setting and where it comes from\n']);
  expectRefusal(await rootshift(await freshFolder(), ['completion', 'tcsh']), /Allowed choices are bash, zsh, fish/);
  expect((await rootshift(await freshFolder(), ['completion', 'zsh'])).stdout).toBe(`${COMPLETION_SCRIPTS.zsh}\n`);
});

/** What bash offers for a line, as its own completion does: `compgen` of the function, then files if there is none. */
function inBash(folder: string, words: readonly string[]): string[] {
  const quoted = ['rootshift', ...words].map((word) => `'${word}'`).join(' ');
  const line = `${COMPLETION_SCRIPTS.bash}
    COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _rootshift; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p rootshift`;
  const { stdout, status, stderr } = spawnSync('bash', ['--norc', '-c', line], {
    cwd: folder,
    env: { ...environment(), PATH: `${folder}${path.delimiter}${process.env['PATH']}` },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

it.skipIf(process.platform === 'win32')('is what bash offers', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'completion-'));
  symlinkSync(BIN, path.join(folder, 'rootshift'));
  writeFileSync(path.join(folder, 'batch.json'), '');
  const registered = 'complete -o default -F _rootshift rootshift';
  expect(inBash(folder, ['state', 'ex'])).toEqual(['export', registered]);
  // None: files follow, by `-o default`.
  expect(inBash(folder, ['prove', 'ba'])).toEqual(['', registered]);
});
