/** Witnesses in the form of Polygon Zero's, made of accounts and of what transactions do. */
import { bytesToHex, hexToBytes, keccak256, numberToHex } from 'viem';

export interface AccountBefore {
  readonly nonce?: bigint;
  readonly balance?: bigint;
  readonly code?: `0x${string}`;
  /** Slot to value. */
  readonly storage?: ReadonlyMap<bigint, bigint>;
}

/** CBOR: a number, or bytes. */
function cbor(value: bigint | Uint8Array): number[] {
  const argument = typeof value === 'bigint' ? value : BigInt(value.length);
  const major = typeof value === 'bigint' ? 0 : 0x40;
  const bytes = typeof value === 'bigint' ? [] : [...value];
  if (argument < 24n) return [major + Number(argument), ...bytes];
  const size = [1, 2, 4, 8].find((length) => argument < 1n << BigInt(8 * length))!;
  return [major + 24 + Math.log2(size), ...hexToBytes(numberToHex(argument, { size })), ...bytes];
}

const minimal = (value: bigint): Uint8Array => (value === 0n ? new Uint8Array() : hexToBytes(numberToHex(value)));

function keyBytes(nibbles: string): number[] {
  if (nibbles.length === 1) return cbor(Uint8Array.of(parseInt(nibbles, 16)));
  const odd = nibbles.length % 2;
  return cbor(hexToBytes(`0x0${2 + odd}${nibbles}${odd ? '0' : ''}`));
}

/** The instructions for the leaves below a path: a leaf, an extension, or a branch. */
function trie(leaves: readonly (readonly [path: string, leaf: (rest: string) => number[]])[]): number[] {
  const [first] = leaves;
  if (first === undefined) return [0x06];
  if (leaves.length === 1) return first[1](first[0]);
  let shared = 0;
  while (leaves.every(([path]) => path[shared] === first[0][shared])) shared++;
  if (shared > 0)
    return [
      ...trie(leaves.map(([path, leaf]) => [path.slice(shared), leaf])),
      0x01,
      ...keyBytes(first[0].slice(0, shared)),
    ];
  const digits = [...'0123456789abcdef'].filter((digit) => leaves.some(([path]) => path[0] === digit));
  const children = digits.flatMap((digit) =>
    trie(leaves.filter(([path]) => path[0] === digit).map(([path, leaf]) => [path.slice(1), leaf])),
  );
  return [...children, 0x02, ...cbor(digits.reduce((mask, digit) => mask | (1n << BigInt(`0x${digit}`)), 0n))];
}

const path = (value: bigint, size: number): string => keccak256(numberToHex(value, { size })).slice(2);

function account({ nonce = 0n, balance = 0n, code, storage = new Map() }: AccountBefore, rest: string): number[] {
  const flags =
    (code === undefined ? 0 : 1) | (storage.size === 0 ? 0 : 2) | (nonce === 0n ? 0 : 4) | (balance === 0n ? 0 : 8);
  const words = [...storage].map(
    ([slot, value]) => [path(slot, 32), (end: string) => [0x00, ...keyBytes(end), ...cbor(minimal(value))]] as const,
  );
  return [
    ...(code === undefined ? [] : [0x04, ...cbor(hexToBytes(code))]),
    ...(storage.size === 0 ? [] : trie(words)),
    0x05,
    ...keyBytes(rest),
    flags,
    ...(nonce === 0n ? [] : cbor(nonce)),
    ...(balance === 0n ? [] : cbor(minimal(balance))),
    ...(code === undefined ? [] : cbor(BigInt(code.length / 2 - 1))),
  ];
}

/** The state trie of accounts by address, in the compact form. */
export const compact = (accounts: ReadonlyMap<bigint, AccountBefore>): `0x${string}` =>
  bytesToHex(
    Uint8Array.from([
      0x01,
      ...trie([...accounts].map(([address, before]) => [path(address, 20), (rest) => account(before, rest)] as const)),
    ]),
  );

/** A `BlockTrace` of such accounts and transactions. */
export const blockTrace = (tries: string, transactions: readonly object[]) => ({
  trie_pre_images: { combined: { compact: tries } },
  txn_info: transactions.map((traces) => ({
    traces,
    meta: { byte_code: '0x', new_receipt_trie_node_byte: '0x', gas_used: 21000 },
  })),
});
