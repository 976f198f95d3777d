import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore, fileDigest } from '../../src/machine/circuit/artifacts.js';
import type { Artifact } from '../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../src/machine/circuit/compile.js';
import { formatTranscript, readContributions } from '../../src/proof/setup/index.js';
import { BEACON, endOfSection, testCeremony, withByteChanged } from '../proof/setup/ceremony.js';
import type { TestCeremony } from '../proof/setup/ceremony.js';
import { closeCurve } from '../proof/setup/ptau.js';
import { BIN, contentOf, environment, expectRefusal, freshFolder, killedOnce, rootshift } from './cli.js';
import type { Run } from './cli.js';

let world: TestCeremony;
let folder: string;
/** A store whose `s14` is a circuit of 23 constraints. */
let store: ArtifactStore;

class Planted extends ArtifactStore {
  override ensure<Manifest>(label: string, ingredients: readonly (string | Uint8Array)[]): Promise<Artifact<Manifest>> {
    return super.ensure(label, ingredients, async (into) => {
      const { digest, constraints, wires, r1cs, wasm } = world.circuit;
      await copyFile(r1cs, path.join(into, 'main.r1cs'));
      await copyFile(wasm, path.join(into, 'main.wasm'));
      return { digest, constraints, wires, compiler: 'none', wasmSha256: await fileDigest(wasm) } as Manifest;
    });
  }
}

beforeAll(async () => {
  world = await testCeremony();
  folder = await freshFolder();
  store = new Planted(path.join(folder, 'artifacts'));
  await compileCircuit(store, 's14');
  await copyFile(world.ptau, path.join(folder, 'powers.ptau'));
});
afterAll(async () => {
  await world.remove();
  await closeCurve();
});

const cli = (line: string, ...more: string[]): Promise<Run> =>
  rootshift(folder, [...line.split(' '), ...more, '--artifacts', 'artifacts']);
const NOTE = /^note: this takes about \d+ s, \d\.\d GiB of memory, and 0\.0 MB of disk$/m;

/** A coordinator's folder below `folder`, as it was after some steps. */
async function ceremonyAfter(steps: number, name: string): Promise<void> {
  await mkdir(path.join(folder, name));
  for (let step = 0; step <= steps; step++)
    await copyFile(world.zkeys[step]!, path.join(folder, name, `000${step}.zkey`));
  await writeFile(path.join(folder, name, 'transcript.json'), formatTranscript(world.transcripts[steps]!));
}

