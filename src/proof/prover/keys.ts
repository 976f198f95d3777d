import { constants, copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactError, damagedFile, fileDigest, fileSize, requireDigest } from '../../machine/circuit/artifacts.js';
import type { Artifact, ArtifactStore } from '../../machine/circuit/artifacts.js';
import type { Watching } from '../../base/tasks/watching.js';
import type { CompiledFiles } from '../../machine/circuit/compile.js';
import { verificationKeyHash } from '../setup/verification-key.js';
import { hasVerificationKey } from '../setup/verifying-points.js';
import type { SetupRecord, Transcript, VerificationKey } from '../setup/index.js';
import { readTextFile } from '../../base/files/input.js';
import { exportVerificationKey } from '../../base/untyped/snarkjs.js';
import { describedKeys, ingredients, label, readManifest, remedyFor, VERIFICATION_KEY, ZKEY } from './key-manifest.js';
import type { KeysManifest, StoredManifest } from './key-manifest.js';

/**
 * What it takes to verify a circuit's proofs.
 * @see {@link findVerifyingKeys}
 */
export interface VerifyingKeys extends KeysManifest {
  readonly verificationKey: VerificationKey;
}

/**
 * What it takes to make them, too.
 * @see {@link provingKeys}
 */
export interface ProvingKeys extends VerifyingKeys {
  /** Path of the proving key. */
  readonly zkey: string;
  readonly reused: boolean;
}

/**
 * A circuit's keys: those of a ceremony, if they are in the store, else development keys, which are made if
 * need be.
 * @throws {ArtifactError} the keys are damaged, or the circuit that they would be made for is
 * @throws what the signal was aborted with
 *
 * @example
 * const made = await provingKeys(store, await compileCircuit(store, 's14'));
 * made.insecure; // true, unless they are of a ceremony
 */
export async function provingKeys(
  store: ArtifactStore,
  circuit: CompiledFiles,
  watching: Watching = {},
): Promise<ProvingKeys> {
  const artifact =
    (await store.find<StoredManifest>(label(circuit.name), ingredients('ceremony', circuit))) ??
    (await store.ensure(label(circuit.name), ingredients('development', circuit), async (folder) => {
      const zkey = path.join(folder, ZKEY);
      await requireDigest(circuit.r1cs, circuit.digest, watching);
      // Loaded where keys are made: it is the largest part of a setup.
      const { developmentSetup } = await import('../setup/development.js');
      const record = await developmentSetup({ r1cs: circuit.r1cs, zkey, ...watching });
      return keep(folder, developmentManifest(circuit, record), record.verificationKey, watching.signal);
    }));
  return readWhole(store, artifact, watching.signal);
}

/**
 * The keys of a circuit's ceremony; null if there are none in the store.
 * @throws {ArtifactError} they are damaged
 *
 * @example
 * (await ceremonyKeys(store, circuit)) ?? (await provingKeys(store, circuit));
 */
export async function ceremonyKeys(store: ArtifactStore, circuit: CompiledFiles): Promise<ProvingKeys | null> {
  const artifact = await store.find<StoredManifest>(label(circuit.name), ingredients('ceremony', circuit));
  return artifact && readWhole(store, artifact);
}

/**
 * Puts the keys of a ceremony into the store, where `provingKeys` finds them from then on. Whether the key is
 * what its transcript says must be known: see `verifyKey`.
 * @throws {ArtifactError} the key is not the transcript's, or keys of another ceremony are installed
 */
export async function keepCeremonyKeys(
  store: ArtifactStore,
  circuit: CompiledFiles,
  {
    zkey,
    transcript,
    signal,
  }: { readonly zkey: string; readonly transcript: Transcript; readonly signal?: AbortSignal | undefined },
): Promise<ProvingKeys> {
  const artifact = await store.ensure(label(circuit.name), ingredients('ceremony', circuit), async (folder) => {
    const copy = path.join(folder, ZKEY);
    await copyFile(zkey, copy, constants.COPYFILE_FICLONE);
    return keep(folder, ceremonyManifest(circuit, transcript), await exportVerificationKey(copy), signal);
  });
  if (artifact.manifest.zkeySha256 !== transcript.key.sha256) {
    throw new ArtifactError(
      `circuit ${circuit.name} has keys from another ceremony; to use these instead, remove the directory ${artifact.folder}`,
    );
  }
  return readWhole(store, artifact);
}

type Recorded = Omit<StoredManifest, 'zkeySha256'>;

const developmentManifest = ({ name, digest }: CompiledFiles, { verificationKey }: SetupRecord): Recorded => ({
  circuit: { name, digest },
  setup: 'development',
  ceremony: null,
  verificationKeyHash: verificationKeyHash(verificationKey),
});

const ceremonyManifest = ({ name, digest }: CompiledFiles, ceremony: Transcript): Recorded => ({
  circuit: { name, digest },
  setup: 'ceremony',
  ceremony,
  verificationKeyHash: ceremony.key.verificationKey,
});

