/** Merkle proofs on a chain: what holds, and every way in which one does not, each beside the proof that does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ContractFunctionRevertedError, encodeFunctionData, size } from 'viem';
import type { BaseError, Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { stateProofArguments, stateProofCalldata } from '../../../src/proof/verifier/state-proofs.js';
import type { StateProofArguments } from '../../../src/proof/verifier/state-proofs.js';
import { STATE_PROOFS_ABI } from '../../../src/proof/verifier/state-proofs-abi.js';
import { merkleProof, verifyMerkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import type { MerkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { creationCode } from '../../../src/settlement/contracts.js';
import { KINDS } from '../../../src/state/batch/access.js';
import type { EntryKey, Kind } from '../../../src/state/batch/access.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { digitAt } from '../../../src/state/tree/path.js';
import { readPath } from '../../../src/state/tree/read.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { NodeOverlay } from '../../../src/state/tree/store.js';
import { startChain } from './anvil.js';
import type { Chain } from './anvil.js';

const GAS = new URL('../../../contracts/state-proofs-gas.json', import.meta.url);

const storage = (slot: bigint): EntryKey => ({ address: 0xabcn, kind: 'storage', slot: toUint256(slot) });

/** Proofs of all of these, of which those with a value are in the tree. */
async function proofsOf(
  bitsPerLevel: 1 | 2,
  entries: readonly (EntryKey & { readonly value: bigint })[],
): Promise<MerkleProof[]> {
  const scheme = poseidonScheme(bitsPerLevel);
  const valued = entries.map((entry) => ({ ...entry, value: toUint256(entry.value) }));
  const change = await loadEntries(scheme, valued);
  const nodes = new NodeOverlay();
  nodes.add(change.nodes);
  return Promise.all(
    valued.map(async (entry) => {
      const path = await readPath(nodes, scheme, change.root, treeKey(entry));
      return merkleProof({ root: change.root, bitsPerLevel, entry, value: entry.value, path });
    }),
  );
}

const MANY = Array.from({ length: 60 }, (_, i) => ({
  ...storage(BigInt(i)),
  value: i % 2 === 0 ? 2n ** 256n - 1n - BigInt(i) : 0n,
}));

let chain: Chain;
let address: Hex;
let binary: MerkleProof[] = [];
let quad: MerkleProof[] = [];
beforeAll(async () => {
  binary = await proofsOf(1, MANY);
  quad = await proofsOf(2, MANY);
  chain = await startChain();
  const hash = await chain.writer.deployContract({
    abi: STATE_PROOFS_ABI,
    bytecode: await creationCode('StateProofs'),
  });
  address = (await chain.reader.waitForTransactionReceipt({ hash })).contractAddress!;
});
afterAll(() => chain?.stop());

/** The error by which the contract refuses; null if the proof holds. */
async function refusal({ root, entry, value, path }: StateProofArguments): Promise<string | null> {
  try {
    await chain.reader.readContract({
      abi: STATE_PROOFS_ABI,
      address,
      functionName: 'requireValue',
      args: [root, entry, value, path],
    });
    return null;
  } catch (error) {
    const reverted = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (reverted === null) throw error;
    return (reverted as ContractFunctionRevertedError).data?.errorName ?? 'no reason';
  }
}

const changed = (proof: MerkleProof, change: (args: StateProofArguments) => object): StateProofArguments => {
  const args = stateProofArguments(proof);
  return { ...args, ...change(args) } as StateProofArguments;
};
const inPath = (proof: MerkleProof, change: (path: StateProofArguments['path']) => object): StateProofArguments =>
  changed(proof, ({ path }) => ({ path: { ...path, ...change(path) } }));

