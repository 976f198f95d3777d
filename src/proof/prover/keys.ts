import { constants, copyFile, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Artifact, ArtifactError, type ArtifactStore, fileDigest, fileSize } from '../../machine/circuit/artifacts.js';
import { type Watching } from '../../base/work/watching.js';
import { type CircuitName } from '../../machine/circuit/catalogue.js';
import { type CompiledCircuit } from '../../machine/circuit/compile.js';
import { developmentSetup, type SetupRecord, type Transcript, type VerificationKey, verificationKeyHash } from '../setup/index.js';
import { readTextFile } from '../../base/files/input.js';
import { exportVerificationKey } from '../../base/untyped/snarkjs.js';

/** Where a circuit's keys come from: one party's machine, or a ceremony that many took part in. */
export type SetupKind = 'development' | 'ceremony';
export const SETUP_KINDS = ['development', 'ceremony'] as const satisfies readonly SetupKind[];

/** What is known of a circuit's keys. */
export interface KeysManifest {
  readonly circuit: { readonly name: CircuitName; readonly digest: string };
  readonly setup: SetupKind;
  /** True if one party could forge proofs, for all that is known here. */
  readonly insecure: boolean;
  /** One sentence: who could forge proofs for these keys. */
  readonly warning: string;
  /** How the keys were made; null for development keys, and for a verification key that came without. */
  readonly ceremony: Transcript | null;
  /** `verificationKeyHash` of the verification key. */
  readonly verificationKeyHash: string;
}

/** What it takes to verify a circuit's proofs. */
export interface VerifyingKeys extends KeysManifest {
  readonly verificationKey: VerificationKey;
}

/** What it takes to make them, too. */
export interface ProvingKeys extends VerifyingKeys {
  /** Path of the proving key. */
  readonly zkey: string;
  readonly reused: boolean;
}

/** What is recorded beside keys in a store. */
interface StoredManifest extends KeysManifest {
  /** Of the proving key, hexadecimal. */
  readonly zkeySha256: string;
}

/** Counts the ways in which keys are kept: keys kept in an older way are not met again. */
const STORE_VERSION = '2';

const ZKEY = 'circuit.zkey';
const VERIFICATION_KEY = 'verification_key.json';
const label = (circuit: CircuitName): string => `keys-${circuit}`;
const ingredients = (setup: SetupKind, { digest }: Pick<CompiledCircuit, 'digest'>): string[] => [STORE_VERSION, digest, setup];

/**
 * A circuit's keys: those of a ceremony, if they are in the store, else development keys, which are made if
 * need be.
 * @throws {ArtifactError} the keys are damaged
 * @throws what the signal was aborted with
 */
export async function provingKeys(
  store: ArtifactStore,
  circuit: CompiledCircuit,
  watching: Watching = {},
): Promise<ProvingKeys> {
  const artifact =
    (await store.find<StoredManifest>(label(circuit.name), ingredients('ceremony', circuit))) ??
    (await store.ensure(label(circuit.name), ingredients('development', circuit), async (folder) => {
      const zkey = path.join(folder, ZKEY);
      const record = await developmentSetup({ r1cs: circuit.r1cs, zkey, ...watching });
      return keep(folder, developmentManifest(circuit, record), record.verificationKey, watching.signal);
    }));
  return readWhole(artifact, watching.signal);
}

/** The keys of a circuit's ceremony; null if there are none in the store. @throws {ArtifactError} they are damaged */
export async function ceremonyKeys(store: ArtifactStore, circuit: CompiledCircuit): Promise<ProvingKeys | null> {
  const artifact = await store.find<StoredManifest>(label(circuit.name), ingredients('ceremony', circuit));
  return artifact && readWhole(artifact);
}

/**
 * Puts the keys of a ceremony into the store, where `provingKeys` finds them from then on. Whether the key is
 * what its transcript says must be known: see `verifyKey`.
 * @throws {ArtifactError} the key is not the transcript's, or another ceremony's keys are there
 */