describe('a ceremony of three people', () => {
  it('begins, is contributed to by hand of copies, and closes, each step saying what comes next', async () => {
    const begun = await cli('setup begin ceremony --circuit s14 --ptau powers.ptau --unlisted-ptau');
    expect(begun).toMatchObject({ code: 0, stderr: expect.stringMatching(NOTE) });
    expect(begun.stdout).toMatch(/^Began a ceremony for circuit s14\.\n/);
    expect(begun.stdout).toMatch(/^ {2}circuit +s14, digest \w{64}, NOT this version's circuit by that name$/m);
    expect(begun.stdout).toContain(`powers of tau     NOT on the published list`);
    expect(begun.stdout).toMatch(/^ {2}finished +no: a contribution and a beacon missing$/m);
    expect(begun.stdout).toMatch(/\nNext: send ceremony\/0000\.zkey to the first contributor/);

    const hashes: string[] = [];
    for (const [i, name] of ['Ada', 'Bob'].entries()) {
      await mkdir(path.join(folder, name));
      await copyFile(path.join(folder, 'ceremony', `000${i}.zkey`), path.join(folder, name, 'received.zkey'));
      const contributed = await cli(`setup contribute ${name}/received.zkey ${name}/sent.zkey --name`, name, '--json');
      expect(contributed.code).toBe(0);
      const { number, hash } = JSON.parse(contributed.stdout) as { number: number; hash: string };
      expect(number).toBe(i + 1);
      hashes.push(hash);
      const accepted = await cli(`setup accept ceremony ${name}/sent.zkey --ptau powers.ptau`);
      expect(accepted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Verified and accepted\.\n/) });
      expect(accepted.stdout).toMatch(new RegExp(`^ {2}${i + 1} "${name}" +${hash}$`, 'm'));
    }
    const closed = await cli('setup beacon ceremony --json --value', BEACON.value);
    expect(closed.code).toBe(0);
    const { transcript, missing } = JSON.parse(closed.stdout) as {
      transcript: { contributions: { hash: string; beacon: unknown }[] };
      missing: string[];
    };
    expect(transcript.contributions.slice(0, 2).map(({ hash }) => hash)).toEqual(hashes);
    expect(transcript.contributions[2]!.beacon).toEqual(BEACON);
    expect(missing).toEqual([]);
    expect((await readdir(path.join(folder, 'ceremony'))).sort()).toEqual([
      '0000.zkey',
      '0001.zkey',
      '0002.zkey',
      '0003.zkey',
      'transcript.json',
    ]);
  });

  it('makes a key that anyone can verify, and nobody can pass off as another', async () => {
    const verified = await cli('setup verify ceremony/0003.zkey --ptau powers.ptau');
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Valid: ceremony\/0003\.zkey was made from the circuit and the powers of tau, as its transcript says/,
      ),
    });
    expect(verified.stdout).toMatch(
      /^ {2}finished +yes: 2 contributions and a beacon over powers of tau that are not on the published list/m,
    );
    const text = await readFile(path.join(folder, 'ceremony', 'transcript.json'), 'utf8');
    await writeFile(path.join(folder, 'edited.json'), text.replace('"Ada"', '"Eve"'));
    const edited = await cli('setup verify ceremony/0003.zkey --ptau powers.ptau --transcript edited.json');
    expect(edited).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: expected contribution 1 to be "Eve" with hash \w+, got "Ada"/),
    });
  });

  it('installs it; from then on it is the circuit’s key, and export-verifier takes it by default', async () => {
    expectRefusal(
      await cli('export-verifier --circuit s14'),
      /expected keys from a ceremony for circuit s14 in .*, found none: .*--allow-development-keys/,
    );
    const install = 'setup install ceremony/0003.zkey --ptau powers.ptau';
    expectRefusal(await cli(install), /the key is over none of them.*--unlisted-ptau/);
    const installed = await cli(`${install} --unlisted-ptau`);
    expect(installed.code).toBe(0);
    expect(installed.stderr).toMatch(/warning: Keys from powers of tau that are not on the published list/);
    expect(installed.stdout).toMatch(/^Verified and installed the keys of circuit s14/);
    const listed = await cli('circuits');
    expect(listed.stdout).toMatch(/^s14 .* yes +ceremony, 0\.0 MB$/m);
    expect(listed.stdout).toMatch(
      /\nCeremonies:\n {2}s14 +2 contributions and a beacon over .*\n +verification key \w{64}\n +transcript \w{64}\n/,
    );
    const { circuits } = JSON.parse((await cli('circuits --json')).stdout) as {
      circuits: { name: string; keys: { ceremony: unknown }[] }[];
    };
    const transcript = JSON.parse(await readFile(path.join(folder, 'ceremony', 'transcript.json'), 'utf8')) as {
      format?: string;
      version?: number;
    };
    delete transcript.format;
    delete transcript.version;
    expect(circuits.find(({ name }) => name === 's14')!.keys[0]!.ceremony).toEqual(transcript);
    expect(await cli('export-verifier --circuit s14 --out V.sol')).toMatchObject({ code: 0 });
    expect(await readFile(path.join(folder, 'V.sol'), 'utf8')).toContain('"Bob"');
  });
});

