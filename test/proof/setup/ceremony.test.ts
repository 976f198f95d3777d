import { existsSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { groth16, zKey } from 'snarkjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileDigest } from '../../../src/machine/circuit/artifacts.js';
import {
  acceptKey,
  beginCeremony,
  closeCeremony,
  ContributionError,
  contributeToKey,
  developmentSetup,
  formatTranscript,
  openCeremony,
  readContributions,
  SetupError,
  verificationKeyHash,
  verifyKey,
} from '../../../src/proof/setup/index.js';
import type { Transcript, VerificationKey } from '../../../src/proof/setup/index.js';
import { addBeacon } from '../../../src/proof/setup/contribute.js';
import { complaintAgainst } from '../../../src/proof/setup/verify.js';
import { BEACON, endOfSection, preparedPtau, SECRETS, testCeremony, withByteChanged } from './ceremony.js';
import type { TestCeremony } from './ceremony.js';
import { closeCurve } from './ptau.js';
import { toFr } from '../../../src/base/field/fr.js';

let world: TestCeremony;
let initial: string;
let ada: string;
let bob: string;
let final: string;
const file = (...names: string[]): string => world.file(...names);
beforeAll(async () => {
  world = await testCeremony();
  [initial, ada, bob, final] = world.zkeys as [string, string, string, string];
});
afterAll(async () => {
  await world.remove();
  await closeCurve();
});

/** A coordinator's directory as it was after some steps. */
async function folderAfter(steps: number): Promise<string> {
  const folder = file('folder');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (let step = 0; step <= steps; step++) await copyFile(world.zkeys[step]!, `${folder}/000${step}.zkey`);
  await writeFile(`${folder}/transcript.json`, formatTranscript(world.transcripts[steps]!));
  return folder;
}

const verify = (
  options: { zkey?: string; transcript?: Transcript; ptau?: string; circuit?: TestCeremony['circuit'] } = {},
) =>
  verifyKey({
    circuit: world.circuit,
    ptau: world.ptau,
    zkey: final,
    transcript: world.transcripts[3]!,
    workDirectory: file('work'),
    ...options,
  });

async function reasonOf(options: Parameters<typeof verify>[0]): Promise<string> {
  const verdict = await verify(options);
  return verdict.valid ? 'valid' : verdict.reason;
}

describe('a ceremony', () => {
  it('makes a key that snarkjs verifies from circuit and powers of tau; it proves one statement only', async () => {
    expect(await zKey.verifyFromR1cs(world.circuit.r1cs, world.ptau, final)).toBe(true);
    const input = { publicIn: '3', secret: '123456789', unused: '5' };
    const { proof, publicSignals } = await groth16.fullProve(input, world.circuit.wasm, final);
    const key = await zKey.exportVerificationKey(final);
    expect(await groth16.verify(key, publicSignals, proof)).toBe(true);
    expect(await groth16.verify(key, [publicSignals[0]!, '4'], proof)).toBe(false);
  });

  it('has a transcript: the circuit, the powers of tau, and each contribution’s hash as in snarkjs', async () => {
    const lines: string[] = [];
    const logger = { debug: () => {}, warn: () => {}, error: () => {}, info: (line: string) => lines.push(line) };
    await zKey.verifyFromInit(initial, world.ptau, final, logger);
    const printed = lines.join('\n');
    const words = (hash: string): string => hash.match(/.{8}/g)!.join(' ');
    const transcript = world.transcripts[3]!;
    expect(printed.replace(/\s+/g, ' ')).toContain(`Circuit Hash: ${words(transcript.initialKey.circuitHash)}`);
    for (const [i, { name, hash }] of transcript.contributions.entries()) {
      expect(printed.replace(/\s+/g, ' ')).toContain(`contribution #${i + 1} ${name}: ${words(hash)}`);
    }
    expect(transcript).toMatchObject({
      circuit: { name: 's14', digest: world.circuit.digest },
      powersOfTau: { listed: null },
      contributions: [{ name: 'Ada', beacon: null }, { name: 'Bob', beacon: null }, { beacon: BEACON }],
      key: {
        sha256: await fileDigest(final),
        verificationKey: verificationKeyHash((await zKey.exportVerificationKey(final)) as VerificationKey),
      },
    });
  });

  it('is verified, finished or not, by anyone with the circuit, the powers of tau and the transcript', async () => {
    expect(await verify()).toEqual({ valid: true });
    expect(await verify({ zkey: ada, transcript: world.transcripts[1]! })).toEqual({ valid: true });
    expect(await readdir(file('work'))).toEqual([]);
  });

  it('is closed by a beacon in one way only', async () => {
    const folder = await folderAfter(2);
    const { zkey } = await closeCeremony({ directory: folder, beacon: BEACON });
    expect(await fileDigest(zkey)).toBe(await fileDigest(final));
  });

  it('never has a contribution that anyone can repeat', async () => {
    await contributeToKey({ from: initial, to: file('again.zkey'), name: 'Ada', text: 'dice: 4 2 6' });
    const [again] = (await readContributions(file('again.zkey'))).list;
    expect(again!.hash).not.toBe(world.transcripts[3]!.contributions[0]!.hash);
  });

  it('says what a step takes before it begins', async () => {
    const asked: object[] = [];
    const refuse = (estimate: object): never => {
      asked.push(estimate);
      throw new Error('too much');
    };
    await expect(
      contributeToKey({ from: initial, to: file('none.zkey'), name: 'x', onEstimate: refuse }),
    ).rejects.toThrow('too much');
    await expect(
      beginCeremony({
        directory: file('none'),
        circuit: world.circuit,
        ptau: world.ptau,
        allowUnlisted: true,
        onEstimate: refuse,
      }),
    ).rejects.toThrow('too much');
    const { length } = await readFile(initial);
    for (const estimate of asked) expect(estimate).toMatchObject({ diskBytes: length, seconds: expect.any(Number) });
    expect(asked).toHaveLength(2);
    expect(existsSync(file('none'))).toBe(false);
  });
});

describe('a key is not accepted', () => {
  let folder: string;
  beforeEach(async () => void (folder = await folderAfter(1)));

  const refused = async (zkey: string, says: RegExp | string): Promise<void> => {
    const before = await readFile(`${folder}/transcript.json`, 'utf8');
    const accepted = acceptKey({ directory: folder, zkey, ptau: world.ptau });
    await expect(accepted).rejects.toThrow(ContributionError);
    await expect(accepted).rejects.toThrow(says);
    expect(await readFile(`${folder}/transcript.json`, 'utf8')).toBe(before);
    expect((await readdir(folder)).sort()).toEqual(['0000.zkey', '0001.zkey', 'transcript.json']);
  };

  it('but for an honest one', async () => {
    const { transcript, zkey } = await acceptKey({ directory: folder, zkey: bob, ptau: world.ptau });
    expect(transcript).toEqual(world.transcripts[2]);
    expect(await fileDigest(zkey)).toBe(await fileDigest(bob));
    expect(await openCeremony(folder)).toEqual({ transcript, zkey });
  });

  it('with a contribution replaced', async () => {
    await contributeToKey({ from: initial, to: file('mallory.zkey'), name: 'Ada' });
    await contributeToKey({ from: file('mallory.zkey'), to: file('replaced.zkey'), name: 'Bob' });
    await refused(file('replaced.zkey'), /expected contribution 1 to be "Ada" with hash \w+, got "Ada" with hash/);
  });

  it('with a contribution dropped', async () => {
    await refused(initial, 'contribution 1, "Ada" with hash');
    folder = await folderAfter(2);
    await expect(acceptKey({ directory: folder, zkey: ada, ptau: world.ptau })).rejects.toThrow(
      'contribution 2, "Bob" with hash',
    );
  });

  it('with nothing new', () => refused(ada, 'expected a contribution after the 1 that are accepted, found none'));
  it('with a beacon', () => refused(final, 'expected contributions of people, found a beacon'));

  it('of another circuit, or over other powers of tau', async () => {
    const other = await preparedPtau(file('other.ptau'), 5, { ...SECRETS, tau: toFr(7n) });
    await beginCeremony({ directory: file('other'), circuit: world.circuit, ptau: other, allowUnlisted: true });
    await refused(file('other', '0000.zkey'), /expected circuit hash \w+, got \w+: the key is of another circuit/);
  });

  it.each([
    ['a coefficient of the circuit', 5, 'Coeffs section is not identical'],
    ['a point of C', 4, 'L section does not match'],
    ['a point of H', 3, 'H section does not match'],
    ['a point of A', 2, 'A section is not identical'],
  ])('with a byte changed in %s', async (_what, fromEnd, says) => {
    await refused(await withByteChanged(bob, file('changed.zkey'), await endOfSection(bob, fromEnd)), says);
  });

  it('with a byte changed in a contribution', async () => {
    // The last 64 bytes before type, length, and the name "Bob" are the hash of all that came before.
    await refused(await withByteChanged(bob, file('changed.zkey'), -14), 'Inconsistent transcript');
  });

  it('with a byte changed in a contribution’s type, which is under no hash', async () => {
    const accepted = acceptKey({
      directory: folder,
      zkey: await withByteChanged(bob, file('changed.zkey'), -12),
      ptau: world.ptau,
    });
    await expect(accepted).rejects.toThrow(SetupError);
    await expect(accepted).rejects.toThrow(/expected a contribution of type 0 in .*, got type 256/);
  });

  it('by another name than was accepted; before, no hash tells names apart', async () => {
    const boc = await withByteChanged(bob, file('boc.zkey'), -1);
    const { transcript } = await acceptKey({ directory: folder, zkey: boc, ptau: world.ptau });
    expect(transcript.contributions[1]).toEqual({ ...world.transcripts[2]!.contributions[1], name: 'Boc' });
    await expect(acceptKey({ directory: folder, zkey: bob, ptau: world.ptau })).rejects.toThrow(
      /expected contribution 2 to be "Boc" .* got "Bob"/,
    );
  });
});

describe('a key does not verify', () => {
  const edited = (change: (transcript: any) => void): Transcript => {
    const copy = structuredClone(world.transcripts[3]!);
    change(copy);
    return copy;
  };

  it.each<[string, (transcript: any) => void, RegExp]>([
    ['another circuit', (t) => (t.circuit.digest = '0'.repeat(64)), /states 0{64} as digest of the circuit, found/],
    ['other powers of tau', (t) => (t.powersOfTau.blake2b = '0'.repeat(128)), /as blake2b hash of the powers of tau/],
    ['another beginning', (t) => (t.initialKey.circuitHash = '0'.repeat(128)), /expected circuit hash 0{128}/],
    ['another initial key', (t) => (t.initialKey.sha256 = '0'.repeat(64)), /as SHA-256 of the key that they give/],
    [
      'another name',
      (t) => (t.contributions[1].name = 'Eve'),
      /expected contribution 2 to be "Eve" with hash \w+, got "Bob"/,
    ],
    [
      'another contribution',
      (t) => (t.contributions[0].hash = '0'.repeat(128)),
      /expected contribution 1 to be "Ada" with hash 0{128}, got/,
    ],
    ['a contribution less', (t) => t.contributions.splice(1, 1), /expected contribution 2 to be "beacon"/],
    [
      'a contribution more',
      (t) => t.contributions.push(t.contributions[0]),
      /contribution 4, "Ada" with hash \w+, is missing/,
    ],
    ['contributions in another order', (t) => t.contributions.reverse(), /expected contribution 1 to be "beacon"/],
    [
      'another beacon',
      (t) => (t.contributions[2].beacon.value = 'ff'),
      /a beacon of ff hashed 2\^10 times, got .* a beacon of 0102/,
    ],
    ['more iterations', (t) => (t.contributions[2].beacon.iterationsExponent = 11), /hashed 2\^11 times, got/],
    ['another file', (t) => (t.key.sha256 = '0'.repeat(64)), /as SHA-256 of the key, found/],
    ['another verification key', (t) => (t.key.verificationKey = '0'.repeat(64)), /as verification key, found/],
  ])('by a transcript that states %s', async (_what, change, says) => {
    expect(await reasonOf({ transcript: edited(change) })).toMatch(says);
  });

  it('for another circuit', async () => {
    expect(await reasonOf({ circuit: { ...world.circuit, digest: '0'.repeat(64) } })).toMatch(
      /as digest of the circuit, found 0{64}/,
    );
  });

  it('with other powers of tau', async () => {
    const ptau = await preparedPtau(file('64.ptau'), 6);
    expect(await reasonOf({ ptau })).toMatch(/as blake2b hash of the powers of tau, found/);
  });

  it('with a point changed, though the transcript was made to fit', async () => {
    const zkey = await withByteChanged(final, file('changed.zkey'), await endOfSection(final, 4));
    expect(await reasonOf({ zkey })).toMatch(/as SHA-256 of the key, found/);
    const sha256 = await fileDigest(zkey);
    expect(await reasonOf({ zkey, transcript: edited((t) => (t.key.sha256 = sha256)) })).toBe(
      'L section does not match',
    );
  });

  it('with another beacon than was used, though key and transcript agree on it', async () => {
    const zkey = await withByteChanged(final, file('changed.zkey'), -1);
    const sha256 = await fileDigest(zkey);
    const transcript = edited((t) => {
      t.key.sha256 = sha256;
      t.contributions[2].beacon.value = BEACON.value.replace(/10$/, '11');
    });
    expect(await reasonOf({ zkey, transcript })).toMatch(/Key of the beacon does not match/);
  });
});

it('a key is verified even with LOG set, which makes snarkjs print less', async () => {
  vi.stubEnv('LOG', 'NONE');
  expect(await complaintAgainst(bob, initial, world.ptau)).toBeNull();
  vi.unstubAllEnvs();
});

describe('a verification that comes to no end says nothing against the key, but how snarkjs ended', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['process.kill(process.pid, "SIGKILL")', 'SIGKILL, most likely because the machine is out of memory'],
    ['process.abort()', 'SIGABRT, most likely because the machine is out of memory'],
    ['process.exit(99)', 'exit code 99'],
    ['process.exit(0)', 'exit code 0'],
    ['throw new RangeError("INVALID: no room")', 'exit code 1; its last output: RangeError: INVALID: no room'],
  ])('%s', async (fault, says) => {
    await writeFile(file('fault.cjs'), fault);
    vi.stubEnv('NODE_OPTIONS', `--require=${path.resolve(file('fault.cjs'))}`);
    const verdict = complaintAgainst(bob, initial, world.ptau);
    await expect(verdict).rejects.toThrow(SetupError);
    await expect(verdict).rejects.toThrow(`could not verify ${bob}: snarkjs ended with ${says}`);
  });
});

