/** Which program proves, and that proven chunks stay proven however the command ends. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore } from '../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../src/machine/circuit/compile.js';
import { provingKeys } from '../../src/proof/prover/keys.js';
import { isRunning, runsOf, standInFile } from '../proof/prover/stand-in.js';
import type { Mode } from '../proof/prover/stand-in.js';
import { ARTIFACTS, BIN, environment, expectRefusal, freshFolder, historyOf, put, rootshift } from './cli.js';
import type { Run } from './cli.js';

/** Three chunks of s14, and the next batch, of one. */
const BATCH = {
  prestate: [{ key: '1', value: '5' }],
  accesses: Array.from({ length: 13 }, (_, i) => ({ op: 'write', key: '1', value: 6 + i })),
};
const CHUNKS = 3;
const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;

/**
 * A directory with the batch, and programs of every kind; what proofs need on the way goes into `tmp`, times that they
 * took into `artifacts`.
 */
interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

beforeAll(async () => {
  const store = new ArtifactStore(ARTIFACTS);
  await provingKeys(store, await compileCircuit(store, 's14'));
});

async function place(): Promise<Place> {
  const folder = await freshFolder();
  await put(folder, 'batch.json', BATCH);
  const tmp = path.join(folder, 'tmp');
  const artifacts = path.join(folder, 'artifacts');
  await Promise.all([mkdir(tmp), mkdir(artifacts)]);
  // With times of its own: how long stand-ins take is to be told of nothing else.
  const made = (await readdir(ARTIFACTS)).filter((name) => /^(circuit|keys)-s14-[0-9a-f]{32}$/.test(name));
  for (const name of made) await symlink(path.join(ARTIFACTS, name), path.join(artifacts, name));
  return { folder, env: { TMPDIR: tmp, ROOTSHIFT_ARTIFACTS: artifacts } };
}
const proveArgs = (prover: string, batch = 'batch.json'): string[] => [
  'prove',
  batch,
  '--circuit',
  's14',
  '--json',
  '--prover',
  prover,
];
const proofsIn = (folder: string): Promise<string[]> =>
  readdir(path.join(folder, '.rootshift', 'proofs')).catch(() => []);

/** The proofs of chunks that an interrupted command left. */
async function unfinished(folder: string): Promise<string[]> {
  const left = (await proofsIn(folder)).filter((name) => name.endsWith('.chunks'));
  const files = await Promise.all(
    left.map((name) => readdir(path.join(folder, '.rootshift', 'proofs', name)).catch(() => [])),
  );
  return files.flat().filter((name) => !name.startsWith('.'));
}

/** Runs `prove` until `moment` has come, and kills it, and it alone. */
async function proveAndKill({ folder, env }: Place, prover: string, moment: () => Promise<boolean>): Promise<void> {
  const child = spawn(process.execPath, [BIN, ...proveArgs(prover)], {
    cwd: folder,
    env: { ...environment(), ...env },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (child.exitCode === null && !(await moment())) await sleep(2);
  child.kill('SIGKILL');
  await ended;
}

async function expectProven({ folder }: Place, { code, stdout, stderr }: Run, found: number): Promise<void> {
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toMatchObject({
    chunks: [{ accesses: 6 }, { accesses: 6 }, { accesses: 1 }],
    foundProofs: found,
  });
  expect((await historyOf(path.join(folder, '.rootshift', 'db')))!.map(({ origin }) => origin)).toEqual([
    'empty',
    'load',
    'prove',
  ]);
  expect(await proofsIn(folder)).toEqual([expect.stringMatching(/^2-[0-9a-f]{16}\.json$/)]);
  expect(await readdir(path.join(folder, 'tmp'))).toEqual([]);
}

describe('prove, interrupted', () => {
  it.each(LONG ? [0, 1, 2, 3, 1, 2, 1, 2] : [1])(
    'after %i of its proofs, goes on where it was, and makes none of them again',
    async (after) => {
      const here = await place();
      const prover = await standInFile(here.folder, 'replay');
      const enough = async () =>
        after === 0
          ? (await runsOf(here.folder, 'replay')).length > 0
          : (await unfinished(here.folder)).length >= after;
      await proveAndKill(here, prover, enough);
      const finished = (await unfinished(here.folder)).length;
      const runs = (await runsOf(here.folder, 'replay')).length;
      // Else it was not interrupted.
      expect((await historyOf(path.join(here.folder, '.rootshift', 'db')))!.map(({ origin }) => origin)).toEqual([
        'empty',
      ]);
      await expectProven(here, await rootshift(here.folder, proveArgs(prover), here.env), finished);
      expect(await runsOf(here.folder, 'replay')).toHaveLength(runs + CHUNKS - finished);
    },
  );

  it('does not trust a proof that it finds: one that is not valid is made again', async () => {
    const here = await place();
    const prover = await standInFile(here.folder, 'replay');
    await proveAndKill(here, prover, async () => (await unfinished(here.folder)).length >= 2);
    const chunks = path.join(
      here.folder,
      '.rootshift',
      'proofs',
      (await proofsIn(here.folder)).find((name) => name.endsWith('.chunks'))!,
    );
    const [one, another] = (await unfinished(here.folder)).map((name) => path.join(chunks, name)) as [string, string];
    await rename(one, another);
    const finished = (await unfinished(here.folder)).length;
    await expectProven(here, await rootshift(here.folder, proveArgs(prover), here.env), finished - 1);
  });

  it('while a prover works, leaves none behind; what was on its way is removed by the next', async () => {
    const here = await place();
    const prover = await standInFile(here.folder, 'hang');
    await proveAndKill(here, prover, async () => (await runsOf(here.folder, 'hang')).length > 0);
    for (const pid of await runsOf(here.folder, 'hang')) while (isRunning(pid)) await sleep(10);
    expect((await readdir(path.join(here.folder, 'tmp'))).length).toBeGreaterThan(0);
    await expectProven(
      here,
      await rootshift(here.folder, proveArgs(await standInFile(here.folder, 'replay')), here.env),
      0,
    );
  });

  it('by a prover that fails, keeps what was proven, and the state', async () => {
    const here = await place();
    const prover = await standInFile(here.folder, 'replay');
    await proveAndKill(here, prover, async () => (await unfinished(here.folder)).length >= 1);
    const finished = (await unfinished(here.folder)).length;
    const failed = await rootshift(here.folder, proveArgs(await standInFile(here.folder, 'crash')), here.env);
    expect(failed).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: the prover .*crash died, by SIGSEGV\n$/m),
    });
    expect((await unfinished(here.folder)).length).toBe(finished);
    await expectProven(here, await rootshift(here.folder, proveArgs(prover), here.env), finished);
  });
});

