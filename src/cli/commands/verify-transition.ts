import type { Access } from '../../state/batch/access.js';
import type { Batch } from '../../state/batch/batch.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { circuitPins } from '../../machine/circuit/pins.js';
import { frToHex, ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { Digest } from '../../state/tree/node.js';
import type { VerifyingKeys } from '../../proof/prover/keys.js';
import { parseProof } from '../../proof/prover/proof-file.js';
import type { ProofFile } from '../../proof/prover/proof-file.js';
import { chunkOfPair, parseSnarkjsProof, parseSnarkjsPublics } from '../../proof/verifier/snarkjs-pair.js';
import { verificationKeyHash } from '../../proof/setup/verification-key.js';
import { describeVerdict, verifyProof } from '../../proof/verifier/verify.js';
import type { UnknownKey, Verdict } from '../../proof/verifier/verify.js';
import { inputAs, InputError, isRootName, parseRoot, parseRootOrName, readFileAs } from '../input.js';
import type { Input } from '../input.js';
import { withFacts } from '../io.js';
import type { Outcome } from '../io.js';
import { keyFromFile, keysInStore, keysOfCircuit } from '../keys.js';
import type { Places } from '../places.js';

export interface TransitionOptions {
  readonly batch?: string;
  readonly transactions?: string;
  readonly oldRoot?: string;
  readonly key?: readonly string[];
  readonly public?: string;
  readonly circuit?: CircuitName;
}

/** Verifies one of Rootshift's proof files. */
export async function verifyProofFile(places: Places, input: Input, options: TransitionOptions): Promise<Outcome> {
  const strange = (['public', 'circuit'] as const).find((name) => options[name] !== undefined);
  if (strange !== undefined)
    throw new InputError(`${input.file}: expected a proof in snarkjs format with --${strange}, got a rootshift-proof`);
  const proof = await inputAs(input, parseProof);
  const batch = await readBatchOf(places, options);
  const keys =
    options.key === undefined
      ? await keysInStore(places, proof, 'give the key that you trust with --key')
      : await Promise.all(options.key.map((name) => keyFromFile(places, name)));
  return verifyTransition(places, proof, batch, keys, options);
}

/** Verifies a proof in snarkjs's form, which names neither the accesses nor the circuit. */
export async function verifyPair(places: Places, input: Input, options: TransitionOptions): Promise<Outcome> {
  const { public: publics, batch: batchFile, circuit, key } = options;
  for (const [name, value] of Object.entries({ public: publics, batch: batchFile, circuit })) {
    if (value === undefined)
      throw new InputError(
        `${input.file} is a proof in snarkjs format, which needs --public, --batch and --circuit: --${name} is missing`,
      );
  }
  if (key !== undefined && key.length > 1)
    throw new InputError(`--key: expected one verification key for a proof in snarkjs format, got ${key.length}`);
  const proof = await inputAs(input, parseSnarkjsProof);
  const signals = await readFileAs(places, publics!, parseSnarkjsPublics);
  const batch = (await readBatchOf(places, options))!;
  const log = batch.accesses.map((access, i) => withValue(access, () => `${batchFile}: ${batch.where(i)}`));
  const given = key?.[0];
  const keys = given === undefined ? await keysOfCircuit(places, circuit!) : await keyFromFile(places, given);
  const chunk = chunkOfPair(proof, signals, 'circuit' in keys ? keys : await assumedOf(keys, circuit!), log);
  return verifyTransition(places, { chunks: [chunk] }, batch, [keys], options);
}

/** What a proof file would say about a key that the user gave. */
async function assumedOf(
  { verificationKey }: UnknownKey,
  name: CircuitName,
): Promise<Parameters<typeof chunkOfPair>[2]> {
  const { digest } = (await circuitPins())[name]!;
  return { circuit: { name, digest }, setup: 'development', verificationKeyHash: verificationKeyHash(verificationKey) };
}

function withValue(access: Batch['accesses'][number], where: () => string): Access {
  const { value } = access;
  if (value !== undefined) return { ...access, value };
  throw new InputError(
    `${where()}: expected a value, because the proof has only a hash of the value read, got a read without one`,
  );
}

async function readBatchOf(places: Places, { batch, transactions }: TransitionOptions): Promise<Batch | undefined> {
  if (batch !== undefined) return (await import('../batch-file.js')).readBatch(places, batch, transactions);
  if (transactions !== undefined) throw new InputError('--transactions: expected --batch BATCH too, got none');
  return undefined;
}

async function verifyTransition(
  places: Places,
  proof: ProofFile,
  batch: Batch | undefined,
  keys: readonly (VerifyingKeys | UnknownKey)[],
  options: TransitionOptions,
): Promise<Outcome> {
  const givenRoot = options.oldRoot === undefined ? undefined : await findGivenRoot(places, options.oldRoot);
  const { oldRoot } = proof.chunks[0]!.publicSignals;
  if (givenRoot !== undefined && givenRoot !== oldRoot) {
    return outcome({
      valid: false,
      reason: `the proof starts from root ${frToHex(oldRoot)}, expected ${frToHex(givenRoot)}`,
    });
  }
  const known = givenRoot === undefined && oldRoot !== ZERO ? await findKnown(places, oldRoot) : undefined;
  const verdict = await verifyProof({
    proof,
    keys,
    ...(batch && { batch: batch.accesses }),
    acceptedRoots: givenRoot !== undefined || known !== undefined ? [oldRoot] : [],
  });
  if (!verdict.valid || known === undefined) return outcome(verdict);
  return outcome({ ...verdict, checked: [...verdict.checked, known] });
}

/** Says where the database has a root, if it does. What opens databases is loaded only for this. */
async function findKnown(places: Places, root: Fr): Promise<string | undefined> {
  const { describeRoot, findRoot } = await import('../known-root.js');
  const known = await findRoot(places, root);
  return known && describeRoot('oldRoot', known, places);
}

/** A root, or the root with that name in the database. */
async function findGivenRoot(places: Places, text: string): Promise<Digest> {
  if (!isRootName(text)) return parseRoot('--old-root', text);
  const { withDatabase } = await import('../database.js');
  return withDatabase(places, parseRootOrName('--old-root', text));
}

function outcome(verdict: Verdict): Outcome {
  const sentence = describeVerdict(verdict);
  if (!verdict.valid) return { text: sentence, json: { ...verdict, sentence }, valid: false };
  const { oldRoot, newRoot, ...statement } = verdict.statement;
  const json = {
    ...verdict,
    statement: { ...statement, oldRoot: frToHex(oldRoot), newRoot: frToHex(newRoot) },
    sentence,
  };
  return { text: withFacts(sentence, verdict.checked), json, valid: true };
}