describe('no contribution is made', () => {
  const refused = async (from: string, says: RegExp | string, name = 'Eve'): Promise<void> => {
    const made = contributeToKey({ from, to: file('refused.zkey'), name });
    await expect(made).rejects.toThrow(SetupError);
    await expect(made).rejects.toThrow(says);
    expect((await readdir(world.folder)).filter((each) => each.includes('refused'))).toEqual([]);
  };

  it('after the beacon', () => refused(final, 'was closed by a beacon'));
  it('to a file that is none', () => refused(world.circuit.r1cs, /expected a zkey, .* begins with "r1cs"/));
  it.each([36, 71])('to a key over another scalar field, by byte %i of its header', async (at) => {
    const header = (await readFile(ada)).indexOf(Buffer.from([2, 0, 0, 0, 0x94, 2])) + 12;
    await refused(
      await withByteChanged(ada, file('curve.zkey'), header + at),
      /expected a zkey over BN254, .* is over another curve/,
    );
  });
  it('to a directory', () => refused(world.folder, `expected a zkey, ${world.folder} is a directory`));
  it('to a file that is not there', () =>
    refused(file('absent.zkey'), /expected a zkey at .*absent\.zkey, could not open it/));
  it('to a development key', async () => {
    await developmentSetup({ r1cs: world.circuit.r1cs, zkey: file('development.zkey') });
    await refused(file('development.zkey'), 'is a development key');
  });
  it.each([1, 200, 100_000])('to a key that ends %i bytes early', async (missing) => {
    const bytes = await readFile(ada);
    await writeFile(file('cut.zkey'), bytes.subarray(0, Math.max(20, bytes.length - missing)));
    await refused(file('cut.zkey'), /ends early/);
  });
  it.each(['', '  ', 'a\nb', '\u001b[2J', 'x'.repeat(65)])('by the name %j', (name) =>
    refused(ada, 'expected a name of 1 to 64 characters', name),
  );
  it('in the place of a file that is there', async () => {
    await writeFile(file('there.zkey'), 'mine');
    await expect(contributeToKey({ from: ada, to: file('there.zkey'), name: 'Eve' })).rejects.toThrow(
      /which is there already/,
    );
    expect(await readFile(file('there.zkey'), 'utf8')).toBe('mine');
  });
  it('in a directory that is not there', async () => {
    const made = contributeToKey({ from: ada, to: file('nowhere', 'out.zkey'), name: 'Eve' });
    await expect(made).rejects.toThrow(SetupError);
    await expect(made).rejects.toThrow(/expected a directory at .*nowhere, could not find one/);
  });
  it('by a beacon that nobody contributed before', async () => {
    await expect(addBeacon({ from: initial, to: file('none.zkey'), beacon: BEACON })).rejects.toThrow(
      'expected contributions before the beacon',
    );
  });
  it.each([
    [{ ...BEACON, value: '' }, 'expected a beacon value'],
    [{ ...BEACON, value: '0x12' }, 'expected a beacon value'],
    [{ ...BEACON, value: 'ab'.repeat(256) }, 'expected a beacon value'],
    [{ ...BEACON, iterationsExponent: 9 }, 'expected 2^10 to 2^30 iterations'],
    [{ ...BEACON, iterationsExponent: 31 }, 'expected 2^10 to 2^30 iterations'],
    [{ ...BEACON, iterationsExponent: 10.5 }, 'expected 2^10 to 2^30 iterations'],
  ])('by the beacon %j', async (beacon, says) => {
    await expect(addBeacon({ from: bob, to: file('none.zkey'), beacon })).rejects.toThrow(says);
  });
});