describe('StateProofs', () => {
  it('may be deployed: its code is within what EIP-170 allows', async () => {
    const code = await chain.reader.getCode({ address });
    expect(size(code!)).toBeLessThanOrEqual(24_576);
  });

  it('accepts entries of every kind and both kinds of absence, in both trees, as JavaScript does', async () => {
    const kinds = (Object.keys(KINDS) as Kind[]).map((kind, i) => ({
      address: 2n ** 160n - 1n,
      kind,
      slot: toUint256(kind === 'storage' ? 2n ** 256n - 1n : 0n),
      value: BigInt(i % 4),
    }));
    const all = [...binary!, ...quad!, ...(await proofsOf(1, kinds)), ...(await proofsOf(2, kinds))];
    for (const proof of all) {
      expect(verifyMerkleProof(proof)).toEqual({ valid: true });
      await expect(chain.reader.call({ to: address, data: stateProofCalldata(proof) })).resolves.toEqual({
        data: undefined,
      });
    }
    expect(all.some(({ value, otherLeaf }) => value === 0n && otherLeaf === null)).toBe(true);
    expect(all.some(({ otherLeaf }) => otherLeaf !== null)).toBe(true);
  });

  it('accepts proofs of the empty tree, of a tree of one leaf, and of a path of 254 bits, but not of 255', async () => {
    for (const bits of [1, 2] as const) {
      const [absent] = await proofsOf(bits, [{ ...storage(1n), value: 0n }]);
      expect(absent!.root).toBe(0n);
      expect(await refusal(stateProofArguments(absent!))).toBeNull();
      expect(await refusal(changed(absent!, () => ({ value: 1n })))).toBe('OtherRoot');
      const [alone, beside] = await proofsOf(bits, [
        { ...storage(1n), value: 7n },
        { ...storage(2n), value: 0n },
      ]);
      expect(alone!.siblings).toEqual([]);
      expect(await refusal(stateProofArguments(alone!))).toBeNull();
      expect(await refusal(stateProofArguments(beside!))).toBeNull();
      // Any siblings fold to some root: the deepest path, and one level more.
      const width = 2 ** bits - 1;
      const deepest = pathOf(bits, 254 / bits, storage(1n), 7n);
      expect(await refusal(deepest)).toBeNull();
      expect(
        await refusal({
          ...deepest,
          path: { ...deepest.path, siblings: [...deepest.path.siblings, ...Array.from({ length: width }, () => 1n)] },
        }),
      ).toBe('MalformedPath');
    }
  });
});

/** A proof of a made-up tree: `levels` levels of siblings 1, 2, 3, ..., and the root that they lead to. */
function pathOf(bits: 1 | 2, levels: number, entry: EntryKey, value: bigint): StateProofArguments {
  const key = treeKey(entry);
  const width = 2 ** bits - 1;
  const siblings = Array.from({ length: levels }, (_, l) =>
    Array.from({ length: width }, (__, i) => toFr(BigInt(l * width + i + 1))),
  );
  const scheme = poseidonScheme(bits);
  let node = scheme.hashLeaf({ kind: 'leaf', key, value: scheme.leafValue(value) });
  for (let level = levels - 1; level >= 0; level--)
    node = scheme.hashInner(siblings[level]!.toSpliced(digitAt(key, level, bits), 0, toFr(node)));
  return stateProofArguments({
    root: toFr(node),
    ...entry,
    value: toUint256(value),
    bitsPerLevel: bits,
    siblings,
    otherLeaf: null,
  });
}

