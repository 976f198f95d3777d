import path from 'node:path';
import { damagedFile } from '../../machine/circuit/artifacts.js';
import type { Artifact, ArtifactStore } from '../../machine/circuit/artifacts.js';
import { isCircuitName } from '../../machine/circuit/rules-catalogue.js';
import type { CompiledFiles } from '../../machine/circuit/compile.js';
import { readOrigin } from '../setup/contributions.js';
import { SetupError } from '../setup/error.js';
import { DEVELOPMENT_WARNING } from '../setup/record.js';
import { formatTranscript, missingFrom, parseTranscript, TranscriptFileError } from '../setup/transcript.js';
import { contradiction } from '../setup/contradiction.js';
import type { Transcript } from '../setup/index.js';
import { SETUP_KINDS } from '../setup/kind.js';
import type { SetupKind } from '../setup/kind.js';

/**
 * What is known of a circuit's keys.
 * @see {@link chunkOfPair}
 */
export interface KeysManifest {
  readonly circuit: { readonly name: string; readonly digest: string };
  readonly setup: SetupKind;
  /** True if one party could forge proofs, for all that is known here. */
  readonly insecure: boolean;
  /** One sentence: who could forge proofs for these keys. */
  readonly warning: string;
  /** How the keys were made; null for development keys. */
  readonly ceremony: Transcript | null;
  /** `verificationKeyHash` of the verification key. */
  readonly verificationKeyHash: string;
}

/** What is recorded beside keys in a store. */
export interface StoredManifest extends Omit<KeysManifest, 'insecure' | 'warning'> {
  /** Of the proving key, hexadecimal. */
  readonly zkeySha256: string;
}

export const ZKEY = 'circuit.zkey';
export const VERIFICATION_KEY = 'verification_key.json';
const MANIFEST = 'manifest.json';

/** Counts the ways in which keys are kept: keys kept in an older way are not met again. */
const STORE_VERSION = '2';

export const label = (circuit: string): string => `keys-${circuit}`;
export const ingredients = (setup: SetupKind, { digest }: Pick<CompiledFiles, 'digest'>): string[] => [
  STORE_VERSION,
  digest,
  setup,
];

const CEREMONY_WARNING =
  'Keys from a ceremony: only all of its contributors together could have kept the secrets that prove false ' +
  'statements.';
const UNLISTED_WARNING =
  'Keys from powers of tau that are not on the published list: their makers may have kept the secret that ' +
  'proves false statements.';

/** How keys are described, by their record. No caller can leave out a warning. */
export function describedKeys({ circuit, setup, ceremony, verificationKeyHash }: StoredManifest): KeysManifest {
  const insecure = ceremony === null || ceremony.powersOfTau.listed === null;
  const warning = ceremony === null ? DEVELOPMENT_WARNING : insecure ? UNLISTED_WARNING : CEREMONY_WARNING;
  return { circuit, setup, insecure, warning, ceremony, verificationKeyHash };
}

/**
 * What is recorded of keys in a store, once it is found to agree with where they are kept and with what the proving key
 * says of itself: an edited record makes no development keys a ceremony's. That a transcript is true, only `verifyKey`
 * tells.
 * @throws {ArtifactError} it does not, or is no record of keys: with the file's name and what to do
 */
export async function readManifest(
  store: ArtifactStore,
  { folder, manifest: value }: Artifact<unknown>,
): Promise<StoredManifest> {
  const file = path.join(folder, MANIFEST);
  const manifest = wellFormed(file, value);
  const { circuit, setup, ceremony } = manifest;
  const wrong = (how: string): never => {
    throw damagedFile(file, how, remedyFor(ZKEY, setup));
  };
  if (store.folder(label(circuit.name), ingredients(setup, circuit)) !== folder) {
    wrong(`it is a manifest of ${setup} keys of ${circuit.name} with digest ${circuit.digest}, which belong elsewhere`);
  }
  if (ceremony !== null) {
    const missing = missingFrom(ceremony);
    if (missing.length > 0) wrong(`its ceremony is not finished: ${missing.join(' and ')} missing`);
    if (ceremony.key.verificationKey !== manifest.verificationKeyHash || ceremony.key.sha256 !== manifest.zkeySha256) {
      wrong('its ceremony made another key');
    }
  }
  const zkey = path.join(folder, ZKEY);
  const against = await whatZkeyDenies(zkey, manifest).catch((cause: unknown) => {
    if (!(cause instanceof SetupError)) throw cause;
    throw damagedFile(zkey, cause.message, remedyFor(ZKEY, setup));
  });
  if (against !== null) wrong(against);
  return manifest;
}

/**
 * What a proving key itself says against what is said of it; null if nothing.
 * @throws {SetupError} the file is no whole Groth16 zkey over BN254
 */
export async function whatZkeyDenies(
  zkey: string,
  { circuit, setup, ceremony }: Pick<KeysManifest, 'circuit' | 'setup' | 'ceremony'>,
): Promise<string | null> {
  if ((ceremony === null) !== (setup === 'development'))
    return `expected a transcript for keys from a ceremony, and only for those, got ${setup} keys with ${ceremony === null ? 'none' : 'one'}`;
  const origin = await readOrigin(zkey);
  if (origin.kind !== setup) {
    return `it says that these are ${setup} keys, but ${path.basename(zkey)} is ${origin.kind === 'development' ? 'a development key' : 'a key from a ceremony'}`;
  }
  if (origin.kind === 'ceremony') return contradiction(origin, ceremony!, circuit.digest);
  return origin.digest === circuit.digest
    ? null
    : `it says that the circuit has digest ${circuit.digest}, but ${path.basename(zkey)} is for ${origin.digest}`;
}

/** What to do about a damaged file of keys. */
export function remedyFor(name: string, setup: SetupKind): string {
  // Keys of one's own are other keys when they are made again.
  const kept =
    name === ZKEY ? `; but keep its ${VERIFICATION_KEY}: only that verifies proofs made with these keys (--key)` : '';
  return setup === 'ceremony' ? 'then install the keys again' : `and the keys will be made again${kept}`;
}

const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

function wellFormed(file: string, value: unknown): StoredManifest {
  const { circuit, setup, ceremony, verificationKeyHash, zkeySha256 } = value as StoredManifest;
  const isOfKeys =
    typeof circuit?.name === 'string' &&
    isCircuitName(circuit.name) &&
    SETUP_KINDS.includes(setup) &&
    [circuit.digest, verificationKeyHash, zkeySha256].every(isHash) &&
    (ceremony === null) === (setup === 'development');
  if (!isOfKeys) throw damagedFile(file, 'it is not a manifest of keys');
  try {
    return {
      circuit,
      setup,
      ceremony: ceremony && parseTranscript(formatTranscript(ceremony)),
      verificationKeyHash,
      zkeySha256,
    };
  } catch (cause) {
    if (!(cause instanceof TranscriptFileError)) throw cause;
    throw damagedFile(file, `its ceremony is not valid: ${cause.message}`, remedyFor(ZKEY, setup));
  }
}
