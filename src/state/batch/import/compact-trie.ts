import { keccak256 } from './keccak.js';

/** Bytes are not tries in the compact form; the message says what was expected, and at which byte. */
export class CompactTrieError extends Error {
  override readonly name = 'CompactTrieError';
}

/**
 * A part of a Merkle Patricia trie: its leaves, and where it is cut off, by their paths, a hexadecimal digit a nibble.
 */
export interface PartialTrie<Value> {
  readonly leaves: ReadonlyMap<string, Value>;
  /** Paths of nodes that are known by their hash only. */
  readonly cut: ReadonlySet<string>;
}

/** An account, as a leaf of the state trie has it. */
export interface TrieAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  /** keccak256 of the code; null if there is none. */
  readonly codeHash: bigint | null;
  /** By keccak256 of the slot. */
  readonly storage: PartialTrie<bigint>;
}

/** A value of a storage trie, or an account. */
type Leaf = bigint | TrieAccount;

/** What lies on the stack: a code, or a node with all below it, by paths from the node down. */
type Item =
  | { readonly type: 'code'; readonly hash: bigint }
  | { readonly type: 'hash'; readonly hash: bigint }
  | {
      readonly type: 'node';
      readonly leaves: readonly (readonly [path: string, leaf: Leaf])[];
      readonly cut: readonly string[];
    };

const NOTHING: Item = { type: 'node', leaves: [], cut: [] };
/** keccak256 has as many nibbles: no path is longer. */
const LONGEST_PATH = 64;

/** An account leaf's flags. */
const HAS_CODE = 1;
const HAS_STORAGE = 2;
const HAS_NONCE = 4;
const HAS_BALANCE = 8;

/**
 * Reads the state trie of a block witness as Erigon writes it: instructions for a stack machine, each a byte and its
 * operands in CBOR, which put the tries' nodes together from below.
 * https://gist.github.com/mandrigin/ff7eccf30d0ef9c572bafcb0ab665cff; a code's length, and the empty node, are not in
 * it.
 * @throws {CompactTrieError}
 */
export function readCompactTrie(bytes: Uint8Array): PartialTrie<TrieAccount> {
  let at = 0;
  const stack: Item[] = [];
  if (byte() > 1) fail('a header, 0 or 1');
  while (at < bytes.length) stack.push(instruction(byte()));
  const [root] = stack;
  if (stack.length !== 1 || root === undefined) return fail(`one trie, got ${stack.length}`);
  return asTrie(root, (leaf): leaf is TrieAccount => typeof leaf !== 'bigint', 'accounts');

  function instruction(code: number): Item {
    switch (code) {
      case 0x00:
        return { type: 'node', leaves: [[key(), toNumber(cborBytes())]], cut: [] };
      case 0x01:
        return below([[key(), pop()]]);
      case 0x02: {
        const mask = cborNumber();
        if (mask >= 1n << 16n) fail('a mask of 16 children');
        const children = [...'fedcba9876543210'].filter((digit) => (mask >> BigInt(`0x${digit}`)) & 1n);
        return below(children.map((digit) => [digit, pop()] as const));
      }
      case 0x03:
        return { type: 'hash', hash: toNumber(take(32)) };
      case 0x04:
        return { type: 'code', hash: keccak256(cborBytes()) };
      case 0x05:
        return { type: 'node', leaves: [[key(), account()]], cut: [] };
      case 0x06:
        return NOTHING;
      default:
        return fail(`an instruction from 0 to 6, got ${code}`);
    }
  }

  function account(): TrieAccount {
    const flags = byte();
    if (flags >= 16) fail('flags of an account below 16');
    const nonce = flags & HAS_NONCE ? cborNumber() : 0n;
    const balance = flags & HAS_BALANCE ? toNumber(cborBytes()) : 0n;
    if (flags & HAS_CODE) cborNumber();
    const storage = asTrie(
      flags & HAS_STORAGE ? pop() : NOTHING,
      (leaf): leaf is bigint => typeof leaf === 'bigint',
      'words',
    );
    const code = flags & HAS_CODE ? pop() : null;
    if (code?.type === 'node') return fail('a code, or its hash, below an account, got a node');
    return { nonce, balance, codeHash: code && code.hash, storage };
  }

  function below(children: readonly (readonly [path: string, child: Item])[]): Item {
    const leaves: [string, Leaf][] = [];
    const cut: string[] = [];
    for (const [path, child] of children) {
      if (child.type === 'code') return fail('a node below a node, got a code');
      if (child.type === 'hash') cut.push(path);
      else {
        for (const [rest, leaf] of child.leaves) leaves.push([path + rest, leaf]);
        for (const rest of child.cut) cut.push(path + rest);
      }
    }
    if (leaves.some(([path]) => path.length > LONGEST_PATH)) fail(`paths of at most ${LONGEST_PATH} nibbles`);
    return { type: 'node', leaves, cut };
  }

  function asTrie<Value extends Leaf>(
    item: Item,
    isValue: (leaf: Leaf) => leaf is Value,
    what: string,
  ): PartialTrie<Value> {
    if (item.type === 'code') return fail('a trie, got a code');
    if (item.type === 'hash') return { leaves: new Map(), cut: new Set(['']) };
    const leaves = item.leaves.map(([path, leaf]) => {
      if (path.length !== LONGEST_PATH) fail(`leaves at the end of paths of ${LONGEST_PATH} nibbles`);
      return [path, isValue(leaf) ? leaf : fail(`leaves that are ${what}`)] as const;
    });
    return { leaves: new Map(leaves), cut: new Set(item.cut) };
  }

  /**
   * Nibbles: one by itself, or flags (1: their number is odd, and the last half byte is not one) and then two a byte.
   */
  function key(): string {
    const packed = cborBytes();
    const digits = [...packed].map((value) => value.toString(16).padStart(2, '0')).join('');
    if (packed.length === 0) return fail('a path, got none');
    if (packed.length === 1) return packed[0]! < 16 ? digits.slice(1) : fail('one nibble below 16');
    return packed[0]! & 1 ? digits.slice(2, -1) : digits.slice(2);
  }

  function pop(): Item {
    return stack.pop() ?? fail('a node below this one');
  }

  function cborNumber(): bigint {
    return cborHead(0, 'a number');
  }

  function cborBytes(): Uint8Array {
    return take(Number(cborHead(2, 'bytes')));
  }

  /** RFC 8949: the first three bits are the type, the others the argument, or say how many bytes it has. */
  function cborHead(type: number, what: string): bigint {
    const first = byte();
    const argument = first & 31;
    if (first >> 5 !== type || argument > 27) return fail(`${what} in CBOR`);
    return argument < 24 ? BigInt(argument) : toNumber(take(1 << (argument - 24)));
  }

  function byte(): number {
    return take(1)[0]!;
  }

  function take(length: number): Uint8Array {
    if (length > bytes.length - at) return fail(`${length} bytes, got ${bytes.length - at}`);
    return bytes.subarray(at, (at += length));
  }

  function fail(what: string): never {
    throw new CompactTrieError(`byte ${at}: expected ${what}`);
  }
}

const toNumber = (bytes: Uint8Array): bigint => bytes.reduce((number, value) => (number << 8n) | BigInt(value), 0n);

/** What a trie has at a path; undefined where that part is cut off, null if there is no leaf. */
export function valueIn<Value>({ leaves, cut }: PartialTrie<Value>, path: string): Value | null | undefined {
  const value = leaves.get(path);
  if (value !== undefined) return value;
  for (let length = 0; length <= path.length; length++) if (cut.has(path.slice(0, length))) return undefined;
  return null;
}
