import { atRoot, hasField } from '../../state/batch/fields.js';
import { type Json, type JsonObject, JsonSyntaxError, parseJson } from '../../state/batch/json.js';
import { openIfThere } from '../../engine/database.js';
import { readTextFile } from '../../engine/files.js';
import { type Fr, frToHex, ZERO } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import type { RootRecord } from '../../state/hashdb/root-record.js';
import { DatabaseLockedError } from '../../state/hashdb/level-handle.js';
import { masked } from '../../state/hashdb/location.js';
import { findVerifyingKeys, type VerifyingKeys } from '../../proof/prover/keys.js';
import { parseProof, PROOF_FORMAT, type ProofFile } from '../../proof/prover/proof-file.js';
import { type VerificationKey, verificationKeyHash } from '../../proof/setup/index.js';
import { formatEntry } from '../../machine/trace/file.js';
import type { PathVerdict } from '../../state/tree/proof.js';
import {
  COMBINED_PROOF_FORMAT,
  describeCombinedProof,
  parseCombinedProof,
  verifyCombinedProof,
} from '../../proof/verifier/combined-proof.js';
import { describeMerkleProof, MERKLE_PROOF_FORMAT, parseMerkleProof, verifyMerkleProof } from '../../proof/verifier/merkle-proof.js';
import { describeVerdict, type Verdict, verifyProof } from '../../proof/verifier/verify.js';
import { describeEntry } from '../../proof/verifier/words.js';
import { opener, ORIGINS, withDatabase } from '../database.js';
import { InputError, isRootName, parseRoot, parseRootOrName, readBatch, readFileAs } from '../input.js';
import { type Outcome, printAside } from '../io.js';
import type { Places } from '../places.js';

export interface VerifyOptions {
  readonly batch?: string;
  readonly transactions?: string;
  readonly oldRoot?: string;
  readonly key?: readonly string[];
}

/** Tells by its `format` what a file proves, and verifies it. */
export async function verifyCommand(places: Places, file: string, options: VerifyOptions): Promise<Outcome> {
  const format = formatOf(await readFileAs(file, (text) => jsonOf(file, text)));
  switch (format) {
    case PROOF_FORMAT:
      return verifyTransition(places, await readFileAs(file, parseProof), options);
    case MERKLE_PROOF_FORMAT:
      return verifyEntry(places, file, options);
    case COMBINED_PROOF_FORMAT:
      return verifyEntries(places, file, options);
    default:
      throw new InputError(
        `${file}: expected a file of format ${PROOF_FORMAT}, ${MERKLE_PROOF_FORMAT} or ${COMBINED_PROOF_FORMAT}, got ${format ?? 'one without a format'}`,
      );
  }
}

function formatOf(value: Json): string | undefined {
  if (!hasField(atRoot(value), 'format')) return undefined;
  const format = (value as JsonObject).get('format');
  return typeof format === 'string' ? format : 'one that is no text';
}

function jsonOf(file: string, text: string): Json {
  try {
    return parseJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw new InputError(`${file}: ${cause.message}`, { cause });
  }
}

async function verifyTransition(places: Places, proof: ProofFile, options: VerifyOptions): Promise<Outcome> {
  if (options.transactions !== undefined && options.batch === undefined) {
    throw new InputError('--transactions: expected a batch beside it (--batch BATCH.json), got none');
  }
  const batch = options.batch === undefined ? undefined : await readBatch(options.batch, options.transactions);
  const givenRoot = options.oldRoot === undefined ? undefined : await findGivenRoot(places, options.oldRoot);
  const given = await Promise.all((options.key ?? []).map((file) => keysFromFile(file, proof)));
  const keys = options.key === undefined ? await keysInStore(places, proof) : given;
  const { oldRoot } = proof.chunks[0]!.publicSignals;
  if (givenRoot !== undefined && givenRoot !== oldRoot) {
    return outcome({ valid: false, reason: `the proof starts from root ${frToHex(oldRoot)}, expected ${frToHex(givenRoot)}` });
  }
  const known = givenRoot === undefined && oldRoot !== ZERO ? await findRoot(places, oldRoot) : undefined;
  const verdict = await verifyProof({
    proof,
    keys,
    ...(batch && { batch: batch.accesses }),
    acceptedRoots: givenRoot !== undefined || known !== undefined ? [oldRoot] : [],
  });
  return outcome(withSources(verdict, { known, given, places }));
}

/** What was checked, and rests on what was found here. */
function withSources(
  verdict: Verdict,
  { known, given, places }: { readonly known: RootRecord | undefined; readonly given: readonly GivenKeys[]; readonly places: Places },
): Verdict {
  if (!verdict.valid) return verdict;
  return {
    ...verdict,
    checked: [...verdict.checked, ...(known === undefined ? [] : [describeRoot('oldRoot', known, places)])],
    assumed: [
      ...verdict.assumed,
      ...given.map(({ file, circuit }) => `accept it only if you know ${file} to be the key of circuit ${circuit.name} with digest ${circuit.digest}`),
    ],
  };
}

