import { appendFile, copyFile, cp, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactError, ArtifactStore, fileDigest } from '../../../src/machine/circuit/artifacts.js';
import type { CompiledCircuit } from '../../../src/machine/circuit/compile.js';
import { installKeys } from '../../../src/engine/install-keys.js';
import { ingredients, label } from '../../../src/proof/prover/key-manifest.js';
import type { StoredManifest } from '../../../src/proof/prover/key-manifest.js';
import type { SetupKind } from '../../../src/proof/setup/kind.js';
import {
  ceremonyKeys,
  findProvingKeys,
  findVerifyingKeys,
  keepCeremonyKeys,
  provingKeys,
  storedKeys,
} from '../../../src/proof/prover/keys.js';
import type { ProvingKeys } from '../../../src/proof/prover/keys.js';
import { KeyMismatchError } from '../../../src/proof/prover/queue.js';
import {
  acceptKey,
  closeCeremony,
  ContributionError,
  contributeToKey,
  formatTranscript,
  SetupError,
  transcriptHash,
  verificationKeyHash,
} from '../../../src/proof/setup/index.js';
import type { Transcript } from '../../../src/proof/setup/index.js';
import { DevelopmentKeysError, exportVerifier, requireOwnZkey } from '../../../src/proof/verifier/solidity.js';
import { describeKeys } from '../../../src/proof/verifier/words.js';
import { BEACON, testCeremony, withByteChanged } from '../setup/ceremony.js';
import type { TestCeremony } from '../setup/ceremony.js';
import { closeCurve } from '../setup/ptau.js';

let world: TestCeremony;
let store: ArtifactStore;
let small: CompiledCircuit;
const file = (...names: string[]): string => world.file(...names);

beforeAll(async () => {
  world = await testCeremony();
  store = new ArtifactStore(file('artifacts'));
  small = world.circuit;
});

afterAll(async () => {
  await world.remove();
  await closeCurve();
});