describe('is not done, and changes nothing', () => {
  beforeAll(() => ceremonyAfter(1, 'open'));

  const unchanged = async (run: () => Promise<void>): Promise<void> => {
    const before = await contentOf(folder);
    await run();
    expect(await contentOf(folder)).toEqual(before);
  };

  it('begin, verify and install name a circuit file with a changed byte before they do anything slow', async () => {
    const [made] = await store.all('circuit-s14');
    const r1cs = path.join(made!.folder, 'main.r1cs');
    const whole = await readFile(r1cs);
    await withByteChanged(r1cs, `${r1cs}.new`, -40);
    await rename(`${r1cs}.new`, r1cs);
    const says =
      /main\.r1cs is damaged: expected SHA-256 \w{64}, got \w{64}; remove the directory .*, and it will be made again$/m;
    try {
      await unchanged(async () => {
        for (const line of [
          'begin damaged --circuit s14 --unlisted-ptau',
          'verify ceremony/0003.zkey',
          'install ceremony/0003.zkey --unlisted-ptau',
        ]) {
          expectRefusal(await cli(`setup ${line} --ptau powers.ptau`), says);
        }
      });
    } finally {
      await writeFile(r1cs, whole);
    }
    expect(await cli('setup begin whole --circuit s14 --unlisted-ptau --ptau powers.ptau')).toMatchObject({ code: 0 });
  });

  it('accepting a key with a byte changed: it is not valid', () =>
    unchanged(async () => {
      await withByteChanged(world.zkeys[2]!, world.file('changed.zkey'), -14);
      const { code, stdout } = await cli(
        `setup accept open ${path.resolve(world.file('changed.zkey'))} --ptau powers.ptau`,
      );
      expect(code).toBe(1);
      expect(stdout).toMatch(/^Not valid: .*changed\.zkey: INVALID\(1\): Inconsistent transcript\.$/m);
    }));

  it.each<[string, RegExp]>([
    [
      'setup begin open --circuit s14 --ptau powers.ptau --unlisted-ptau',
      /expected a directory without a ceremony, one was begun in open/,
    ],
    ['setup begin other --circuit s14 --ptau powers.ptau', /powers\.ptau is none of them.*add --unlisted-ptau/],
    ['setup begin other --circuit s14 --ptau absent.ptau', /absent\.ptau/],
    ['setup begin other --circuit s14 --ptau .', /expected a powers-of-tau file .*, \. is a directory/],
    [
      'setup begin other --circuit s14',
      /published powers-of-tau file for 2\^14 constraints or more in ptau, found none: download powersOfTau28_hez_final_14\.ptau \(19 MB\)/,
    ],
    ['setup contribute open/0001.zkey out.zkey', /required option '--name <name>' not specified/],
    [
      'setup contribute open/transcript.json out.zkey --name Eve',
      /expected a zkey, open\/transcript\.json begins with/,
    ],
    ['setup contribute open/0001.zkey open/0000.zkey --name Eve', /which is there already/],
    ['setup contribute . out.zkey --name Eve', /expected a zkey, \. is a directory/],
    [
      'setup contribute open/0001.zkey nodir/out.zkey --name Eve',
      /expected a directory at nodir, could not find one: .*no such file/,
    ],
    ['setup accept nowhere open/0001.zkey --ptau powers.ptau', /expected a ceremony in nowhere, found none/],
    ['setup beacon open --value xyz', /expected a beacon value/],
    ['setup beacon open --value ab --iterations-exponent 1e9', /--iterations-exponent: expected a whole number/],
    ['setup beacon open --value ab --iterations-exponent 40', /expected 2\^10 to 2\^30 iterations/],
    ['setup verify powers.ptau --ptau powers.ptau', /could not read transcript\.json/],
    ['setup verify open/0001.zkey --ptau powers.ptau --transcript powers.ptau', /powers\.ptau: .*expected/],
    [
      'setup install open/0001.zkey --ptau powers.ptau --unlisted-ptau',
      /expected keys of a finished ceremony, these lack a beacon/,
    ],
  ])('%s', (line, says) =>
    unchanged(async () => {
      const run = await cli(line);
      expectRefusal({ ...run, stderr: run.stderr.replace(/^note: .*\n/, '') }, says);
    }),
  );

  // A file may not grow beyond some kilobytes: as if the disk were full.
  it.skipIf(process.platform === 'win32')('contributing where there is no room', () =>
    unchanged(async () => {
      const line = `ulimit -f 2; "${process.execPath}" "${BIN}" setup contribute open/0001.zkey full.zkey --name Eve`;
      const run = await inShell(line);
      expect(run.code).toBe(2);
      expect(run.stderr).toMatch(/^error: could not make full\.zkey: .*EFBIG: file too large/m);
    }),
  );

  it('contributing, when it is killed: what it leaves is no key, or a whole one', async () => {
    const args = ['setup', 'contribute', 'open/0001.zkey', 'killed.zkey', '--name', 'Eve'];
    const key = path.join(folder, 'killed.zkey');
    const left = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.includes('killed.zkey'));
    const kill = (): Promise<boolean> => killedOnce(async () => (await left()).length > 0, 0, folder, args);
    // A busy machine may look when the key is whole already.
    while (!(await kill()) || existsSync(key)) {
      expect((await readContributions(key)).list).toHaveLength(2);
      await rm(key);
    }
    expect(await left()).toEqual([expect.stringMatching(/^\.killed\.zkey\.[0-9a-f]{8}\.partial$/)]);
    expect(await cli('setup contribute open/0001.zkey killed.zkey --name Eve')).toMatchObject({ code: 0 });
  });
});

