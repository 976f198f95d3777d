import { toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { splitLimbs } from '../../base/field/limbs.js';
import { poseidon } from '../../base/hash/poseidon.js';
import { KINDS } from './access.js';
import type { Access, EntryKey, RawKey } from './access.js';

const ADDRESS_BITS = 160n;

/** An address that does not fit in 160 bits. */
export class AddressRangeError extends RangeError {
  override readonly name = 'AddressRangeError';
}

/**
 * The three field elements that name an entry.
 * @throws {AddressRangeError} the address is negative, or 2^160 and above
 */
export function rawKey({ address, kind, slot }: EntryKey): RawKey {
  if (address < 0n || address >> ADDRESS_BITS !== 0n) {
    throw new AddressRangeError(`expected an address, 0 <= address < 2^160; got ${address}`);
  }
  const { hi, lo } = splitLimbs(slot);
  return { accountTag: toFr(address + (BigInt(KINDS[kind]) << ADDRESS_BITS)), slotHi: hi, slotLo: lo };
}

/**
 * Where the entry's leaf is: `Poseidon3(accountTag, slotHi, slotLo)`.
 *
 * @example
 * treeKey({ address: 0n, kind: 'storage', slot: 1n }); // where the plain key 1 is
 */
export const treeKey = (entry: EntryKey): Fr => poseidon.hash(keyInputs(entry));

/**
 * Where each entry's leaf is.
 *
 * @example
 * const [key] = await treeKeys([{ address: 0n, kind: 'storage', slot: 1n }]);
 */
export const treeKeys = (entries: readonly EntryKey[]): Promise<Fr[]> => poseidon.hashMany(entries.map(keyInputs));

function keyInputs(entry: EntryKey): readonly Fr[] {
  const { accountTag, slotHi, slotLo } = rawKey(entry);
  return [accountTag, slotHi, slotLo];
}

/** The five elements by which the log and the data polynomial know an access. */
export function accessElements(access: Access): readonly [Fr, Fr, Fr, Fr, Fr] {
  const { accountTag, slotHi, slotLo } = rawKey(access);
  const { hi, lo } = splitLimbs(access.value);
  return [accountTag, slotHi, slotLo, hi, lo];
}

/** One string for one entry: a `Map`'s key. */
export const entryId = ({ address, kind, slot }: EntryKey): string =>
  `${address.toString(16)}:${kind}:${slot.toString(16)}`;