describe('keys', () => {
  it('are made once, say that they are insecure, and are found by the hash that a proof names', async () => {
    const made = await provingKeys(store, small);
    expect(made).toMatchObject({
      reused: false,
      setup: 'development',
      insecure: true,
      ceremony: null,
      circuit: { name: 's14', digest: small.digest },
    });
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
    await expect(provingKeys(store, changed)).rejects.toThrow(
      /mixed\.r1cs is damaged: expected SHA-256 1{64}, got \w{64}; remove the directory/,
    );
  });

  it('that are damaged are an error that says what to do', async () => {
    const { zkey, verificationKeyHash } = await provingKeys(store, small);
    const key = path.join(path.dirname(zkey), 'verification_key.json');
    const text = await readFile(key, 'utf8');
    await writeFile(
      key,
      text.replace(/"IC": \[\n\s*\[\n\s*"\d/, (digits) => `${digits}1`),
    );
    await expect(provingKeys(store, small)).rejects.toThrow(ArtifactError);
    await expect(findVerifyingKeys(store, 's14', verificationKeyHash)).rejects.toThrow(
      /is damaged: expected hash .* remove the directory/,
    );
    await writeFile(key, text);
    await appendFile(key, '}');
    await expect(provingKeys(store, small)).rejects.toThrow(/verification_key\.json is damaged/);
    for (const manifest of ['5', '{}', '[]']) {
      await writeFile(path.join(path.dirname(zkey), 'manifest.json'), manifest);
      await expect(findVerifyingKeys(store, 's14', verificationKeyHash)).rejects.toThrow(
        / is damaged: .* remove the directory .* and it will be made again$/,
      );
      await expect(storedKeys(store, 's14', small.digest)).rejects.toThrow(ArtifactError);
    }
    await rm(path.dirname(zkey), { recursive: true });
    expect((await provingKeys(store, small)).reused).toBe(false);
  });

  it.each([
    ['ends a byte early', async (zkey: string) => truncate(zkey, (await stat(zkey)).size - 1)],
    ['ends after 3 bytes', (zkey: string) => truncate(zkey, 3)],
    [
      'has a byte changed',
      (zkey: string) => withByteChanged(zkey, `${zkey}.new`, 5000).then((changed) => copyFile(changed, zkey)),
    ],
    ['is missing', (zkey: string) => rm(zkey)],
  ])('whose proving key %s are an error that says what to do', async (_how, damage) => {
    const { zkey } = await provingKeys(store, small);
    await damage(zkey);
    await expect(provingKeys(store, small)).rejects.toThrow(
      /circuit\.zkey is damaged: .*; remove the directory .*, and the keys will be made again; but keep its verification_key\.json/,
    );
    await rm(path.dirname(zkey), { recursive: true });
    expect((await provingKeys(store, small)).reused).toBe(false);
  });
});

describe('keys of a ceremony', () => {
  const install = (change: Partial<Parameters<typeof installKeys>[0]> = {}) =>
    installKeys({
      store,
      circuit: small,
      ptau: world.ptau,
      zkey: world.zkeys[3]!,
      transcript: world.transcripts[3]!,
      allowUnlisted: true,
      ...change,
    });

  const refused = async (
    change: Parameters<typeof install>[0],
    kind: typeof SetupError | typeof ContributionError,
    says: RegExp,
  ): Promise<void> => {
    await expect(install(change)).rejects.toThrow(kind);
    await expect(install(change)).rejects.toThrow(says);
    expect(await ceremonyKeys(store, small)).toBeNull();
  };

  it('are not installed before it is finished', async () => {
    for (const [step, missing] of [
      [0, 'a contribution and a beacon'],
      [2, 'a beacon'],
    ] as const) {
      const zkey = world.zkeys[step]!;
      const transcript = world.transcripts[step]!;
      await refused(
        { zkey, transcript },
        SetupError,
        new RegExp(`^expected keys of a finished ceremony, these lack ${missing}$`),
      );
    }
  });

  it('are not installed over powers of tau that are not on the list, unless that is asked for', () =>
    refused(
      { allowUnlisted: false },
      SetupError,
      /expected one of the published powers-of-tau files, the key is over none of them/,
    ));

  it('are not installed if they do not verify', () =>
    refused({ zkey: world.zkeys[2]! }, ContributionError, /0002\.zkey: contribution 3, "beacon" with hash/));

  it('are taken from then on, in place of development keys, which are still found by their hash', async () => {
    const development = await provingKeys(store, small);
    const transcript = world.transcripts[3]!;
    const installed = await install();
    expect(installed).toMatchObject({
      setup: 'ceremony',
      insecure: true,
      ceremony: transcript,
      reused: false,
      verificationKeyHash: transcript.key.verificationKey,
    });
    expect(installed.warning).toContain('not on the published list');
    const taken = { ...installed, reused: true };
    expect(await provingKeys(store, small)).toEqual(taken);
    expect(await ceremonyKeys(store, small)).toEqual(taken);
    expect(await install()).toEqual(taken);
    expect(await findVerifyingKeys(store, 's14', development.verificationKeyHash)).toMatchObject({
      setup: 'development',
    });
    expect(await findVerifyingKeys(store, 's14', installed.verificationKeyHash)).toMatchObject({
      setup: 'ceremony',
      ceremony: transcript,
    });
    expect((await storedKeys(store, 's14', small.digest)).map(({ setup }) => setup).sort()).toEqual([
      'ceremony',
      'development',
    ]);
    expect(describeKeys(installed)).toMatch(
      /^keys from a ceremony with 2 contributions and a beacon over powers of tau that are not on the published list/,
    );
  });

  it('make a verifier contract that names the powers of tau and every contribution', async () => {
    const keys = await provingKeys(store, small);
    const contract = await exportVerifier(keys, small);
    const { powersOfTau, contributions } = world.transcripts[3]!;
    expect(contract).toContain(`/// - blake2b of the powers of tau: ${powersOfTau.blake2b}\n`);
    for (const [i, { name, hash }] of contributions.entries())
      expect(contract).toContain(`/// - contribution ${i + 1}, "${name}": ${hash}\n`);
    expect(contract).toContain(`bytes32 public constant TRANSCRIPT = 0x${transcriptHash(world.transcripts[3]!)};`);
    expect(contract).toContain('bool public constant DEVELOPMENT_KEYS = false;');
  });

  it('make one in which a contributor’s name ends no line', async () => {
    const folder = file('evil');
    await mkdir(folder);
    await copyFile(world.zkeys[0]!, path.join(folder, '0000.zkey'));
    await writeFile(path.join(folder, 'transcript.json'), formatTranscript(world.transcripts[0]!));
    await contributeToKey({ from: world.zkeys[0]!, to: file('evil.zkey'), name: 'x\u2028contract Evil {}' });
    await acceptKey({ directory: folder, zkey: file('evil.zkey'), ptau: world.ptau });
    const { zkey, transcript } = await closeCeremony({ directory: folder, beacon: BEACON });
    const evil = await keepCeremonyKeys(new ArtifactStore(file('evil-artifacts')), small, { zkey, transcript });
    expect(await exportVerifier(evil, small)).toContain('"x\\u2028contract Evil {}"');
  });

  it('make none, and are deployed by no settlement, if the proving key denies what is said of them', async () => {
    const keys = await provingKeys(store, small);
    const contributions = keys.ceremony!.contributions.with(0, { ...keys.ceremony!.contributions[0]!, name: 'Eve' });
    const denied: readonly (readonly [Partial<ProvingKeys>, RegExp])[] = [
      [
        { ceremony: { ...keys.ceremony!, contributions } },
        /circuit\.zkey: expected contribution 1 to be "Eve" .*, got "Ada"/,
      ],
      [
        { ceremony: null },
        /expected a transcript for keys from a ceremony, and only for those, got ceremony keys with none/,
      ],
      [{ zkey: world.zkeys[2]! }, /0002\.zkey: contribution 3, "beacon" .*, is missing/],
      [
        { verificationKey: { ...keys.verificationKey, vk_delta_2: keys.verificationKey.vk_gamma_2 } },
        /expected verification key \w{64} in .*circuit\.zkey, got another/,
      ],
    ];
    for (const [change, says] of denied) {
      await expect(exportVerifier({ ...keys, ...change }, small)).rejects.toThrow(KeyMismatchError);
      await expect(requireOwnZkey({ ...keys, ...change })).rejects.toThrow(says);
    }
    await expect(requireOwnZkey(keys)).resolves.toBeUndefined();
  });

  it('make none before the ceremony is finished, and development keys make none', async () => {
    const keys = await provingKeys(store, small);
    await expect(exportVerifier({ ...keys, ceremony: world.transcripts[2]! }, small)).rejects.toThrow(
      'these lack a beacon',
    );
    await expect(exportVerifier({ ...keys, setup: 'development', ceremony: null }, small)).rejects.toThrow(
      DevelopmentKeysError,
    );
  });

  it('that are damaged are an error that says what to do, and are not replaced by development keys', async () => {
    const { zkey } = await provingKeys(store, small);
    await copyFile(zkey, file('whole.zkey'));
    await truncate(zkey, 1000);
    await expect(provingKeys(store, small)).rejects.toThrow(
      /circuit\.zkey is damaged: .*; remove the directory .*, then install the keys again/,
    );
    await copyFile(file('whole.zkey'), zkey);
    await provingKeys(store, small);
  });

  it('of another ceremony do not take their place by chance', async () => {
    const manifest = path.join(path.dirname((await provingKeys(store, small)).zkey), 'manifest.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(/("zkeySha256": ")\w+/, `$1${'0'.repeat(64)}`));
    await expect(install()).rejects.toThrow(/circuit s14 has keys from another ceremony/);
    await writeFile(manifest, text);
  });
});

describe('a record that was edited', () => {
  /**
   * Copies a directory of keys into a store of its own, in the place that keys of `setup` have there, and edits what is
   * recorded of them.
   */
  async function edited(
    name: string,
    keys: ProvingKeys,
    setup: SetupKind,
    edit: (manifest: StoredManifest) => object,
  ): Promise<ArtifactStore> {
    const other = new ArtifactStore(file(name));
    const to = other.folder(label('s14'), ingredients(setup, small));
    await rm(to, { recursive: true, force: true });
    await cp(path.dirname(keys.zkey), to, { recursive: true });
    const manifest = path.join(to, 'manifest.json');
    await writeFile(manifest, JSON.stringify(edit(JSON.parse(await readFile(manifest, 'utf8')) as StoredManifest)));
    return other;
  }

  /** None of what reads keys takes these. */
  async function refused(other: ArtifactStore, hash: string, says: RegExp): Promise<void> {
    const readers = [
      () => provingKeys(other, small),
      () => findVerifyingKeys(other, 's14', hash),
      () => findProvingKeys(other, 's14', hash),
      () => storedKeys(other, 's14', small.digest),
    ];
    for (const read of readers) {
      await expect(read()).rejects.toThrow(ArtifactError);
      await expect(read()).rejects.toThrow(says);
    }
  }

  it('does not turn development keys into a ceremony’s by a made-up transcript', async () => {
    const keys = (await storedKeys(store, 's14', small.digest)).find(({ setup }) => setup === 'development')!;
    const development = (await findProvingKeys(store, 's14', keys.verificationKeyHash))!;
    const { verificationKeyHash: hash } = development;
    const zkeySha256 = await fileDigest(development.zkey);
    const real = world.transcripts[3]!;
    const madeUp = (change: Partial<Transcript> = {}): Transcript => ({
      ...real,
      key: { sha256: zkeySha256, verificationKey: hash },
      ...change,
    });
    const with0 = (): Promise<ArtifactStore> =>
      edited('with0', development, 'ceremony', (manifest) => ({
        ...manifest,
        setup: 'ceremony',
        ceremony: madeUp({ contributions: [] }),
        insecure: false,
        warning: '',
      }));
    await refused(
      await with0(),
      hash,
      /manifest\.json is damaged: its ceremony is not finished: a contribution and a beacon missing; remove the directory .*, then install the keys again/,
    );
    const with3 = (): Promise<ArtifactStore> =>
      edited('with3', development, 'ceremony', (manifest) => ({ ...manifest, setup: 'ceremony', ceremony: madeUp() }));
    await refused(await with3(), hash, /it says that these are ceremony keys, but circuit\.zkey is a development key/);
    // In the place of development keys.
    const inPlace = await edited('in-place', development, 'development', (manifest) => ({
      ...manifest,
      setup: 'ceremony',
      ceremony: madeUp(),
    }));
    await expect(findVerifyingKeys(inPlace, 's14', hash)).rejects.toThrow(
      /it is a manifest of ceremony keys .*, which belong elsewhere/,
    );
    await expect(storedKeys(inPlace, 's14', small.digest)).rejects.toThrow(ArtifactError);
    // The good twin, and what it says is not what is recorded: no edit takes the warning away.
    const same = await edited('same', development, 'development', (manifest) => ({
      ...manifest,
      insecure: false,
      warning: '',
    }));
    for (const keys of [
      await provingKeys(same, small),
      await findVerifyingKeys(same, 's14', hash),
      ...(await storedKeys(same, 's14', small.digest)),
    ]) {
      expect(keys).toMatchObject({ setup: 'development', insecure: true, warning: expect.stringContaining('secrets') });
    }
  });

  it('makes no ceremony another', async () => {
    const keys = await provingKeys(store, small);
    const { contributions, powersOfTau, key } = keys.ceremony!;
    const of = (name: string, ceremony: object, change: object = {}): Promise<ArtifactStore> =>
      edited(name, keys, 'ceremony', (manifest) => ({
        ...manifest,
        ceremony: { ...keys.ceremony!, ...ceremony },
        ...change,
      }));
    const eve = contributions.with(0, { ...contributions[0]!, name: 'Eve' });
    await refused(
      await of('eve', { contributions: eve }),
      keys.verificationKeyHash,
      /manifest\.json is damaged: expected contribution 1 to be "Eve" .*, got "Ada"/,
    );
    await refused(
      await of('listed', { powersOfTau: { ...powersOfTau, listed: 'powersOfTau28_hez_final_08.ptau' } }),
      keys.verificationKeyHash,
      /its ceremony is not valid: .*listed: expected null/,
    );
    const hash = '0'.repeat(64);
    await refused(
      await of('other', { key: { ...key, verificationKey: hash } }),
      keys.verificationKeyHash,
      /its ceremony made another key/,
    );
    await refused(
      await of('digest', { circuit: { name: 's14', digest: hash } }),
      keys.verificationKeyHash,
      /the transcript states 0{64} as digest of the circuit, found/,
    );
    // Another key, which a record and a transcript were made to fit, is still not the one that the ceremony made.
    const toxic = { ...keys.verificationKey, vk_delta_2: keys.verificationKey.vk_gamma_2 };
    const toxicHash = verificationKeyHash(toxic);
    const swapped = await of(
      'swapped',
      { key: { ...key, verificationKey: toxicHash } },
      { verificationKeyHash: toxicHash },
    );
    await writeFile(
      path.join(swapped.folder(label('s14'), ingredients('ceremony', small)), 'verification_key.json'),
      JSON.stringify(toxic),
    );
    await expect(findVerifyingKeys(swapped, 's14', toxicHash)).rejects.toThrow(
      /verification_key\.json is damaged: it does not belong to circuit\.zkey; .* install the keys again/,
    );
    expect(await provingKeys(await of('same', {}), small)).toMatchObject({
      setup: 'ceremony',
      ceremony: keys.ceremony,
    });
  });
});