describe('what is given is looked at before the circuit, which there is no place for', () => {
  beforeAll(() => ceremonyAfter(3, 'closed'));

  it.each<[string, RegExp]>([
    [
      'setup begin closed --circuit s14 --ptau powers.ptau',
      /expected a directory without a ceremony, one was begun in closed/,
    ],
    [
      'setup begin other --circuit s14 --ptau absent.ptau',
      /expected a powers-of-tau file .* at absent\.ptau, could not open it/,
    ],
    [
      'setup begin other --circuit s14 --ptau closed/0003.zkey',
      /expected a powers-of-tau file .*, closed\/0003\.zkey begins with "zkey"/,
    ],
    ['setup verify closed/0004.zkey --ptau powers.ptau', /expected a zkey at closed\/0004\.zkey, could not open it/],
    ['setup verify closed/0003.zkey --ptau closed', /expected a powers-of-tau file .*, closed is a directory/],
    [
      'setup install closed/transcript.json --ptau powers.ptau',
      /expected a zkey, closed\/transcript\.json begins with/,
    ],
    ['setup install closed/0003.zkey --ptau absent.ptau', /absent\.ptau, could not open it/],
    ['setup install closed/0003.zkey --ptau powers.ptau', /powers\.ptau.*not a directory/],
  ])('%s', async (line, says) =>
    expectRefusal(await rootshift(folder, [...line.split(' '), '--artifacts', 'powers.ptau']), says),
  );
});

it('a key that has an option’s name is verified as any other', async () => {
  const zkey = world.zkeys[3]!;
  const transcript = world.transcripts[3]!;
  await withByteChanged(zkey, path.join(folder, '-h'), await endOfSection(zkey, 4));
  const key = { ...transcript.key, sha256: await fileDigest(path.join(folder, '-h')) };
  await writeFile(path.join(folder, 'fitting.json'), formatTranscript({ ...transcript, key }));
  const options = ['--ptau', 'powers.ptau', '--transcript', 'fitting.json', '--artifacts', 'artifacts'];
  const run = await rootshift(folder, ['setup', 'verify', ...options, '--', '-h']);
  expect(run).toMatchObject({ code: 1, stdout: 'Not valid: L section does not match.\n' });
});

function inShell(line: string): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', line], { cwd: folder, env: environment() });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += String(data)));
    child.stderr.on('data', (data) => (stderr += String(data)));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