describe('a coordinator’s directory', () => {
  const begin = (folder: string, ptau: string, allowUnlisted = true) =>
    beginCeremony({ directory: folder, circuit: world.circuit, ptau, allowUnlisted });

  it('is begun only once', async () => {
    await expect(begin(await folderAfter(0), world.ptau)).rejects.toThrow('expected a directory without a ceremony');
  });

  it('is not begun from powers of tau that are not on the list, unless that is asked for', async () => {
    const blake2b = world.transcripts[0]!.powersOfTau.blake2b;
    await expect(begin(file('none'), world.ptau, false)).rejects.toThrow(
      `.ptau is none of them: the blake2b hash is ${blake2b}`,
    );
    expect(world.transcripts[0]!.powersOfTau.listed).toBeNull();
  });

  it.each<[string, (ptau: Buffer) => Buffer, RegExp]>([
    ['are too few', (ptau) => (ptau.writeUInt32LE(4, 60), ptau), /for 2\^5 constraints or more, .* is for 2\^4/],
    ['end early', (ptau) => ptau.subarray(0, -1), /ends early/],
    [
      'are fewer than they say',
      (ptau) => (ptau.writeUInt32LE(6, 60), ptau),
      /expected 8128 bytes in section 2 of .*, it has 4032/,
    ],
    [
      'are no powers of tau',
      (ptau) => (ptau.write('zkey'), ptau),
      /expected a powers-of-tau file .* begins with "zkey"/,
    ],
    ['are over another curve', (ptau) => (ptau.writeUInt32LE(1, 28), ptau), /expected powers of tau over BN254/],
  ])('is not begun from powers of tau that %s', async (_what, change, says) => {
    await writeFile(file('bad.ptau'), change(await readFile(world.ptau)));
    const begun = begin(file('none'), file('bad.ptau'));
    await expect(begun).rejects.toThrow(SetupError);
    await expect(begun).rejects.toThrow(says);
    expect(existsSync(file('none'))).toBe(false);
  });

  it('is not begun from powers of tau that are not prepared', async () => {
    await expect(begin(file('none'), `${world.ptau}.raw`)).rejects.toThrow(/prepared for phase 2/);
    await expect(begin(file('none'), file('absent.ptau'))).rejects.toThrow(/absent\.ptau/);
  });

  it('goes on where it was interrupted, by the same step or another', async () => {
    const folder = await folderAfter(1);
    await copyFile(bob, `${folder}/0002.zkey`);
    await writeFile(`${folder}/.0002.zkey.12345678.partial`, 'less');
    await acceptKey({ directory: folder, zkey: bob, ptau: world.ptau });
    await addBeacon({ from: bob, to: `${folder}/0003.zkey`, beacon: { ...BEACON, value: 'ab' } });
    const { transcript } = await closeCeremony({ directory: folder, beacon: BEACON });
    expect(transcript).toEqual(world.transcripts[3]);
    await rm(file('none'), { recursive: true, force: true });
    await mkdir(file('none'));
    await copyFile(initial, file('none', '0000.zkey'));
    expect((await begin(file('none'), world.ptau)).transcript).toEqual(world.transcripts[0]);
  });

  it('keeps a contribution that was not accepted, until it is', async () => {
    const folder = await folderAfter(1);
    await contributeToKey({ from: ada, to: `${folder}/0002.zkey`, name: 'Eve' });
    const eve = await fileDigest(`${folder}/0002.zkey`);
    const refused =
      /expected to make .*folder\/0002\.zkey, which is there already, a contribution that was not accepted: accept it first, or remove it/;
    await expect(closeCeremony({ directory: folder, beacon: BEACON })).rejects.toThrow(refused);
    await expect(acceptKey({ directory: folder, zkey: bob, ptau: world.ptau })).rejects.toThrow(refused);
    await rm(`${folder}/transcript.json`);
    await copyFile(`${folder}/0002.zkey`, `${folder}/0000.zkey`);
    await expect(begin(folder, world.ptau)).rejects.toThrow(/0000\.zkey, which is there already/);
    for (const name of ['0000.zkey', '0002.zkey']) expect(await fileDigest(`${folder}/${name}`)).toBe(eve);

    await writeFile(`${folder}/transcript.json`, formatTranscript(world.transcripts[1]!));
    await copyFile(initial, `${folder}/0000.zkey`);
    const { transcript } = await acceptKey({ directory: folder, zkey: `${folder}/0002.zkey`, ptau: world.ptau });
    expect(transcript.contributions.map(({ name }) => name)).toEqual(['Ada', 'Eve']);
  });

  it('keeps a contribution that came while another was verified', async () => {
    const folder = await folderAfter(1);
    const onProgress = (phase: string): void => {
      if (phase === 'verification') writeFileSync(`${folder}/0002.zkey`, 'a key');
    };
    await expect(acceptKey({ directory: folder, zkey: bob, ptau: world.ptau, onProgress })).rejects.toThrow(
      'which is there already',
    );
    expect(await readFile(`${folder}/0002.zkey`, 'utf8')).toBe('a key');
    expect((await readdir(folder)).sort()).toEqual(['0000.zkey', '0001.zkey', '0002.zkey', 'transcript.json']);
  });

  it('with a damaged or missing key goes no further', async () => {
    const folder = await folderAfter(2);
    await withByteChanged(bob, `${folder}/0002.zkey`, -40);
    await expect(closeCeremony({ directory: folder, beacon: BEACON })).rejects.toThrow(
      /0002\.zkey is damaged: expected SHA-256/,
    );
    await rm(`${folder}/0002.zkey`);
    await expect(openCeremony(folder)).rejects.toThrow(
      /expected the ceremony's key at .*0002\.zkey, could not read it/,
    );
  });

  it('with a damaged initial key accepts nothing', async () => {
    const folder = await folderAfter(1);
    await withByteChanged(initial, `${folder}/0000.zkey`, 1000);
    await expect(acceptKey({ directory: folder, zkey: bob, ptau: world.ptau })).rejects.toThrow(
      /0000\.zkey is damaged/,
    );
  });

  it('accepts nothing by a directory of powers of tau', async () => {
    const accepted = acceptKey({ directory: await folderAfter(1), zkey: bob, ptau: world.folder });
    await expect(accepted).rejects.toThrow(SetupError);
    await expect(accepted).rejects.toThrow(`expected powers of tau at ${world.folder}, could not read it`);
  });

  it('accepts nothing by other powers of tau, and nothing when it is closed', async () => {
    await expect(acceptKey({ directory: await folderAfter(1), zkey: bob, ptau: `${world.ptau}.raw` })).rejects.toThrow(
      /expected the ceremony's powers of tau/,
    );
    const folder = await folderAfter(3);
    await expect(acceptKey({ directory: folder, zkey: bob, ptau: world.ptau })).rejects.toThrow(
      /was closed by a beacon/,
    );
    await expect(closeCeremony({ directory: folder, beacon: BEACON })).rejects.toThrow(/was closed by a beacon/);
  });

  it('without a ceremony, or with a transcript that is none, says so', async () => {
    await expect(openCeremony(file('nowhere'))).rejects.toThrow(/expected a ceremony in .*nowhere, found none/);
    const folder = await folderAfter(0);
    await writeFile(`${folder}/transcript.json`, '{}');
    await expect(openCeremony(folder)).rejects.toThrow(/transcript\.json: the file: expected a field "format"/);
  });
});