describe('prove --prover auto', () => {
  it('takes rapidsnark from the PATH, and rootshift with a warning where that fails', async () => {
    const here = await place();
    await put(here.folder, 'one.json', { ...BATCH, accesses: BATCH.accesses.slice(0, 1) });
    const named = async (mode: Mode): Promise<NodeJS.ProcessEnv> => {
      const bin = path.join(here.folder, `${mode}-bin`);
      await mkdir(bin);
      await rename(await standInFile(here.folder, mode), path.join(bin, 'rapidsnark'));
      return { ...here.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` };
    };
    const good = await rootshift(here.folder, proveArgs('auto', 'one.json'), await named('replay'));
    expect(JSON.parse(good.stdout)).toMatchObject({ provers: ['rapidsnark'] });
    expect(good.stderr).not.toContain('instead');
    await put(here.folder, 'next.json', { accesses: [{ op: 'read', key: '1' }] });
    const failing = await named('garbage');
    const bad = await rootshift(here.folder, proveArgs('auto', 'next.json'), failing);
    expect(JSON.parse(bad.stdout)).toMatchObject({ provers: ['rootshift'] });
    expect(bad.stderr).toMatch(
      /^warning: the prover rapidsnark wrote a proof\.json that is not valid: .*; using rootshift instead$/m,
    );
    // As if none of its proofs had been timed.
    await rm(path.join(here.folder, 'artifacts', 'calibration.json'));
    const planned = await rootshift(here.folder, ['plan', 'next.json', '--circuit', 's14', '--json'], failing);
    expect(JSON.parse(planned.stdout)).toMatchObject({ prover: 'rootshift', isCalibrated: true });
    expect(planned.stderr).toMatch(/^warning: the prover rapidsnark wrote .*; using rootshift instead$/m);
  });
});

describe('prove', () => {
  it('says what was proven, though its time cannot be kept', async () => {
    const here = await place();
    await mkdir(path.join(here.folder, 'artifacts', 'calibration.json'));
    await expectProven(
      here,
      await rootshift(here.folder, proveArgs(await standInFile(here.folder, 'replay')), here.env),
      0,
    );
  });

  it('writes over no proof of something else, and says where it was when it is interrupted', async () => {
    const here = await place();
    const argsFor = async (mode: Mode): Promise<string[]> => [
      ...proveArgs(await standInFile(here.folder, mode)).filter((arg) => arg !== '--json'),
      '--out',
      'proof.json',
    ];
    const args = await argsFor('replay');
    await put(here.folder, 'proof.json', 'a letter');
    expectRefusal(
      await rootshift(here.folder, args, here.env),
      /expected a new file or a proof of this batch on this state at proof\.json, found another file/,
    );
    await rm(path.join(here.folder, 'proof.json'));
    const child = spawn(process.execPath, [BIN, ...(await argsFor('held'))], {
      cwd: here.folder,
      env: { ...environment(), ...here.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    const ended = new Promise((resolve) => child.on('close', resolve));
    while ((await runsOf(here.folder, 'held')).length === 0) await sleep(10);
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect(said).toMatch(/^interrupted by SIGTERM; 0 of 3 proofs are kept; run the command again to continue$/m);
    expect(await rootshift(here.folder, args, here.env)).toMatchObject({ code: 0 });
    const proof = await readFile(path.join(here.folder, 'proof.json'), 'utf8');
    await put(here.folder, 'next.json', { accesses: [{ op: 'read', key: '1' }] });
    const next = args.map((arg) => (arg === 'batch.json' ? 'next.json' : arg));
    expectRefusal(await rootshift(here.folder, next, here.env), /proof\.json, found another file/);
    expect(await readFile(path.join(here.folder, 'proof.json'), 'utf8')).toBe(proof);
    expect(await historyOf(path.join(here.folder, '.rootshift', 'db'))).toHaveLength(3);
  });
});
