import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it } from 'vitest';
import { complaintOf } from '../../src/cli/errors.js';
import { openDatabase } from '../../src/engine/database.js';
import { HashDb } from '../../src/state/hashdb/hashdb.js';
import { openLevel } from '../../src/state/hashdb/level.js';
import { poseidonScheme } from '../../src/state/tree/scheme.js';
import { contentOf, expectRefusal, freshFolder, put, rootshift } from './cli.js';

const create = { createIfMissing: true };
const OTHER_SCHEME = { ...poseidonScheme(2), id: 'another-hash' };
const DB = path.join('.rootshift', 'db');

const BATCH = { prestate: [{ key: '1', value: '5' }], accesses: [{ op: 'write', key: '1', value: '6' }] };
const UNTRUE = { ...BATCH, accesses: [{ op: 'read', key: '1', value: '6' }] };

/** What each command that needs a database does without one that it can use. */
const COMMANDS: readonly string[] = [
  'prove batch.json --circuit s14',
  'execute batch.json',
  'get 1',
  'state',
  'load batch.json',
];

async function folderWithBatch(batch: object = BATCH): Promise<string> {
  const folder = await freshFolder();
  await put(folder, 'batch.json', batch);
  return folder;
}

describe.concurrent('where there is nothing', () => {
  it.each([['state'], ['get', '1'], ['get', '1', '--proof', 'entry.json']])(
    '%s %s %s makes nothing',
    async (...args) => {
      const folder = await folderWithBatch();
      const before = await contentOf(folder);
      expectRefusal(await rootshift(folder, args), /there is no database at \.rootshift\/db; .*--db PLACE/);
      expect(await contentOf(folder)).toEqual(before);
    },
  );

  it('execute makes only its trace, from the prestate of the batch', async () => {
    const folder = await folderWithBatch();
    expect(await rootshift(folder, ['execute', 'batch.json', '--out', 'out/trace.json'])).toMatchObject({ code: 0 });
    const { files } = (await contentOf(folder)) as { files: object };
    expect(Object.keys(files).sort()).toEqual(['batch.json', 'out', 'out/trace.json']);
    expect(await rootshift(folder, ['check', 'out/trace.json'])).toMatchObject({ code: 0 });
  });

  it('a batch that the state does not bear out makes nothing, its prestate is not loaded', async () => {
    const folder = await folderWithBatch(UNTRUE);
    const before = await contentOf(folder);
    expectRefusal(
      await rootshift(folder, ['prove', 'batch.json', '--circuit', 's14']),
      /accesses\[0\]: the read states value 0x0+6, but the state has 0x0+5/,
    );
    expect(await contentOf(folder)).toEqual(before);
  });
});

interface BadDatabase {
  readonly make: (db: string) => Promise<void>;
  readonly says: RegExp;
}

const DATABASES: Readonly<Record<string, BadDatabase>> = {
  'of a later version': {
    make: async (db) => {
      const level = new ClassicLevel(db);
      await level.put('f', JSON.stringify({ format: 'rootshift-hashdb', version: 4, scheme: 'any' }));
      await level.close();
    },
    says: /the database at \.rootshift\/db has version 4, expected version 3/,
  },
  "of another scheme's tree": {
    make: async (db) => (await HashDb.open(await openLevel(db, create), OTHER_SCHEME, create)).close(),
    says: /has a tree with another-hash, expected bn254-poseidon4\/whole-key-and-value\/2/,
  },
  'of another program': {
    make: async (db) => {
      const level = new ClassicLevel(db);
      await level.put('x', 'y');
      await level.close();
    },
    says: /expected a Rootshift database at \.rootshift\/db, found records without a format/,
  },
  'that is a file': {
    make: (db) => writeFile(db, ''),
    says: /expected a Rootshift database at \.rootshift\/db, found a file/,
  },
  'that is a directory of other files': {
    make: async (db) => {
      await mkdir(db);
      await writeFile(path.join(db, 'letter.txt'), '');
    },
    says: /found a directory with letter\.txt in it/,
  },
  'that is damaged': {
    make: async (db) => {
      await (await openDatabase(db, create)).close();
      await writeFile(path.join(db, 'CURRENT'), 'nonsense\n');
    },
    says: /the database at .* is damaged: file CURRENT: it names no manifest/,
  },
};

describe.concurrent('a database', () => {
  const [first, ...others] = Object.entries(DATABASES);
  const cases = [
    ...COMMANDS.map((line) => [first![0], line, first![1]] as const),
    ...others.map(([name, database]) => [name, 'state', database] as const),
  ];
  it.each(cases)('%s is refused by %s, and left as it is', async (_name, line, { make, says }) => {
    const folder = await folderWithBatch();
    await mkdir(path.join(folder, '.rootshift'));
    await make(path.join(folder, DB));
    const before = await readdir(folder, { recursive: true });
    expectRefusal(await rootshift(folder, line.split(' ')), says);
    // LevelDB turns its own logs over when it opens.
    const ours = (names: readonly string[]): string[] =>
      names.filter((name) => !/LOG|LOCK|MANIFEST|[0-9]{6}/.test(name)).sort();
    expect(ours(await readdir(folder, { recursive: true }))).toEqual(ours(before));
  });
});

describe('a database that another process has open', () => {
  it.each(COMMANDS)('is refused by %s', async (line) => {
    const folder = await folderWithBatch();
    const db = await openDatabase(path.join(folder, DB), create);
    try {
      expectRefusal(
        await rootshift(folder, line.split(' ')),
        /the database at \.rootshift\/db is in use by another process; .*--db PLACE/,
      );
    } finally {
      await db.close();
    }
    expect(await contentOf(folder)).toMatchObject({ history: [{ number: 0 }] });
  });
});

describe.concurrent('an empty place is refused', () => {
  it.each(COMMANDS)('by %s', async (line) => {
    const folder = await folderWithBatch();
    const before = await contentOf(folder);
    const run = await rootshift(folder, line.split(' '), { ROOTSHIFT_DB: '' });
    expectRefusal(run, /expected a directory, postgres:.* as the database, got an empty text/);
    expect(await contentOf(folder)).toEqual(before);
  });
});

describe.concurrent('a place that cannot be written', () => {
  it('is refused before anything is made: a file where the home would be', async () => {
    const folder = await folderWithBatch();
    const args = ['prove', 'batch.json', '--circuit', 's14', '--home', 'batch.json'];
    expectRefusal(await rootshift(folder, args), /could not write batch\.json\/proofs\/proof\.json: not a directory/);
  });

  it.each([
    [-28, 'ENOSPC', 'no space left on device'],
    [-13, 'EACCES', 'permission denied'],
    [-30, 'EROFS', 'read-only file system'],
  ])('is told in the words of the system (%i)', (errno, code, words) => {
    const error = Object.assign(new Error(`${code}: ${words}, write`), { errno, code, syscall: 'write', path: '/a/b' });
    expect(complaintOf(error)).toEqual({ sentence: `could not write /a/b: ${words} (${code})`, isBug: false });
  });

  it("what is nobody's mistake is called a bug", () => {
    expect(complaintOf(new TypeError('x is not a function'))).toMatchObject({
      isBug: true,
      sentence: expect.stringContaining('this is a bug'),
    });
  });
});