const describeRoot = (what: string, { number, origin }: RootRecord, { db }: Places): string =>
  `${what} is number ${number} in the history of the database at ${masked(db)}${origin === 'prove' || origin === 'empty' ? '' : `, where it was ${ORIGINS[origin]}`}`;

/** A root, or what has that name in the database. */
async function findGivenRoot(places: Places, text: string): Promise<Fr> {
  return isRootName(text) ? withDatabase(places, parseRootOrName('--old-root', text)) : parseRoot('--old-root', text);
}

/** The keys that the proof names. */
async function keysInStore({ store }: Places, { chunks }: ProofFile): Promise<VerifyingKeys[]> {
  const named = new Map(chunks.map(({ verificationKey, circuit }) => [verificationKey, circuit.name]));
  return Promise.all([...named].map(async ([hash, name]) => {
    const keys = await findVerifyingKeys(store, name, hash);
    if (keys !== null) return keys;
    throw new InputError(
      `expected the verification key that the proof names, ${hash} of circuit ${name}, in ${store.directory}, ` +
        'found none; give the key you trust with --key',
    );
  }));
}

/** Keys that a user gave. */
interface GivenKeys extends VerifyingKeys {
  readonly file: string;
}

/** What the key does not say of itself is the proof's word; the verdict says so. */
async function keysFromFile(file: string, { chunks }: ProofFile): Promise<GivenKeys> {
  const text = await readTextFile(file);
  jsonOf(file, text);
  const verificationKey = JSON.parse(text) as VerificationKey;
  if (verificationKey?.protocol !== 'groth16' || !Array.isArray(verificationKey.IC)) {
    throw new InputError(`${file}: expected a verification key as snarkjs writes it (Groth16), got something else`);
  }
  const hash = verificationKeyHash(verificationKey);
  const { circuit, setup } = chunks.find((chunk) => chunk.verificationKey === hash) ?? chunks[0]!;
  return { file, circuit, setup, insecure: true, warning: '', ceremony: null, verificationKeyHash: hash, verificationKey };
}

async function verifyEntry(places: Places, file: string, options: VerifyOptions): Promise<Outcome> {
  refuseOptionsOfBatches(file, options);
  const proof = await readFileAs(file, parseMerkleProof);
  const verdict = verifyMerkleProof(proof);
  return stateOutcome(places, proof.root, verdict, describeMerkleProof(proof, verdict));
}

async function verifyEntries(places: Places, file: string, options: VerifyOptions): Promise<Outcome> {
  refuseOptionsOfBatches(file, options);
  const proof = await readFileAs(file, parseCombinedProof);
  const verdict = await verifyCombinedProof(proof);
  const outcome = await stateOutcome(places, proof.root, verdict, describeCombinedProof(proof, verdict));
  if (!verdict.valid) return outcome;
  const shown = proof.entries.map((entry) => `  ${describeEntry(entry)}: ${entry.value === 0n ? 'absent' : uint256ToHex(entry.value)}`);
  const entries = proof.entries.map((entry) => ({ ...formatEntry(entry), value: uint256ToHex(entry.value) }));
  return { ...outcome, text: [outcome.text, ...shown].join('\n'), json: { ...outcome.json, entries } };
}

function refuseOptionsOfBatches(file: string, options: VerifyOptions): void {
  const strange = (['batch', 'transactions', 'oldRoot', 'key'] as const).find((name) => options[name] !== undefined);
  if (strange === undefined) return;
  throw new InputError(`${file}: expected the proof of a batch beside --${strange === 'oldRoot' ? 'old-root' : strange}, got a Merkle proof`);
}

/** What is said of a proof about the state with one root. */
async function stateOutcome(places: Places, root: Fr, verdict: PathVerdict, sentence: string): Promise<Outcome> {
  const known = verdict.valid ? await findRoot(places, root) : undefined;
  const checked = known === undefined ? [] : [describeRoot('the root', known, places)];
  return { text: withList(sentence, checked), json: { ...verdict, sentence, checked }, valid: verdict.valid };
}

/** The newest state with a root, in the database that is there; nothing is made if there is none. */
async function findRoot(places: Places, root: Fr): Promise<RootRecord | undefined> {
  try {
    const db = await openIfThere(opener(places));
    try {
      return (await db?.history())?.findLast((record) => record.root === root);
    } finally {
      await db?.close();
    }
  } catch (error) {
    if (!(error instanceof DatabaseLockedError)) throw error;
    printAside(`note: ${error.message}, so its roots were not looked at`);
    return undefined;
  }
}

function outcome(verdict: Verdict): Outcome {
  const sentence = describeVerdict(verdict);
  if (!verdict.valid) return { text: sentence, json: { ...verdict, sentence }, valid: false };
  const { oldRoot, newRoot, ...statement } = verdict.statement;
  const json = { ...verdict, statement: { ...statement, oldRoot: frToHex(oldRoot), newRoot: frToHex(newRoot) }, sentence };
  return { text: withList(sentence, verdict.checked), json, valid: true };
}

const withList = (sentence: string, checked: readonly string[]): string =>
  [sentence, ...checked.map((fact) => `  checked: ${fact}`)].join('\n');
