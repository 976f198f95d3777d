// What the process that gets killed commits, known to the test that checks what is left of it. Plain
// JavaScript, because the process runs without the test runner.
import { createHash } from 'node:crypto';

const sha = (text) => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);

/** Hashes fast, so that the process spends its time writing and is killed there. */
export const scheme = {
  id: 'sha256/whole-key/1',
  bitsPerLevel: 1,
  keyBits: 12,
  keyLimit: 1n << 12n,
  valueLimit: 1n << 64n,
  digestLimit: 1n << 256n,
  storedKey: (key) => key,
  wholeKey: (stored) => stored,
  leafValue: (value) => value,
  leafValues: async (values) => values,
  hashLeaf: ({ key, value }) => sha(`leaf ${key} ${value}`),
  hashInner: (children) => sha(`inner ${children.join(' ')}`),
  hashNodes: async (nodes) =>
    nodes.map((node) => (node.kind === 'leaf' ? scheme.hashLeaf(node) : scheme.hashInner(node.children))),
};

/** What a key of the tree stands for. */
export const entryOf = (key) => ({ address: key % 5n, kind: 'storage', slot: key });

/**
 * The writes that lead to root record `number`: 1 to 60 of them, a quarter of them deletes.
 * @type {(number: number) => [bigint, bigint][]}
 */
export const batchOf = (number) =>
  Array.from({ length: 1 + Number(sha(`length ${number}`) % 60n) }, (_, i) => {
    const random = sha(`write ${number} ${i}`);
    return [random % scheme.keyLimit, (random >> 12n) % 4n === 0n ? 0n : 1n + ((random >> 16n) % 1000n)];
  });
