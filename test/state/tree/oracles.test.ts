import { createHash } from 'node:crypto';
import { InMemoryDB, Merkletree, str2Bytes } from '@iden3/js-merkletree';
import { newMemEmptyTrie } from 'circomlibjs';
import type { SMT } from 'circomlibjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NodeOverlay } from '../../../src/state/tree/store.js';
import { writeMany } from '../../../src/state/tree/write-many.js';
import { Tree, treeOf, writes } from './model.js';
import type { Content } from './model.js';
import { binary } from './schemes.js';

// One for the whole file: each builds its own WebAssembly. Over old nodes root 0 is as good as new.
const circomlib = await newMemEmptyTrie();
function emptyCircomlib(): SMT {
  circomlib.root = circomlib.F.zero;
  return circomlib;
}

/** Writes to circomlibjs as it wants to be spoken to: it fails on updates and deletes of an absent key. */
async function writeToCircomlib(tree: SMT, content: Content, key: bigint, value: bigint): Promise<void> {
  if (content.has(key)) await (value === 0n ? tree.delete(key) : tree.update(key, value));
  else if (value !== 0n) await tree.insert(key, value);
}

const circomlibRoot = (tree: SMT): bigint => tree.F.toObject(tree.root);

const newIden3 = () => new Merkletree(new InMemoryDB(str2Bytes('')), true, 254);

/** The iden3 tree of a content, built afresh: its deletes sometimes lose other keys. */
async function iden3Root(content: Content): Promise<bigint> {
  const tree = newIden3();
  for (const [key, value] of content) await tree.add(key, value);
  return (await tree.root()).bigInt();
}

describe('a binary tree has the root that circomlib and iden3 compute', () => {
  test('after every write of a random sequence whose keys share long prefixes', () =>
    fc.assert(
      fc.asyncProperty(writes(binary, 30), async (list) => {
        const tree = new Tree(binary);
        const oracle = emptyCircomlib();
        for (const [key, value] of list) {
          await writeToCircomlib(oracle, tree.content, key, value);
          await tree.write(key, value);
          expect(tree.root).toBe(circomlibRoot(oracle));
        }
      }),
      { numRuns: 40 },
    ));

  test('after batches of writes at once', () =>
    fc.assert(
      fc.asyncProperty(fc.array(writes(binary, 20), { maxLength: 4 }), async (batches) => {
        const oracle = emptyCircomlib();
        const store = new NodeOverlay();
        const content = new Map<bigint, bigint>();
        let root = 0n;
        for (const batch of batches.map((list) => new Map(list))) {
          const made = await writeMany(store, binary, root, batch);
          store.add(made.nodes);
          root = made.root;
          for (const [key, value] of batch) {
            await writeToCircomlib(oracle, content, key, value);
            if (value === 0n) content.delete(key);
            else content.set(key, value);
          }
          expect(root).toBe(circomlibRoot(oracle));
        }
      }),
      { numRuns: 20 },
    ));

  test('iden3: after creates and updates, and for the content that deletes leave', () =>
    fc.assert(
      fc.asyncProperty(writes(binary, 15), async (list) => {
        const tree = new Tree(binary);
        const iden3 = newIden3();
        for (const [key, value] of list.filter((write) => write[1] !== 0n)) {
          await (tree.content.has(key) ? iden3.update(key, value) : iden3.add(key, value));
          await tree.write(key, value);
          expect(tree.root).toBe((await iden3.root()).bigInt());
        }
        await tree.writeAll(list.filter((write) => write[1] === 0n));
        expect(tree.root).toBe(await iden3Root(tree.content));
      }),
      { numRuns: 15 },
    ));

  test('after creates, updates, deletes and re-creates of two thousand keys', async () => {
    const tree = new Tree(binary);
    const oracle = emptyCircomlib();
    const key = (i: number) => BigInt(`0x${createHash('sha256').update(`key ${i}`).digest('hex').slice(0, 62)}`);
    const write = async (i: number, value: number) => {
      await writeToCircomlib(oracle, tree.content, key(i), BigInt(value));
      await tree.write(key(i), BigInt(value));
      if (i % 20 === 0) expect(tree.root).toBe(circomlibRoot(oracle));
    };
    for (let i = 0; i < 2000; i++) await write(i, i + 1);
    for (let i = 0; i < 2000; i += 4) await write(i, i + 5000);
    for (let i = 0; i < 2000; i += 5) await write(i, 0);
    for (let i = 0; i < 2000; i += 10) await write(i, i + 7);
    expect(tree.content.size).toBe(1800);
    expect(tree.root).toBe(circomlibRoot(oracle));
    expect(tree.root).toBe(await iden3Root(tree.content));
  });
});

// Source: the tests of iden3's go-merkletree and js-merkletree.
test('the published roots of iden3', async () => {
  const tree = await treeOf(binary, [[1n, 2n]]);
  expect(tree.root).toBe(13578938674299138072471463694055224830892726234048532520316387704878000008795n);
  await tree.write(33n, 44n);
  expect(tree.root).toBe(5412393676474193513566895793055462193090331607895808993925969873307089394741n);
  await tree.write(1234n, 9876n);
  expect(tree.root).toBe(14204494359367183802864593755198662203838502594566452929175967972147978322084n);
  expect((await treeOf(binary, [[100n, 200n]])).root).toBe(
    798876344175601936808542466911896801961231313012372360729165540443724338832n,
  );
});
