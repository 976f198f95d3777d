// A registry of names as rules. An entry's value is its owner's key hash (128 bits) and the
// number of records about the name so far (128), the nonce of the next. names.circom proves the same.
import { poseidon, toFr, toUint256 } from 'rootshift';
import type { EntryKey, Fr } from 'rootshift';
import { keyHashOf, openedContext, packNumbers, padRows, publicKeyOf, RejectedError } from 'rootshift/rules';
import { signMessage, unpackNumbers, verifySignature } from 'rootshift/rules';
import type { Environment, Point, ProvenRows, Rules, RulesSize, Signature, StateView } from 'rootshift/rules';

export type Kind = 'register' | 'transfer' | 'release';
/** `target`: the key hash of the new owner; 0 of a release. `name`: at most 31 bytes of UTF-8, as a number. */
export type NameRecord = { readonly kind: Kind; readonly target: bigint; readonly name: bigint };
export type SignedRecord = { record: NameRecord; nonce: bigint; publicKey: Point; signature: Signature };
type Row = SignedRecord & { readonly owner: bigint };
export type NameTypes = Record<'transaction' | 'instruction', SignedRecord> &
  Record<'record' | 'receipt', NameRecord> & { readonly row: Row };

export class NameRejectedError extends RejectedError {}
const expect = (holds: boolean, what: string): void => {
  if (!holds) throw new NameRejectedError(`expected ${what}`);
};

const KINDS = ['register', 'transfer', 'release'] as const;
const LOW = (1n << 128n) - 1n;
const RECORD_BYTES = [1, 16, 31]; // kind, target, name
const SIGNED_BYTES = [...RECORD_BYTES, 16, 32, 32, 32, 32, 32]; // nonce, A, R8, S

const numbersOf = ({ kind, target, name }: NameRecord): bigint[] => [BigInt(KINDS.indexOf(kind) + 1), target, name];
function elements(record: NameRecord): Fr[] {
  const [kind = 0n, target = 0n, name = 0n] = numbersOf(record);
  expect(kind > 0n && kind <= 3n, 'a kind from 1 to 3');
  expect(target >= 0n && target <= LOW && (target !== 0n) === (kind !== 3n), 'a key hash, or 0 for a release');
  expect(name > 0n && name >> 248n === 0n, 'a name of 1 to 31 bytes');
  return [toFr((kind << 128n) + target), toFr(name)];
}
function recordFrom([head = 0n, name = 0n]: readonly bigint[]): NameRecord {
  const record = { kind: KINDS[Number(head >> 128n) - 1]!, target: head & LOW, name };
  elements(record);
  return record;
}
function decode(bytes: Uint8Array): SignedRecord {
  const [kind, target, name, nonce, ...rest] = unpackNumbers(bytes, SIGNED_BYTES) as [bigint, bigint, bigint, bigint];
  const [x, y, rx, ry, s] = rest.map(toFr) as [Fr, Fr, Fr, Fr, Fr];
  const record = recordFrom([(kind << 128n) + target, name]);
  return { record, nonce, publicKey: { x, y }, signature: { r8: { x: rx, y: ry }, s } };
}

export const nameOf = (text: string): bigint => BigInt(`0x${Buffer.from(text).toString('hex')}`);
export const entryOf = (name: bigint): EntryKey => ({ address: 0x6e616d6573n, kind: 'storage', slot: toUint256(name) });
const messageOf = (record: NameRecord, nonce: bigint, domain: Fr): Fr =>
  poseidon.hash([domain, ...elements(record), toFr(nonce)]);
export function sign(record: NameRecord, nonce: bigint, domain: Fr, privateKey: Uint8Array): SignedRecord {
  const signature = signMessage(messageOf(record, nonce, domain), privateKey);
  return { record, nonce, publicKey: publicKeyOf(privateKey), signature };
}
const check = ({ record, nonce, publicKey, signature }: SignedRecord, domain: Fr): void =>
  expect(
    verifySignature(messageOf(record, nonce, domain), signature, publicKey),
    'a signature of this record and nonce',
  );

async function apply(view: StateView, record: NameRecord, { carry }: Environment) {
  elements(record);
  const value = await view.read(entryOf(record.name));
  const owner = value >> 128n;
  const nonce = value & LOW;
  expect((record.kind === 'register') === (owner === 0n), 'a name that nobody has to register, else one that is owned');
  expect(nonce + 1n < 1n << 64n, 'a nonce below 2^64 - 1');
  view.write(entryOf(record.name), toUint256((record.target << 128n) + nonce + 1n));
  return { owner, nonce, receipt: record, carry };
}

async function execute(view: StateView, signed: SignedRecord, environment: Environment) {
  check(signed, environment.context.domain);
  const { owner, nonce, ...outcome } = await apply(view, signed.record, environment);
  expect(signed.nonce === nonce, `nonce ${nonce}, got ${signed.nonce}`);
  const signer = signed.record.kind === 'register' ? signed.record.target : owner;
  expect(keyHashOf(signed.publicKey) === signer, 'a signature by the owner of the name');
  return { ...outcome, row: { ...signed, owner } };
}

/** A row that says nothing: any signature will do. */
const SIGNED = { publicKey: publicKeyOf(new Uint8Array(32)), signature: signMessage(0n, new Uint8Array(32)) };
const PADDING = { record: { kind: null, target: 0n, name: 0n }, owner: 0n, nonce: 0n, ...SIGNED };

function inputs({ rows, publics, deployment, context }: ProvenRows<Row>, size: RulesSize) {
  const all = padRows<Row | typeof PADDING>(rows, size, PADDING);
  return {
    ...publics,
    ...openedContext(deployment, context),
    ...Object.fromEntries(KINDS.map((kind) => [kind, all.map(({ record }) => (record.kind === kind ? 1n : 0n))])),
    target: all.map(({ record }) => record.target),
    nameHigh: all.map(({ record }) => record.name >> 128n),
    nameLow: all.map(({ record }) => record.name & LOW),
    owner: all.map(({ owner }) => owner),
    nonce: all.map(({ nonce }) => nonce),
    A: all.map(({ publicKey: { x, y } }) => [x, y]),
    R8: all.map(({ signature: { r8 } }) => [r8.x, r8.y]),
    S: all.map(({ signature: { s } }) => s),
  };
}

const CIRCUIT = { rules: 'names', template: 'Names', source: new URL('./names.circom', import.meta.url) };
export const NAMES: Rules<NameTypes> = {
  name: 'names',
  version: 1,
  accessesPerRow: 2,
  genesis: [],
  circuits: [
    { name: 'names3', rows: 3, ...CIRCUIT },
    { name: 'names12', rows: 12, ...CIRCUIT },
  ],
  encode: ({ record, nonce, publicKey: { x, y }, signature: { r8, s } }) =>
    packNumbers([...numbersOf(record), nonce, x, y, r8.x, r8.y, s], SIGNED_BYTES),
  decode,
  decodeInstruction: decode,
  hash: ({ record, nonce }, domain) => messageOf(record, nonce, domain),
  sender: ({ publicKey }) => keyHashOf(publicKey),
  check,
  execute,
  replay: apply,
  recordOf: ({ record }) => record,
  elements,
  recordFrom,
  inputs,
  post: (records) => Buffer.concat(records.map((record) => packNumbers(numbersOf(record), RECORD_BYTES))),
  describe: (records) => KINDS.map((kind) => `${records.filter((one) => one.kind === kind).length} ${kind}`).join(', '),
  assumptions: () => [],
};
