/** What commands print as the next one to run is run as it is printed, by a shell. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextCommand, quotedForShell } from '../../src/cli/next.js';
import { placesOf } from '../../src/cli/places.js';
import { BIN, environment, freshFolder, put, ROOT, rootshift } from './cli.js';
import type { Run } from './cli.js';

const shell = promisify(execFile);
const genesis = path.join(ROOT, 'test', 'fixtures', 'import', 'genesis.json');

/** Runs the next command that was printed, word for word, where `npx rootshift` is this program. */
async function runNext(folder: string, { stdout }: Pick<Run, 'stdout'>): Promise<string> {
  const bin = path.join(folder, 'node_modules', '.bin');
  await mkdir(bin, { recursive: true });
  await symlink(BIN, path.join(bin, 'rootshift')).catch(() => {});
  const next = /^Next[^:]*: npx (.*)$/m.exec(stdout)![1]!;
  const env = { ...environment(), PATH: `${bin}:${process.env['PATH']}` };
  return (await shell('/bin/sh', ['-c', next], { cwd: folder, env })).stdout;
}

describe('a word for a shell', () => {
  it.each([
    ['batch.json', 'batch.json'],
    ['/a/b-c_1.json', '/a/b-c_1.json'],
    ['postgres://u@h:5432/db', 'postgres://u@h:5432/db'],
    ['my batch.json', "'my batch.json'"],
    ["it's", `'it'\\''s'`],
    ['$HOME', "'$HOME'"],
    ['a;b', "'a;b'"],
    ['', "''"],
    ['grpc://h?x=1&y=2', "'grpc://h?x=1&y=2'"],
  ])('%j stands as %s, and is read back', async (word, quoted) => {
    expect(quotedForShell(word)).toBe(quoted);
    expect((await shell('/bin/sh', ['-c', `printf %s ${quoted}`])).stdout).toBe(word);
  });
});

describe('the next command', () => {
  afterEach(() => vi.unstubAllEnvs());
  const secret = 'postgres://prover:pass word@db.example/state';

  it('leaves a password out, and says where it goes', () => {
    const { command, text } = nextCommand(
      ['npx', 'rootshift', 'state'],
      [
        ['--home', 'my home'],
        ['--db', secret],
      ],
    );
    expect(command).toBe("npx rootshift state --home 'my home'");
    expect(text).toBe(`Next: ${command}\n  --db is omitted because it has a password: set ROOTSHIFT_DB instead.`);
  });

  it('says nothing of what the environment has, and gives what has no password', () => {
    vi.stubEnv('ROOTSHIFT_DB', secret);
    expect(nextCommand(['a'], [['--db', secret]]).text).toBe('Next: a');
    expect(
      nextCommand(
        ['a'],
        [
          ['--db', 'postgres://db.example/state'],
          ['--db-insecure', true],
          ['--home', undefined],
        ],
      ).text,
    ).toBe('Next: a --db postgres://db.example/state --db-insecure');
  });

  it('leads to a served database by the same token and certificates', () => {
    const { flags } = placesOf({
      home: '.rootshift',
      maxInput: 5,
      db: 'grpc://h:1',
      dbTokenFile: 'token',
      dbCa: 'ca.pem',
      dbInsecure: true,
    });
    expect(nextCommand(['a'], flags).command).toBe(
      'a --db grpc://h:1 --db-token-file token --db-ca ca.pem --db-insecure --max-input 5',
    );
  });
});

describe.concurrent('is run as it is printed', () => {
  it('after an execution, in a directory and to a file whose names have spaces, quotes and a dash', async () => {
    const folder = await freshFolder();
    const executed = await rootshift(folder, ['execute', genesis, '--out', "-it's a trace.json"]);
    expect(executed.stdout).toMatch(/Next: npx rootshift check '\.\/-it'\\''s a trace\.json'\n$/);
    expect(await runNext(folder, executed)).toMatch(/^Valid/);
  });

  it.each(['quad', 'binary'])('after an export of a %s tree: load makes the same root', async (tree) => {
    const folder = await freshFolder();
    const loaded = JSON.parse((await rootshift(folder, ['load', genesis, '--tree', tree, '--json'])).stdout);
    const exported = await rootshift(folder, ['state', 'export', '--out', 'all entries.csv']);
    expect(await runNext(folder, exported)).toContain(loaded.root);
    expect(await readFile(path.join(folder, 'all entries.csv'), 'utf8')).toMatch(/^address,kind,slot,value\n/);
  });

  it('after a snapshot, and after a proof of nothing', async () => {
    const folder = await freshFolder();
    const file = await put(folder, 'first state.json', { prestate: [{ key: 1, value: 2 }] });
    const nothing = await rootshift(folder, ['prove', file, '--home', 'my home']);
    expect(nothing.stdout).toMatch(/Next: npx rootshift load 'first state\.json' --home 'my home'/);
    expect(await runNext(folder, nothing)).toMatch(/^Loaded 1 entry/);
    const snapshot = await rootshift(folder, ['snapshot', 'export', '--out', 'a snapshot', '--home', 'my home']);
    expect(await runNext(folder, snapshot)).toMatch(/1 entry/);
  });
});
