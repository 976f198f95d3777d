import { appendFile, copyFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactError, ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { type CompiledCircuit } from '../../../src/machine/circuit/compile.js';
import { installKeys } from '../../../src/engine/install-keys.js';
import { ceremonyKeys, findVerifyingKeys, provingKeys, storedKeys } from '../../../src/proof/prover/keys.js';
import { ContributionError, SetupError, transcriptHash, verificationKeyHash } from '../../../src/proof/setup/index.js';
import { DevelopmentKeysError, exportVerifier } from '../../../src/proof/verifier/solidity.js';
import { describeKeys } from '../../../src/proof/verifier/words.js';
import { testCeremony, type TestCeremony, withByteChanged } from '../setup/ceremony.js';
import { closeCurve } from '../setup/ptau.js';

let world: TestCeremony;
let store: ArtifactStore;
let small: CompiledCircuit;
const file = (...names: string[]): string => world.file(...names);

beforeAll(async () => {
  world = await testCeremony();
  store = new ArtifactStore(file('artifacts'));
  small = world.circuit;
}, 120_000);

afterAll(async () => {
  await world.remove();
  await closeCurve();
});

describe('keys', () => {
  it('are made once, say that they are insecure, and are found by the hash that a proof names', async () => {
    const made = await provingKeys(store, small);
    expect(made).toMatchObject({ reused: false, setup: 'development', insecure: true, ceremony: null, circuit: { name: 's14', digest: small.digest } });
    expect(made.warning).toContain('secrets');
    expect(made.verificationKeyHash).toBe(verificationKeyHash(made.verificationKey));
    const { reused: _, ...same } = made;
    expect(await provingKeys(store, small)).toEqual({ ...same, reused: true });
    const { zkey: __, ...verifying } = same;
    expect(await findVerifyingKeys(store, 's14', made.verificationKeyHash)).toEqual(verifying);
    expect(await findVerifyingKeys(store, 's14', '0'.repeat(64))).toBeNull();
    expect(await findVerifyingKeys(store, 's18', made.verificationKeyHash)).toBeNull();
    expect(await findVerifyingKeys(new ArtifactStore(file('none')), 's14', made.verificationKeyHash)).toBeNull();
    expect((await stat(made.zkey)).size).toBeGreaterThan(0);
  });

  it('of an old circuit are not met by a changed one', async () => {
    const changed = { ...small, digest: '1'.repeat(64) };
    // The setup reads the circuit as it is, and its digest is held against the one it should have.
    await expect(provingKeys(store, changed)).rejects.toThrow('expected keys for circuit s14 with digest 1111');
  });

  it('that are damaged are an error that says what to do', async () => {
    const { zkey, verificationKeyHash } = await provingKeys(store, small);
    const key = path.join(path.dirname(zkey), 'verification_key.json');
    const text = await readFile(key, 'utf8');
    await writeFile(key, text.replace(/"IC": \[\n\s*\[\n\s*"\d/, (digits) => `${digits}1`));
    await expect(provingKeys(store, small)).rejects.toThrow(ArtifactError);
    await expect(findVerifyingKeys(store, 's14', verificationKeyHash)).rejects.toThrow(/is damaged: expected hash .* remove the folder/);
    await writeFile(key, text);
    await appendFile(key, '}');
    await expect(provingKeys(store, small)).rejects.toThrow(/verification_key\.json is damaged/);
    for (const manifest of ['5', '{}', '[]']) {
      await writeFile(path.join(path.dirname(zkey), 'manifest.json'), manifest);
      await expect(findVerifyingKeys(store, 's14', verificationKeyHash)).rejects.toThrow(/ is damaged: .* remove the folder .* to have it made again$/);
      await expect(storedKeys(store, 's14', small.digest)).rejects.toThrow(ArtifactError);
    }
    await rm(path.dirname(zkey), { recursive: true });
    expect((await provingKeys(store, small)).reused).toBe(false);
  });

  it.each([
    ['ends a byte early', async (zkey: string) => truncate(zkey, (await stat(zkey)).size - 1)],
    ['ends after 3 bytes', (zkey: string) => truncate(zkey, 3)],
    ['has a byte changed', (zkey: string) => withByteChanged(zkey, `${zkey}.new`, 5000).then((changed) => copyFile(changed, zkey))],
    ['is missing', (zkey: string) => rm(zkey)],
  ])('whose proving key %s are an error that says what to do', async (_how, damage) => {
    const { zkey } = await provingKeys(store, small);
    await damage(zkey);
    await expect(provingKeys(store, small)).rejects.toThrow(/circuit\.zkey is damaged: .*; remove the folder .* to have it made again/);
    await rm(path.dirname(zkey), { recursive: true });
    expect((await provingKeys(store, small)).reused).toBe(false);
  });
});

describe('keys of a ceremony', () => {
  const install = (change: Partial<Parameters<typeof installKeys>[0]> = {}) =>
    installKeys({
      store, circuit: small, ptau: world.ptau, zkey: world.zkeys[3]!, transcript: world.transcripts[3]!, allowUnlisted: true, ...change,
    });

  const refused = async (change: Parameters<typeof install>[0], kind: typeof SetupError | typeof ContributionError, says: RegExp): Promise<void> => {
    await expect(install(change)).rejects.toThrow(kind);
    await expect(install(change)).rejects.toThrow(says);
    expect(await ceremonyKeys(store, small)).toBeNull();
  };

  it('are not installed before it is finished', async () => {
    for (const [step, missing] of [[0, 'a contribution and a beacon'], [2, 'a beacon']] as const) {
      const [zkey, transcript] = [world.zkeys[step]!, world.transcripts[step]!];
      await refused({ zkey, transcript }, SetupError, new RegExp(`^expected keys of a finished ceremony, these lack ${missing}$`));
    }
  });

  it('are not installed over powers of tau that are not on the list, unless that is asked for', () =>
    refused({ allowUnlisted: false }, SetupError, /expected one of the published powers-of-tau files, the key is over none of them/));

  it('are not installed if they do not verify', () =>
    refused({ zkey: world.zkeys[2]! }, ContributionError, /0002\.zkey: contribution 3, "beacon" with hash/));

  it('are taken from then on, in place of development keys, which are still found by their hash', async () => {
    const development = await provingKeys(store, small);
    const transcript = world.transcripts[3]!;
    const installed = await install();
    expect(installed).toMatchObject({
      setup: 'ceremony', insecure: true, ceremony: transcript, reused: false, verificationKeyHash: transcript.key.verificationKey,
    });
    expect(installed.warning).toContain('not on the published list');
    const taken = { ...installed, reused: true };
    expect(await provingKeys(store, small)).toEqual(taken);
    expect(await ceremonyKeys(store, small)).toEqual(taken);
    expect(await install()).toEqual(taken);
    expect(await findVerifyingKeys(store, 's14', development.verificationKeyHash)).toMatchObject({ setup: 'development' });
    expect(await findVerifyingKeys(store, 's14', installed.verificationKeyHash)).toMatchObject({ setup: 'ceremony', ceremony: transcript });
    expect((await storedKeys(store, 's14', small.digest)).map(({ setup }) => setup).sort()).toEqual(['ceremony', 'development']);
    expect(describeKeys(installed)).toMatch(/^keys of a ceremony of 2 contributions and a beacon over powers of tau that are not on the published list/);
  });

  it('make a verifier contract that names the powers of tau and every contribution', async () => {
    const keys = await provingKeys(store, small);
    const contract = await exportVerifier(keys, small);
    const { powersOfTau, contributions } = world.transcripts[3]!;
    expect(contract).toContain(`/// - blake2b of the powers of tau: ${powersOfTau.blake2b}\n`);
    for (const [i, { name, hash }] of contributions.entries()) expect(contract).toContain(`/// - contribution ${i + 1}, "${name}": ${hash}\n`);
    expect(contract).toContain(`bytes32 public constant TRANSCRIPT = 0x${transcriptHash(world.transcripts[3]!)};`);
    expect(contract).toContain('bool public constant DEVELOPMENT_KEYS = false;');
    const evil = contributions.map((contribution) => ({ ...contribution, name: 'x\u2028contract Evil {}' }));
    const ceremony = { ...keys.ceremony!, contributions: evil };
    expect(await exportVerifier({ ...keys, ceremony }, small)).toContain('"x\\u2028contract Evil {}"');
  });

  it('make none before the ceremony is finished, and development keys make none', async () => {
    const keys = await provingKeys(store, small);
    await expect(exportVerifier({ ...keys, ceremony: world.transcripts[2]! }, small)).rejects.toThrow('these lack a beacon');
    await expect(exportVerifier({ ...keys, setup: 'development', ceremony: null }, small)).rejects.toThrow(DevelopmentKeysError);
  });

  it('that are damaged are an error that says what to do, and are not replaced by development keys', async () => {
    const { zkey } = await provingKeys(store, small);
    await copyFile(zkey, file('whole.zkey'));
    await truncate(zkey, 1000);
    await expect(provingKeys(store, small)).rejects.toThrow(/circuit\.zkey is damaged: .*; remove the folder .* and install the keys again/);
    await copyFile(file('whole.zkey'), zkey);
    await provingKeys(store, small);
  });

  it('of another ceremony do not take their place by chance', async () => {
    const manifest = path.join(path.dirname((await provingKeys(store, small)).zkey), 'manifest.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(/("zkeySha256": ")\w+/, `$1${'0'.repeat(64)}`));
    await expect(install()).rejects.toThrow(/expected no other ceremony's keys for circuit s14, found some/);
    await writeFile(manifest, text);
  });
});