/** Writes what belongs beside the proving key in `folder`. */
async function keep(
  folder: string,
  manifest: Recorded,
  verificationKey: VerificationKey,
  signal?: AbortSignal,
): Promise<StoredManifest> {
  await writeFile(path.join(folder, VERIFICATION_KEY), `${JSON.stringify(verificationKey, null, 1)}\n`);
  const zkeySha256 = await fileDigest(path.join(folder, ZKEY), signal);
  const expected = manifest.ceremony?.key;
  if (
    expected !== undefined &&
    (expected.sha256 !== zkeySha256 || expected.verificationKey !== verificationKeyHash(verificationKey))
  ) {
    throw new ArtifactError(
      `expected the key with SHA-256 ${expected.sha256}, as in its transcript, got ${zkeySha256}`,
    );
  }
  return { ...manifest, zkeySha256 };
}

/**
 * The keys in the store that a proof file names, by circuit and hash of the verification key. Null if
 * there are none; nothing is made.
 * @throws {ArtifactError} the keys are damaged
 *
 * @example
 * await findVerifyingKeys(store, 's14', proof.chunks[0]!.verificationKey);
 */
export async function findVerifyingKeys(
  store: ArtifactStore,
  circuit: string,
  hash: string,
): Promise<VerifyingKeys | null> {
  const artifact = await keysNamed(store, circuit, hash);
  return artifact === undefined ? null : read(store, artifact);
}

/**
 * The keys in the store with this verification key, to prove with. Null if there are none; nothing is made.
 * @throws {ArtifactError} the keys are damaged
 */
export async function findProvingKeys(
  store: ArtifactStore,
  circuit: string,
  hash: string,
): Promise<ProvingKeys | null> {
  const artifact = await keysNamed(store, circuit, hash);
  return artifact === undefined ? null : readWhole(store, artifact);
}

const keysNamed = async (store: ArtifactStore, circuit: string, hash: string) =>
  (await keysOf(store, circuit)).find(({ manifest }) => manifest.verificationKeyHash === hash);

/** All keys of a circuit, of any digest. @throws {ArtifactError} something else is in their place */
async function keysOf(store: ArtifactStore, circuit: string): Promise<Artifact<StoredManifest>[]> {
  const all = await store.all<StoredManifest>(label(circuit));
  const other = all.find(
    ({ manifest }: Artifact<Partial<StoredManifest>>) => typeof manifest.circuit?.digest !== 'string',
  );
  if (other !== undefined) throw damagedFile(path.join(other.folder, 'manifest.json'), 'it is not a manifest of keys');
  return all;
}

/**
 * Keys that are in the store, and the size of their proving key in bytes.
 * @see {@link storedKeys}
 */
export interface StoredKeys extends KeysManifest {
  readonly zkeyBytes: number;
}

/**
 * The keys in the store of a circuit with this digest, of any setup; nothing is made.
 * @throws {ArtifactError} some are damaged, as far as that shows without reading all of them
 *
 * @example
 * for (const stored of await storedKeys(store, 's14', circuit.digest)) stored.setup;
 */
export async function storedKeys(store: ArtifactStore, circuit: string, digest: string): Promise<StoredKeys[]> {
  const all = (await keysOf(store, circuit)).filter(({ manifest }) => manifest.circuit.digest === digest);
  return Promise.all(
    all.map(async (artifact) => ({
      ...describedKeys(await readManifest(store, artifact)),
      zkeyBytes: await fileSize(path.join(artifact.folder, ZKEY)),
    })),
  );
}

/** Reads keys after checking that the proving key has not changed since it was stored. */
async function readWhole(
  store: ArtifactStore,
  artifact: Artifact<StoredManifest>,
  signal?: AbortSignal,
): Promise<ProvingKeys> {
  const zkey = path.join(artifact.folder, ZKEY);
  const keys = await read(store, artifact);
  await requireDigest(zkey, artifact.manifest.zkeySha256, { remedy: remedyFor(ZKEY, keys.setup), signal });
  return { ...keys, zkey, reused: artifact.reused };
}

/**
 * Reads keys after checking that the verification key belongs to the proving key, and to the recorded circuit and
 * setup.
 */
async function read(store: ArtifactStore, artifact: Artifact<unknown>): Promise<VerifyingKeys> {
  const manifest = await readManifest(store, artifact);
  const file = path.join(artifact.folder, VERIFICATION_KEY);
  const damaged = (how: string) => damagedFile(file, how, remedyFor(VERIFICATION_KEY, manifest.setup));
  let verificationKey: VerificationKey;
  try {
    verificationKey = JSON.parse(await readTextFile(file)) as VerificationKey;
  } catch (cause) {
    throw damaged((cause as Error).message);
  }
  const hash = verificationKeyHash(verificationKey);
  if (hash !== manifest.verificationKeyHash)
    throw damaged(`expected hash ${manifest.verificationKeyHash}, got ${hash}`);
  if (!(await hasVerificationKey(path.join(artifact.folder, ZKEY), verificationKey)))
    throw damaged(`it does not belong to ${ZKEY}`);
  return { ...describedKeys(manifest), verificationKey };
}