describe.each([
  ['binary', 1],
  ['quad', 2],
] as const)('a proof of a %s tree, beside one that holds,', (name, bits) => {
  const width = 2 ** bits - 1;
  const all = (): MerkleProof[] => (name === 'binary' ? binary! : quad!);
  const present = (): MerkleProof => all().find(({ value, siblings }) => value !== 0n && siblings.length > 1)!;
  const atLeaf = (): MerkleProof => all().find(({ otherLeaf }) => otherLeaf !== null)!;
  const atEmpty = (): MerkleProof => all().find(({ otherLeaf, value }) => otherLeaf === null && value === 0n)!;

  it('does not hold with any one number of it changed', async () => {
    for (const proof of [present(), atLeaf(), atEmpty()]) {
      expect(await refusal(stateProofArguments(proof))).toBeNull();
      expect(await refusal(changed(proof, ({ root }) => ({ root: root + 1n })))).toBe('OtherRoot');
      expect(
        await refusal(changed(proof, ({ entry }) => ({ entry: { ...entry, slot: entry.slot + 1000n } }))),
      ).not.toBeNull();
      expect(
        await refusal(changed(proof, ({ entry }) => ({ entry: { ...entry, account: `0x${'ab'.repeat(20)}` } }))),
      ).not.toBeNull();
      expect(await refusal(changed(proof, ({ entry }) => ({ entry: { ...entry, kind: 0 } })))).not.toBeNull();
      expect(await refusal(changed(proof, ({ entry }) => ({ entry: { ...entry, kind: 5 } })))).toBe('UnknownKind');
      for (const i of proof.siblings.flat().keys()) {
        expect(
          await refusal(inPath(proof, ({ siblings }) => ({ siblings: siblings.with(i, siblings[i]! + 1n) }))),
          `sibling ${i}`,
        ).toBe('OtherRoot');
      }
    }
    for (const change of [-1n, -present().value, -(2n ** 128n)])
      expect(await refusal(changed(present(), ({ value }) => ({ value: value + change })))).toBe('OtherRoot');
    for (const proof of [atLeaf(), atEmpty()])
      expect(await refusal(changed(proof, () => ({ value: 1n })))).toMatch(/PresentBesideOtherLeaf|OtherRoot/);
  });

  it('does not hold with a number that is another one modulo r', async () => {
    const proof = present();
    expect(await refusal(changed(proof, ({ root }) => ({ root: root + FIELD_ORDER })))).toBe('OtherRoot');
    for (const i of proof.siblings.flat().keys()) {
      expect(
        await refusal(inPath(proof, ({ siblings }) => ({ siblings: siblings.with(i, siblings[i]! + FIELD_ORDER) }))),
        `sibling ${i}`,
      ).toBe('SiblingOutOfRange');
    }
    expect(await refusal(stateProofArguments(atLeaf()))).toBeNull();
    expect(await refusal(inPath(atLeaf(), ({ otherKey }) => ({ otherKey: otherKey + FIELD_ORDER })))).toBe(
      'NotOtherLeaf',
    );
    expect(
      await refusal(
        inPath(atLeaf(), ({ otherValue }) => ({ otherValue: BigInt.asUintN(256, otherValue + FIELD_ORDER) })),
      ),
    ).toBe(
      // In a quad tree that is another value of 256 bits.
      bits === 1 ? 'NotOtherLeaf' : 'OtherRoot',
    );
    // The value whose upper half is r more, as far as 256 bits hold it, and the same of the slot.
    const off = BigInt.asUintN(256, FIELD_ORDER << 128n);
    for (const wrong of [proof.value ^ off, BigInt.asUintN(256, proof.value + off)])
      expect(await refusal(changed(proof, () => ({ value: wrong })))).toBe('OtherRoot');
    expect(await refusal(changed(proof, ({ entry }) => ({ entry: { ...entry, slot: off } })))).toBe('OtherRoot');
  });

  it('does not show an entry absent by its own leaf, in either spelling, or by a leaf from elsewhere', async () => {
    const proof = present();
    const own = { key: treeKey(proof), value: poseidonScheme(bits).leafValue(proof.value) };
    const absentBeside = (otherKey: bigint) =>
      changed(proof, ({ path }) => ({
        value: 0n,
        path: { ...path, otherLeaf: true, otherKey, otherValue: own.value },
      }));
    expect(await refusal(absentBeside(own.key))).toBe('NotOtherLeaf');
    expect(await refusal(absentBeside(own.key + FIELD_ORDER))).toBe('NotOtherLeaf');
    expect(await refusal(absentBeside(own.key ^ 1n))).toBe('NotOtherLeaf');
    expect(await refusal(inPath(atLeaf(), () => ({ otherValue: 0n })))).toBe('NotOtherLeaf');
  });

  it('does not hold with a level less, more, or by halves, or as one of the other tree', async () => {
    const proof = present();
    expect(await refusal(inPath(proof, ({ siblings }) => ({ siblings: siblings.slice(width) })))).toMatch(
      /OtherRoot|NotCanonical/,
    );
    expect(await refusal(inPath(proof, ({ siblings }) => ({ siblings: siblings.slice(0, -width) })))).toMatch(
      /OtherRoot|NotCanonical/,
    );
    expect(
      await refusal(
        inPath(proof, ({ siblings }) => ({ siblings: [...siblings, ...Array.from({ length: width }, () => 1n)] })),
      ),
    ).toBe('OtherRoot');
    if (width > 1)
      expect(await refusal(inPath(proof, ({ siblings }) => ({ siblings: siblings.slice(1) })))).toBe('MalformedPath');
    expect(await refusal(inPath(proof, () => ({ bitsPerLevel: 3 - bits })))).toMatch(
      /OtherRoot|NotCanonical|MalformedPath/,
    );
    for (const wrong of [0, 3])
      expect(await refusal(inPath(proof, () => ({ bitsPerLevel: wrong })))).toBe('UnknownTree');
  });

  it('is not taken for a lone leaf that is deeper than its path needs, nor for a node without children', async () => {
    const alone = pathOf(bits, 0, storage(1n), 7n);
    expect(await refusal(alone)).toBeNull();
    const empty = Array.from({ length: width }, () => toFr(0n));
    const { hashInner } = poseidonScheme(bits);
    const root = hashInner(empty.toSpliced(digitAt(treeKey(storage(1n)), 0, bits), 0, toFr(alone.root)));
    expect(await refusal({ ...alone, root, path: { ...alone.path, siblings: empty } })).toBe('NotCanonical');
    const nothing = hashInner([...empty, toFr(0n)]);
    expect(await refusal({ ...alone, root: nothing, value: 0n, path: { ...alone.path, siblings: empty } })).toBe(
      'NotCanonical',
    );
  });

  it('is not taken for one below a leaf, whose preimage is offered as the children of a node', async () => {
    // The tree of one leaf: the entry whose path leads to the second number is claimed absent there, and so on.
    const key = treeKey(storage(1n));
    const scheme = poseidonScheme(bits);
    const leaf = { kind: 'leaf', key, value: scheme.leafValue(7n << 128n) } as const;
    const root = toFr(scheme.hashLeaf(leaf));
    // The last limb of a quad tree's leaf is 0, as an empty child is.
    const children = bits === 1 ? [key, toFr(leaf.value)] : [toFr(1n), key, toFr(7n), toFr(0n)];
    for (let slot = 2n; slot < 10n; slot++) {
      const digit = digitAt(treeKey(storage(slot)), 0, bits);
      const siblings = children.toSpliced(digit, 1);
      const args = stateProofArguments({
        root,
        ...storage(slot),
        value: toUint256(0n),
        bitsPerLevel: bits,
        siblings: [siblings],
        otherLeaf: null,
      });
      expect(await refusal(args)).toBe('OtherRoot');
    }
    expect(await refusal(pathOf(bits, 0, storage(1n), 7n))).toBeNull();
  });
});

