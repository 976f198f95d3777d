import { describeEntry } from '../../state/batch/access.js';
import type { EntryKey, Kind } from '../../state/batch/access.js';
import type { Entry } from '../../state/batch/batch.js';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { proveAccount, proveEntries, proveEntry } from '../../engine/prove-entry.js';
import type { AtRoot } from '../../engine/prove-entry.js';
import { frToHex } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import { formatEntry } from '../../machine/trace/file.js';
import { formatCombinedProof } from '../../proof/verifier/combined-proof.js';
import { formatEthProof } from '../../proof/verifier/eth-proof.js';
import { formatMerkleProof } from '../../proof/verifier/merkle-proof.js';
import { withDatabase } from '../database.js';
import { readEntryKeys } from '../entries.js';
import { InputError, parseAddress, parseEntry, parseRootOrName, parseWord } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export interface GetOptions {
  readonly kind?: Kind;
  readonly entries?: string;
  readonly root?: string;
  readonly proof?: string;
  readonly ethProof?: string;
}

export function getCommand(
  places: Places,
  first: string | undefined,
  slots: readonly string[],
  options: GetOptions,
): Promise<Outcome> {
  const { kind, entries, ethProof, ...at } = options;
  if (ethProof !== undefined) return getAccount(places, first, slots, ethProof, options);
  const [slot, second] = slots;
  if (second !== undefined) throw new InputError(`expected one SLOT, or --eth-proof, got ${slots.length} slots`);
  if (first === undefined) {
    if (entries === undefined) throw new InputError('expected an ADDRESS, a KEY or --entries FILE, got none');
    return getMany(places, entries, at);
  }
  if (entries !== undefined) throw new InputError(`--entries: expected no ADDRESS or KEY, got ${first}`);
  return getOne(places, parseEntry(first, slot, kind), at);
}

async function getOne(places: Places, entry: EntryKey, options: Pick<GetOptions, 'root' | 'proof'>): Promise<Outcome> {
  const proof = await proven(places, options, proveEntry, entry, formatMerkleProof);
  return {
    text: textOf(proof),
    json: { root: frToHex(proof.root), ...jsonOf({ ...entry, value: proof.value }), ...filesOf(options) },
  };
}

async function getAccount(
  places: Places,
  first: string | undefined,
  slots: readonly string[],
  file: string,
  options: GetOptions,
): Promise<Outcome> {
  const strange =
    (['entries', 'proof'] as const).find((name) => options[name] !== undefined) ??
    (options.kind === 'storage' ? undefined : 'kind');
  if (strange !== undefined) throw new InputError(`--${strange}: not allowed with --eth-proof`);
  if (first === undefined) throw new InputError('--eth-proof: expected an ADDRESS, got none');
  const asked = { address: parseAddress('ADDRESS', first), slots: slots.map((slot) => parseWord('SLOT', slot)) };
  const proof = await proven(places, { ...options, proof: file }, proveAccount, asked, formatEthProof);
  const values = [
    ['balance', proof.balance],
    ['nonce', proof.nonce],
    ['code hash', proof.codeHash],
    ...proof.storageProof.map(({ key, value }) => [`storage at ${uint256ToHex(key)}`, value] as const),
  ] as const;
  return {
    text: values.map(([name, value]) => `${name}: ${textOf({ value })}`).join('\n'),
    json: {
      root: frToHex(proof.storageHash),
      proof: JSON.parse(formatEthProof(proof)) as object,
      files: { proof: file },
    },
  };
}

async function getMany(places: Places, file: string, options: Pick<GetOptions, 'root' | 'proof'>): Promise<Outcome> {
  const named = await readEntryKeys(places, file);
  const proof = await proven(places, options, proveEntries, named, formatCombinedProof);
  return {
    text: proof.entries.map((entry) => `${describeEntry(entry)}: ${textOf(entry)}`).join('\n'),
    json: { root: frToHex(proof.root), entries: proof.entries.map(jsonOf), ...filesOf(options) },
  };
}

/** Proves the requested entries; writes the proof to a file if one is named. */
async function proven<Asked, Proof>(
  places: Places,
  { root, proof: file }: Pick<GetOptions, 'root' | 'proof'>,
  prove: (db: HashDb, asked: Asked, at: AtRoot) => Promise<Proof>,
  asked: Asked,
  format: (proof: Proof) => string,
): Promise<Proof> {
  const rootIn = parseRootOrName('--root', root);
  if (file !== undefined) await checkWritable(file);
  const proof = await withDatabase(places, async (db) => prove(db, asked, { root: await rootIn(db) }));
  if (file !== undefined) await writeFileAtomically(file, format(proof));
  return proof;
}

const textOf = ({ value }: { readonly value: Uint256 }): string => (value === 0n ? 'absent' : uint256ToHex(value));
const jsonOf = (entry: Entry): object => ({
  ...formatEntry(entry),
  value: uint256ToHex(entry.value),
  present: entry.value !== 0n,
});
const filesOf = ({ proof }: Pick<GetOptions, 'proof'>): object => (proof === undefined ? {} : { files: { proof } });
