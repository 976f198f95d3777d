import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Artifact, ArtifactError, type ArtifactStore, fileDigest, fileSize, type OnProgress } from '../circuit/artifacts.js';
import { type CircuitName } from '../circuit/catalogue.js';
import { type CompiledCircuit } from '../circuit/compile.js';
import { developmentSetup, setupFromPtau, type SetupRecord, type VerificationKey } from '../setup/index.js';
import { PUBLIC_SIGNALS } from '../trace/trace.js';
import { findPtau } from './ptau.js';
import { checkZkey } from './zkey-file.js';

/** Where a circuit's keys come from; see `SetupRecord`. */
export type SetupKind = SetupRecord['kind'];
export const SETUP_KINDS = ['development', 'ptau'] as const satisfies readonly SetupKind[];

/** What is recorded beside a circuit's keys. */
export interface KeysManifest {
  readonly circuit: { readonly name: CircuitName; readonly digest: string };
  readonly setup: SetupKind;
  readonly insecure: boolean;
  /** One sentence: who could forge proofs for these keys. */
  readonly warning: string;
  /** SHA-256 of the powers-of-tau file, if the keys come from one. */
  readonly ptau: string | null;
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

/** Counts the ways in which keys were made: keys made in an older way are not met again. */
const SETUP_VERSION = '1';

const ZKEY = 'circuit.zkey';
const VERIFICATION_KEY = 'verification_key.json';
const label = (circuit: CircuitName): string => `keys-${circuit}`;

/**
 * A circuit's keys: made, or found in the store under the circuit's digest and the kind of setup. From
 * the smallest sufficient `.ptau` file in `ptauFolder`, if there is one; else development keys.
 * @throws {SetupError} the powers-of-tau file cannot be used
 * @throws {ArtifactError} the keys are damaged
 */
export async function provingKeys(
  store: ArtifactStore,
  circuit: CompiledCircuit,
  { ptauFolder, onProgress = () => {} }: { readonly ptauFolder?: string; readonly onProgress?: OnProgress } = {},
): Promise<ProvingKeys> {
  const shape = { constraints: circuit.constraints, publicSignals: PUBLIC_SIGNALS.length };
  const ptau = ptauFolder === undefined ? null : await findPtau(ptauFolder, shape);
  const source = ptau === null ? 'development' : `ptau ${await fileDigest(ptau)}`;
  const artifact = await store.ensure(label(circuit.name), [SETUP_VERSION, circuit.digest, source], (folder) => {
    const options = { r1cs: circuit.r1cs, zkey: path.join(folder, ZKEY), onProgress };
    const made = ptau === null ? developmentSetup(options) : setupFromPtau({ ...options, ptau });
    return made.then((record) => finish(folder, circuit, record));
  });
  const zkey = path.join(artifact.folder, ZKEY);
  await checkZkey(zkey);
  return { ...(await read(artifact)), zkey, reused: artifact.reused };
}

async function finish(folder: string, { name, digest }: CompiledCircuit, record: SetupRecord): Promise<KeysManifest> {
  if (record.r1csSha256 !== digest) {
    throw new ArtifactError(`expected keys for circuit ${name} with digest ${digest}, the setup read ${record.r1csSha256}`);
  }
  const { kind, insecure, warning, verificationKey } = record;
  await writeFile(path.join(folder, VERIFICATION_KEY), `${JSON.stringify(verificationKey, null, 1)}\n`);
  const ptau = record.kind === 'ptau' ? record.ptauSha256 : null;
  return { circuit: { name, digest }, setup: kind, insecure, warning, ptau, verificationKeyHash: verificationKeyHash(verificationKey) };
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
  const all = await store.all<KeysManifest>(label(circuit));
  const artifact = all.find(({ manifest }) => manifest.verificationKeyHash === hash);
  return artifact === undefined ? null : read(artifact);
}

/** Keys that are in the store, and the size of their proving key in bytes. */
export interface StoredKeys extends KeysManifest {
  readonly zkeyBytes: number;
}

/** The keys in the store of a circuit with this digest, of any setup; nothing is made. */
export async function storedKeys(store: ArtifactStore, circuit: CircuitName, digest: string): Promise<StoredKeys[]> {
  const all = await store.all<KeysManifest>(label(circuit));
  return Promise.all(
    all
      .filter(({ manifest }) => manifest.circuit.digest === digest)
      .map(async ({ folder, manifest }) => ({ ...manifest, zkeyBytes: await fileSize(path.join(folder, ZKEY)) })),
  );
}

async function read({ folder, manifest }: Artifact<KeysManifest>): Promise<VerifyingKeys> {
  const file = path.join(folder, VERIFICATION_KEY);
  let verificationKey: VerificationKey;
  try {
    verificationKey = JSON.parse(await readFile(file, 'utf8')) as VerificationKey;
  } catch (cause) {
    return damaged(file, folder, (cause as Error).message);
  }
  const hash = verificationKeyHash(verificationKey);
  if (hash !== manifest.verificationKeyHash) {
    damaged(file, folder, `expected hash ${manifest.verificationKeyHash}, got ${hash}`);
  }
  return { ...manifest, verificationKey };
}

function damaged(file: string, folder: string, how: string): never {
  throw new ArtifactError(`${file} is damaged: ${how}; remove the folder ${folder} to have it made again`);
}

/** SHA-256, hexadecimal, of a verification key as JSON without white space, the keys of objects sorted. */
export function verificationKeyHash(key: VerificationKey): string {
  return createHash('sha256').update(canonicalJson(key)).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