/** What a proof of a path of 24 bits costs as a transaction; ROOTSHIFT_GAS=write measures anew. */
it('costs the gas that contracts/state-proofs-gas.json says', async () => {
  const gas: Record<string, number> = {};
  for (const [name, bits] of [
    ['binary', 1],
    ['quad', 2],
  ] as const) {
    for (const depth of [12, 24]) {
      const { root, entry, value, path } = pathOf(bits, depth / bits, storage(1n), 7n);
      const data = encodeFunctionData({
        abi: STATE_PROOFS_ABI,
        functionName: 'requireValue',
        args: [root, entry, value, path],
      });
      const hash = await chain.writer.sendTransaction({ to: address, data, gas: 16_000_000n });
      const receipt = await chain.reader.waitForTransactionReceipt({ hash });
      expect(receipt.status).toBe('success');
      gas[`${name} tree, ${depth} bits`] = Number(receipt.gasUsed);
    }
  }
  if (process.env['ROOTSHIFT_GAS'] === 'write') writeFileSync(GAS, `${JSON.stringify(gas, null, 2)}\n`);
  const pinned = JSON.parse(readFileSync(GAS, 'utf8')) as Record<string, number>;
  expect(Object.keys(gas)).toEqual(Object.keys(pinned));
  for (const [name, amount] of Object.entries(pinned))
    expect(Math.abs(gas[name]! / amount - 1), `${name}: ${gas[name]}`).toBeLessThan(0.01);
});
