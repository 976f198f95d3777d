import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { toUint256 } from '../../../base/field/limbs.js';
import type { Uint256 } from '../../../base/field/limbs.js';
import type { Entry } from '../batch.js';
import { csvReader } from '../csv.js';
import { parseLines } from '../entries.js';
import { expected, readBytes, readObject, whereIs } from '../fields.js';
import type { Located } from '../fields.js';
import { keccak256 } from './keccak.js';

/**
 * The token of which an airdrop says who has how much, and how its contract keeps that.
 * @see {@link parseAirdrop}
 */
export interface AirdropToken {
  /** The contract's address, 160 bits. */
  readonly token: bigint;
  /** The number of the slot at which the contract declares `mapping(address => uint256)` of balances. */
  readonly mappingSlot: Uint256;
  /** Digits after the point of an amount, 0 to 77: an amount of 1 is 10^decimals in the contract. */
  readonly decimals: number;
}

/** The columns of an airdrop. */
export const AIRDROP_COLUMNS = ['address', 'amount'] as const;

/**
 * Reads an airdrop, a CSV with the header `address,amount`, as the text comes: a token's balances. The entry of an
 * address is in the slot keccak256(abi.encode(address, mappingSlot)) of the token, as Solidity lays out a mapping.
 * An amount is a decimal number, perhaps with thousands separators, in quotes then, or an exponent.
 * @throws {EntriesError} among others, an address twice, or an amount of more digits than `decimals` after the point
 * @example
 * const token = { token: 0xdac17f958d2ee523a2206206994597c13d831ec7n, mappingSlot: 2n, decimals: 6 };
 * for await (const some of parseAirdrop(lines, token)) some.length;
 */
export function parseAirdrop(text: AsyncIterable<string>, token: AirdropToken): AsyncGenerator<Entry[]> {
  const seen = new Map<bigint, string>();
  return parseLines(text, csvReader(checkColumns), (at) => {
    const { address: holder, amount } = readObject(at, AIRDROP_COLUMNS);
    const address = readBytes(holder, 20);
    const first = seen.get(address);
    if (first !== undefined) expected('each address once', holder, `the address of ${first} twice`);
    seen.set(address, whereIs(at));
    return {
      address: token.token,
      kind: 'storage',
      slot: mappedSlot(address, token.mappingSlot),
      value: readAmount(amount, token.decimals),
    };
  });
}

function checkColumns(cells: readonly string[], at: Located): void {
  if ([...cells].sort().join() !== AIRDROP_COLUMNS.join()) expected('a header, address,amount', at);
}

/** The slot of a mapping's value: keccak256 of key and slot, a word each. */
function mappedSlot(key: bigint, slot: Uint256): Uint256 {
  const word = (number: bigint): Uint8Array => hexToBytes(number.toString(16).padStart(64, '0'));
  return toUint256(keccak256(concatBytes(word(key), word(slot))));
}

const AMOUNT = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** More digits than any number of 256 bits has, and a point, separators and zeros with them. */
const MOST_CHARACTERS = 200;

function readAmount(at: Located, decimals: number): Uint256 {
  const text = at.value as string;
  const [, whole, fraction = '', exponent = '0'] = (text.length <= MOST_CHARACTERS ? AMOUNT.exec(text) : null) ?? [];
  if (whole === undefined) {
    return expected('an amount, such as 1000, 1.5, "1,000,000" in quotes, or 1e18', at);
  }
  const digits = BigInt(whole.replaceAll(',', '') + fraction);
  const shift = decimals - fraction.length + Number(exponent);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  if (shift < 0 && scaled * 10n ** BigInt(-shift) !== digits) {
    expected(`an amount of at most ${decimals} digits after the point`, at);
  }
  return scaled >> 256n === 0n ? toUint256(scaled) : expected('an amount of at most 256 bits', at);
}
