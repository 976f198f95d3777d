import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore } from '../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../src/machine/circuit/compile.js';
import { openDatabase } from '../../src/engine/database.js';
import { frToHex } from '../../src/base/field/fr.js';
import { provingKeys } from '../../src/proof/prover/keys.js';
import { ARTIFACTS, freshFolder, historyOf, put, rootshift } from './cli.js';
import type { Run } from './cli.js';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const word = (x: number): string => `0x${x.toString(16).padStart(64, '0')}`;
const BATCH = {
  prestate: [
    { address: ADDRESS, kind: 'balance', value: '100' },
    { key: '2', value: '3' },
  ],
  transactions: [
    [
      { op: 'read', address: ADDRESS, kind: 'balance' },
      { op: 'write', key: '2', value: '4' },
      { op: 'read', key: '2', value: '4' },
    ],
    [{ op: 'write', key: '2', value: '5' }],
  ],
};
const LATER = { accesses: [{ op: 'write', key: '7', value: '8' }] };

let folder: string;
let proved: Run;
let provedLater: Run;
const roots: string[] = [];
let proofFile = '';
let laterProofFile = '';

const cli = (...args: string[]): Promise<Run> => rootshift(folder, args);
const json = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout);

beforeAll(async () => {
  // Made here if need be, so that it is not `prove` that takes this time.
  const store = new ArtifactStore(ARTIFACTS);
  await provingKeys(store, await compileCircuit(store, 's14'));
  folder = await freshFolder();
  await put(folder, 'batch.json', BATCH);
  await put(folder, 'later.json', LATER);
  proved = await cli('prove', 'batch.json', '--transactions', '1', '--circuit', 's14', '--prover', 'snarkjs');
  provedLater = await cli('prove', 'later.json', '--circuit', 's14', '--json');
  for (const { root } of (await historyOf(path.join(folder, '.rootshift', 'db'))) ?? []) roots.push(frToHex(root));
  [proofFile, laterProofFile] = [2, 3].map((number) =>
    path.join('.rootshift', 'proofs', `${number}-${roots[number]!.slice(2, 18)}.json`),
  ) as [string, string];
});

describe('prove', () => {
  it('loads the prestate, proves the batch, and makes the new root current', async () => {
    expect(proved.code).toBe(0);
    for (const line of [
      /^Proved and verified a batch of 3 accesses \(2 reads\)\.$/m,
      /^ {2}loaded +2 entries of the prestate, unproven$/m,
      /^ {2}accesses +balance 1 \(1 read, 0 writes\); storage 2 \(1 read, 1 write\)$/m,
      /^ {2}keys +2 distinct: 1 changed, 1 only read$/m,
      new RegExp(`^ {2}old root +${roots[1]}$`, 'm'),
      new RegExp(`^ {2}new root +${roots[2]}, now current \\(number 2\\)$`, 'm'),
      /^ {2}circuit +s14, [0-9,]+ constraints$/m,
      /^ {2}prover +snarkjs$/m,
      /^ {2}time +execution [0-9.]+ s, circuits [0-9.]+ s \(reused\), keys [0-9.]+ s \(reused\), witness /m,
      new RegExp(`^Next: npx rootshift verify ${proofFile} --batch batch.json --transactions 1`, 'm'),
    ])
      expect(proved.stdout).toMatch(line);
    expect((await historyOf(path.join(folder, '.rootshift', 'db')))!.map(({ origin }) => origin)).toEqual([
      'empty',
      'load',
      'prove',
      'prove',
    ]);
  });

  it('warns once that the keys are insecure', () => {
    expect(proved.stderr.match(/^warning: Development key: /gm)).toHaveLength(1);
  });

  it('goes on from the new root, and gives JSON', () => {
    expect(provedLater.code).toBe(0);
    expect(JSON.parse(provedLater.stdout)).toMatchObject({
      valid: true,
      oldRoot: roots[2],
      newRoot: roots[3],
      number: 3,
      loadedEntries: null,
      accesses: { total: 1, byKind: [{ kind: 'storage', reads: 0, writes: 1 }] },
      chunks: [{ accesses: 1, circuit: 's14' }],
      circuits: [{ name: 's14', chunks: 1, setup: { insecure: true } }],
      files: { proof: laterProofFile },
    });
  });

  it('what it says to try next works', async () => {
    const next = /^Next: npx rootshift (.*)$/m.exec(proved.stdout)![1]!;
    expect(await cli(...next.split(' '))).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('verify', () => {
  it('says in one sentence what was proven, and what was checked', async () => {
    const { code, stdout } = await cli('verify', proofFile, '--batch', 'batch.json', '--transactions', '1');
    expect(code).toBe(0);
    const [sentence, ...checked] = stdout.trimEnd().split('\n');
    expect(sentence).toMatch(
      new RegExp(
        `^Valid: exactly the 3 accesses .* lead from root ${roots[1]} to root ${roots[2]}, .*; proven with circuit s14 and development keys[^;]*\\.$`,
      ),
    );
    expect(checked).toContain('  checked: the log is the given batch');
    expect(checked).toContain(
      '  checked: oldRoot is number 1 in the history of the database at .rootshift/db, where it was loaded, unproven',
    );
  });

  it('knows a proven root of the history', async () => {
    expect(await json('verify', laterProofFile, '--batch', 'later.json')).toMatchObject({ valid: true, assumed: [] });
  });

  it('without a database, leaves the old root to who reads the sentence', async () => {
    const elsewhere = await freshFolder();
    await copyFile(path.join(folder, proofFile), path.join(elsewhere, 'proof.json'));
    const alone = await rootshift(elsewhere, ['verify', 'proof.json']);
    expect(alone).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`accept it only if you accepted oldRoot ${roots[1]}`),
    });
    const told = await rootshift(elsewhere, ['verify', 'proof.json', '--old-root', roots[1]!]);
    expect(told).toMatchObject({ code: 0, stdout: expect.not.stringContaining('accept it only') });
  });

  it('while the database is in use, says that its roots were not looked at', async () => {
    const db = await openDatabase(path.join(folder, '.rootshift', 'db'));
    try {
      expect(await cli('verify', laterProofFile)).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^note: .* in use .* not checked\n$/),
      });
    } finally {
      await db.close();
    }
  });

  it('takes a key from a file, and then the word of the user for it', async () => {
    const { files } = JSON.parse(provedLater.stdout).circuits[0];
    await copyFile(
      path.resolve(folder, path.dirname(files.provingKey), 'verification_key.json'),
      path.join(folder, 'key.json'),
    );
    const { code, stdout } = await cli('verify', laterProofFile, '--key', 'key.json', '--artifacts', 'none');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /accept it only if you know that key\.json is the key of circuit s14 with digest [0-9a-f]{64}\./,
    );
  });

  it.each([
    ['another batch', ['--batch', 'later.json'], /access 0 of the batch is /],
    [
      'more of the batch than was proven',
      ['--batch', 'batch.json'],
      /the batch has 4 accesses, but the proof's log has 3/,
    ],
    ['another old root', ['--old-root', '0x1'], /the proof starts from root 0x[0-9a-f]{64}, expected 0x0{63}1/],
  ])('given %s, says why the proof is not valid, with exit code 1', async (_name, args, why) => {
    const { code, stdout, stderr } = await cli('verify', proofFile, ...args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^Not valid: .*\.\n$/);
    expect(stdout).toMatch(why);
  });

  it('a proof with another new root is not valid', async () => {
    const text = await readFile(path.join(folder, proofFile), 'utf8');
    await put(folder, 'forged.json', text.replace(roots[2]!, roots[3]!));
    expect(await cli('verify', 'forged.json', '--json')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"valid": false'),
    });
  });
});

