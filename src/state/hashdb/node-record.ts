import type { Entry } from '../batch/batch.js';
import { EMPTY } from '../tree/node.js';
import type { Digest, Node } from '../tree/node.js';
import { decodeEntry, ENTRY_BYTES, putEntry } from './entry-record.js';
import { BodyReader, putWord, WORD_BYTES } from './record.js';

const INNER = 1;
const LEAF = 2;
const LEAF_OF_ENTRY = 3;

/** A node as it is kept: a leaf with the entry that it stands for, unless it was committed without. */
export interface StoredNode {
  readonly node: Node;
  readonly entry: Entry | null;
}

export function encodeNode({ node, entry }: StoredNode): Uint8Array {
  if (node.kind === 'inner') return encodeInner(node.children);
  const body = Buffer.allocUnsafe(1 + 2 * WORD_BYTES + (entry === null ? 0 : ENTRY_BYTES));
  body[0] = entry === null ? LEAF : LEAF_OF_ENTRY;
  putWord(body, 1, node.key);
  putWord(body, 1 + WORD_BYTES, node.value);
  return entry === null ? body : body.subarray(0, putEntry(body, 1 + 2 * WORD_BYTES, entry));
}

function encodeInner(children: readonly Digest[]): Uint8Array {
  const named = children.filter((child) => child !== EMPTY);
  const words = 1 + Math.ceil(children.length / 8);
  const body = Buffer.alloc(words + named.length * WORD_BYTES);
  body[0] = INNER;
  children.forEach((child, i) => {
    if (child !== EMPTY) body[1 + (i >> 3)]! |= 1 << (i & 7);
  });
  named.forEach((child, i) => putWord(body, words + i * WORD_BYTES, child));
  return body;
}

/** @throws {DamagedRecordError} not a leaf, and not an inner node of `arity` children */
export function decodeNode(key: Uint8Array, body: Uint8Array, arity: number): StoredNode {
  const fields = new BodyReader(key, body, `a leaf or an inner node of ${arity} children`);
  const node = readNode(fields, arity);
  fields.end();
  return node;
}

function readNode(fields: BodyReader, arity: number): StoredNode {
  const form = fields.byte();
  if (form === INNER) return { node: { kind: 'inner', children: readChildren(fields, arity) }, entry: null };
  if (form !== LEAF && form !== LEAF_OF_ENTRY) fields.fail();
  const node: Node = { kind: 'leaf', key: fields.word(), value: fields.word() };
  return { node, entry: form === LEAF ? null : decodeEntry(fields) };
}

function readChildren(fields: BodyReader, arity: number): Digest[] {
  const present = fields.bytes(Math.ceil(arity / 8));
  const children = Array.from({ length: arity }, () => EMPTY);
  let named = 0;
  for (let i = 0; i < 8 * present.length; i++) {
    if (((present[i >> 3]! >> (i & 7)) & 1) === 0) continue;
    const child = i < arity ? fields.word() : EMPTY;
    if (child === EMPTY) fields.fail();
    children[i] = child;
    named++;
  }
  return named > 0 ? children : fields.fail();
}