export async function keepCeremonyKeys(
  store: ArtifactStore,
  circuit: CompiledCircuit,
  { zkey, transcript, signal }: { readonly zkey: string; readonly transcript: Transcript; readonly signal?: AbortSignal | undefined },
): Promise<ProvingKeys> {
  const artifact = await store.ensure(label(circuit.name), ingredients('ceremony', circuit), async (folder) => {
    const copy = path.join(folder, ZKEY);
    await copyFile(zkey, copy, constants.COPYFILE_FICLONE);
    await sync(copy);
    return keep(folder, ceremonyManifest(circuit, transcript), await exportVerificationKey(copy), signal);
  });
  if (artifact.manifest.zkeySha256 !== transcript.key.sha256) {
    throw new ArtifactError(
      `expected no other ceremony's keys for circuit ${circuit.name}, found some; to take these instead, remove the folder ${artifact.folder}`,
    );
  }
  return readWhole(artifact);
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function developmentManifest({ name, digest }: CompiledCircuit, record: SetupRecord): KeysManifest {
  if (record.r1csSha256 !== digest) {
    throw new ArtifactError(`expected keys for circuit ${name} with digest ${digest}, the setup read ${record.r1csSha256}`);
  }
  const { insecure, warning, verificationKey } = record;
  const circuit = { name, digest };
  return { circuit, setup: 'development', insecure, warning, ceremony: null, verificationKeyHash: verificationKeyHash(verificationKey) };
}

const WARNING = 'Keys of a ceremony: only all of its contributors together could have kept the secrets with which false statements can be proven.';
const UNLISTED_WARNING =
  'Keys over powers of tau that are not on the published list: whoever made those may have kept the secret with which false statements can be proven.';

function ceremonyManifest({ name, digest }: CompiledCircuit, ceremony: Transcript): KeysManifest {
  const insecure = ceremony.powersOfTau.listed === null;
  return {
    circuit: { name, digest },
    setup: 'ceremony',
    insecure,
    warning: insecure ? UNLISTED_WARNING : WARNING,
    ceremony,
    verificationKeyHash: ceremony.key.verificationKey,
  };
}

/** Writes what belongs beside the proving key in `folder`. */
async function keep(folder: string, manifest: KeysManifest, verificationKey: VerificationKey, signal?: AbortSignal): Promise<StoredManifest> {
  await writeFile(path.join(folder, VERIFICATION_KEY), `${JSON.stringify(verificationKey, null, 1)}\n`);
  const zkeySha256 = await fileDigest(path.join(folder, ZKEY), signal);
  const expected = manifest.ceremony?.key;
  if (expected !== undefined && (expected.sha256 !== zkeySha256 || expected.verificationKey !== verificationKeyHash(verificationKey))) {
    throw new ArtifactError(`expected the key with SHA-256 ${expected.sha256}, as its transcript has it, got ${zkeySha256}`);
  }
  return { ...manifest, zkeySha256 };
}

/**
 * The keys in the store that a proof file names, by circuit and hash of the verification key. Null if
 * there are none; nothing is made.
 * @throws {ArtifactError} the keys are damaged
 */
export async function findVerifyingKeys(
  store: ArtifactStore,
  circuit: CircuitName,
  hash: string,
): Promise<VerifyingKeys | null> {
  const artifact = await keysNamed(store, circuit, hash);
  return artifact === undefined ? null : read(artifact);
}

/**
 * The keys in the store with this verification key, to prove with. Null if there are none; nothing is made.
 * @throws {ArtifactError} the keys are damaged
 */
export async function findProvingKeys(store: ArtifactStore, circuit: CircuitName, hash: string): Promise<ProvingKeys | null> {
  const artifact = await keysNamed(store, circuit, hash);
  return artifact === undefined ? null : readWhole(artifact);
}

const keysNamed = async (store: ArtifactStore, circuit: CircuitName, hash: string) =>
  (await keysOf(store, circuit)).find(({ manifest }) => manifest.verificationKeyHash === hash);

/** All of a circuit's, whatever its digest. @throws {ArtifactError} something else is in their place */
async function keysOf(store: ArtifactStore, circuit: CircuitName): Promise<Artifact<StoredManifest>[]> {
  const all = await store.all<StoredManifest>(label(circuit));
  const other = all.find(({ manifest }: Artifact<Partial<StoredManifest>>) => typeof manifest.circuit?.digest !== 'string');
  if (other !== undefined) damaged(other.folder, other, 'its manifest is not one of keys');
  return all;
}

/** Keys that are in the store, and the size of their proving key in bytes. */
export interface StoredKeys extends KeysManifest {
  readonly zkeyBytes: number;
}

/**
 * The keys in the store of a circuit with this digest, of any setup; nothing is made.
 * @throws {ArtifactError} some are damaged, as far as that shows without reading all of them
 */
export async function storedKeys(store: ArtifactStore, circuit: CircuitName, digest: string): Promise<StoredKeys[]> {
  const all = await keysOf(store, circuit);
  return Promise.all(
    all
      .filter(({ manifest }) => manifest.circuit.digest === digest)
      .map(async (artifact) => {
        const zkey = path.join(artifact.folder, ZKEY);
        return { ...artifact.manifest, zkeyBytes: await fileSize(zkey).catch((cause: Error) => damaged(zkey, artifact, cause.message)) };
      }),
  );
}

/** Reads keys whose proving key is found to be as it was kept. */
async function readWhole(artifact: Artifact<StoredManifest>, signal?: AbortSignal): Promise<ProvingKeys> {
  const { folder, manifest, reused } = artifact;
  const zkey = path.join(folder, ZKEY);
  const sha256 = await fileDigest(zkey, signal).catch((cause: Error) => {
    signal?.throwIfAborted();
    return damaged(zkey, artifact, cause.message);
  });
  if (sha256 !== manifest.zkeySha256) damaged(zkey, artifact, `expected SHA-256 ${manifest.zkeySha256}, got ${sha256}`);
  return { ...(await read(artifact)), zkey, reused };
}

async function read(artifact: Artifact<StoredManifest>): Promise<VerifyingKeys> {
  const { folder, manifest: { zkeySha256: _, ...manifest } } = artifact;
  const file = path.join(folder, VERIFICATION_KEY);
  let verificationKey: VerificationKey;
  try {
    verificationKey = JSON.parse(await readTextFile(file)) as VerificationKey;
  } catch (cause) {
    return damaged(file, artifact, (cause as Error).message);
  }
  const hash = verificationKeyHash(verificationKey);
  for (const expected of [manifest.verificationKeyHash, manifest.ceremony?.key.verificationKey ?? hash]) {
    if (hash !== expected) damaged(file, artifact, `expected hash ${expected}, got ${hash}`);
  }
  return { ...manifest, verificationKey };
}

function damaged(file: string, { folder, manifest }: Artifact<KeysManifest>, how: string): never {
  // Keys of one's own are other keys when they are made again.
  const keep = path.basename(file) === ZKEY ? `, but keep its ${VERIFICATION_KEY}: proofs by these keys verify with that alone, by --key` : '';
  const remedy = manifest.setup === 'ceremony' ? 'and install the keys again' : `to have it made again${keep}`;
  throw new ArtifactError(`${file} is damaged: ${how}; remove the folder ${folder} ${remedy}`);
}