describe('get', () => {
  it.each([
    ['an address and its kind', [ADDRESS, '--kind', 'balance'], word(100)],
    ['an address and a slot', [`0x${'0'.repeat(40)}`, '0x2'], word(4)],
    ['a plain key that is absent', ['9'], 'absent'],
  ])('prints the value of %s, and proves it', async (_name, entry, value) => {
    const file = `entry-${entry.join('')}.json`;
    expect(await cli('get', ...entry, '--proof', file)).toEqual({ code: 0, stdout: `${value}\n`, stderr: '' });
    const verified = await cli('verify', file);
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^Valid: in the state with root ${roots[3]}, `)),
    });
    expect(verified.stdout).toContain('checked: the root is number 3 in the history of the database');
  });

  it('prints the value at an older root', async () => {
    expect(await cli('get', '2', '--root', roots[1]!)).toMatchObject({ code: 0, stdout: `${word(3)}\n` });
    expect(await json('get', '7', '--root', roots[2]!)).toMatchObject({
      root: roots[2],
      present: false,
      value: word(0),
    });
  });

  it('prints the values of many entries, and proves them by one proof', async () => {
    await put(
      folder,
      'entries.csv',
      `address,kind,slot\n${ADDRESS},balance,\n0x${'0'.repeat(40)},storage,2\n0x${'0'.repeat(40)},,9\n`,
    );
    const lines = [
      `balance of ${ADDRESS}: ${word(100)}`,
      `storage of 0x${'0'.repeat(40)} at ${word(2)}: ${word(4)}`,
      `storage of 0x${'0'.repeat(40)} at ${word(9)}: absent`,
    ];
    const { code, stdout } = await cli('get', '--entries', 'entries.csv', '--proof', 'entries.json');
    expect([code, ...stdout.trimEnd().split('\n').sort()]).toEqual([0, ...lines]);
    const verified = await cli('verify', 'entries.json');
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `^Valid: in the state with root ${roots[3]}, 2 entries have the values that the proof lists, and 1 are absent`,
        ),
      ),
    });
    for (const line of [...lines, 'checked: the root is number 3 in the history of the database'])
      expect(verified.stdout).toContain(`  ${line}`);
    const text = await readFile(path.join(folder, 'entries.json'), 'utf8');
    await put(folder, 'entries.json', text.replace(word(100), word(101)));
    expect(await cli('verify', 'entries.json')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: the proof leads to root/),
    });
  });

  it('prints the values of the entries that a batch accesses', async () => {
    const { entries } = (await json('get', '--entries', 'later.json')) as { entries: object[] };
    expect(entries).toHaveLength(1);
  });

  it('a Merkle proof of another value is not valid', async () => {
    await cli('get', '2', '--proof', 'two.json');
    const text = await readFile(path.join(folder, 'two.json'), 'utf8');
    await put(folder, 'two.json', text.replace(word(4), word(5)));
    expect(await cli('verify', 'two.json')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: the path leads to root/),
    });
  });
});

describe('plan', () => {
  it('prints the chunks, and what proving them would take; the state stays', async () => {
    const { code, stdout } = await cli(
      'plan',
      'batch.json',
      '--db',
      'planned',
      '--circuit',
      's14',
      '--prover',
      'snarkjs',
    );
    expect(code).toBe(0);
    for (const line of [
      /^plan: 1 proof \(1 with s14\), about \d+ s and \d+ MiB of memory$/m,
      /^chunk +from access +circuit +accesses/m,
      /^ *0 +0 +s14 +4\/6 +1\/1 +- +1\/1 +1\/6$/m,
      /^ {2}proof file +[\d,]+ bytes$/m,
      /^ {2}gas +261,400 to verify/m,
    ])
      expect(stdout).toMatch(line);
    expect(await historyOf(path.join(folder, 'planned'))).toBeNull();
    const { proofFileBytes } = await json('plan', 'later.json', '--circuit', 's14', '--prover', 'snarkjs');
    expect(Math.abs(proofFileBytes - JSON.parse(provedLater.stdout).proofFileBytes)).toBeLessThan(20);
  });

  it('is shown by prove before it begins', () => {
    expect(proved.stderr).toMatch(/^plan: 1 proof \(1 with s14\), about \d+ s and \d+ MiB of memory/m);
  });
});

describe('the other commands', () => {
  it('state prints the current root, the history, and sizes', async () => {
    const { code, stdout } = await cli('state');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^ {2}current root +${roots[3]}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^ {2}number 1 +${roots[1]} +loaded, unproven$`, 'm'));
    expect(await json('state')).toMatchObject({
      root: roots[3],
      number: 3,
      entries: 3,
      history: [{ origin: 'empty' }, { origin: 'load' }, { root: roots[2] }, {}],
    });
  });

  it('execute writes a trace that check accepts, and the state stays', async () => {
    expect(await cli('execute', 'later.json')).toMatchObject({ code: 0 });
    expect(await cli('check', 'later.trace.json')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Valid: every rule holds for 1 access, 1 key, /),
    });
    expect(await json('state')).toMatchObject({ root: roots[3] });
  });

  it('check names the table, the row and the rule that a trace breaks', async () => {
    await cli('execute', 'later.json', '--out', 'broken.json');
    const text = await readFile(path.join(folder, 'broken.json'), 'utf8');
    await put(folder, 'broken.json', text.replace('"previousTime":0', '"previousTime":1'));
    expect(await cli('check', 'broken.json')).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: log\[0\] breaks the rule «the previous time is before the access»: /),
      stderr: '',
    });
    expect(await json('check', 'broken.json')).toMatchObject({ valid: false, violation: { table: 'log', row: 0 } });
  });

  it('export-verifier writes a contract, for development keys only if asked to by name', async () => {
    const args = ['export-verifier', '--circuit', 's14', '--out', 'out/Verifier.sol'];
    expect(await cli(...args)).toMatchObject({ code: 2 });
    expect(await cli(...args, '--allow-development-keys')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: Development key/),
    });
    expect(await readFile(path.join(folder, 'out', 'Verifier.sol'), 'utf8')).toContain('contract RootshiftVerifier');
  });

  it('load makes a first state, unproven', async () => {
    expect(await cli('load', 'batch.json', '--db', 'other')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Loaded 2 entries, unproven.'),
    });
    expect(await json('state', '--db', 'other')).toMatchObject({
      root: roots[1],
      history: [{ origin: 'empty' }, { origin: 'load' }],
    });
  });

  it.each(['prove', 'plan', 'verify', 'execute', 'check', 'export-verifier', 'get', 'state', 'load'])(
    '%s has help, with an example',
    async (command) => {
      const { code, stdout, stderr } = await cli(command, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`Example:\n {2}npx rootshift ${command}\\b`));
    },
  );

  it.each(['', 'state', 'jobs', 'setup', 'snapshot', 'hashdb'])(
    '%s help lists what there is, its own options only',
    async (group) => {
      const { code, stdout } = await cli(...group.split(' ').filter((word) => word !== ''), 'help');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: rootshift ${group}`));
      expect(stdout).toMatch(/\bhelp \[command\]/);
      if (group === '')
        expect(stdout).toMatch(
          /^Prove and verify:\n {2}prove [^]*^State and database:[^]*^Circuits and keys:[^]*^Many machines:[^]*^Ethereum:/m,
        );
      else expect(stdout).not.toContain('--db-token-file');
    },
  );

  it('no command at all is a mistake, and gets the help', async () => {
    expect(await cli()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: rootshift') });
  });
});
