import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveAccount } from '../../../src/engine/prove-entry.js';
import { toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import {
  EthProofFileError,
  formatEthProof,
  merkleProofsOf,
  parseEthProof,
  verifyEthProof,
} from '../../../src/proof/verifier/eth-proof.js';
import type { EthProof } from '../../../src/proof/verifier/eth-proof.js';
import type { MerkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { stateProofCalldata } from '../../../src/proof/verifier/state-proofs.js';
import { STATE_PROOFS_ABI } from '../../../src/proof/verifier/state-proofs-abi.js';
import { creationCode } from '../../../src/settlement/contracts.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { startChain } from './anvil.js';
import type { Chain } from './anvil.js';

const ACCOUNT = 0xabcn;
const entry = (kind: 'balance' | 'nonce' | 'storage', slot: bigint, value: bigint) => ({
  address: ACCOUNT,
  kind,
  slot: toUint256(slot),
  value: toUint256(value),
});
const MANY = [
  entry('balance', 0n, 100n),
  entry('nonce', 0n, 1n),
  ...Array.from({ length: 30 }, (_, i) => entry('storage', BigInt(i), 2n ** 256n - 1n - BigInt(i))),
];

let chain: Chain;
let address: Hex;
beforeAll(async () => {
  chain = await startChain();
  const hash = await chain.writer.deployContract({
    abi: STATE_PROOFS_ABI,
    bytecode: await creationCode('StateProofs'),
  });
  address = (await chain.reader.waitForTransactionReceipt({ hash })).contractAddress!;
});
afterAll(() => chain?.stop());

async function proofIn(bitsPerLevel: 1 | 2, entries: typeof MANY, slots: readonly bigint[]): Promise<EthProof> {
  const scheme = poseidonScheme(bitsPerLevel);
  const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  if (entries.length > 0) await db.commit({ ...(await loadEntries(scheme, entries)), origin: 'load' });
  return proveAccount(db, { address: ACCOUNT, slots: slots.map(toUint256) });
}
const SLOTS = [0n, 7n, 100n, 101n, 102n, 103n];

describe.each([
  ['binary', 1],
  ['quad', 2],
] as const)('a proof in the shape of eth_getProof, of a %s tree,', (_, bits) => {
  it('comes through its text, holds, and holds on a chain', async () => {
    for (const entries of [[], MANY.slice(0, 1), MANY]) {
      const proof = await proofIn(bits, entries, SLOTS);
      const text = formatEthProof(proof);
      expect(parseEthProof(text)).toEqual(proof);
      expect(Object.keys(JSON.parse(text) as object)).toEqual([
        'address',
        'accountProof',
        'balance',
        'codeHash',
        'nonce',
        'storageHash',
        'storageProof',
      ]);
      expect(verifyEthProof(proof)).toEqual({ valid: true });
      const proofs = merkleProofsOf(proof) as MerkleProof[];
      expect(proofs).toHaveLength(3 + SLOTS.length);
      for (const one of proofs)
        await expect(chain.reader.call({ to: address, data: stateProofCalldata(one) })).resolves.toEqual({
          data: undefined,
        });
    }
  });

  it('does not hold with any number or node of it changed, left out or added', async () => {
    const proof = await proofIn(bits, MANY, SLOTS);
    expect(verifyEthProof(proof)).toEqual({ valid: true });
    const one = toUint256(1n);
    const [present, ...others] = proof.storageProof;
    const withFirst = (change: object): EthProof => ({
      ...proof,
      storageProof: [{ ...present!, ...change }, ...others],
    });
    const wrong: EthProof[] = [
      { ...proof, address: 0xabdn },
      { ...proof, balance: toUint256(101n) },
      { ...proof, balance: toUint256(0n) },
      { ...proof, nonce: toUint256(2n) },
      { ...proof, codeHash: one },
      { ...proof, storageHash: proof.accountProof[1]![0]! },
      withFirst({ key: toUint256(1n) }),
      withFirst({ value: one }),
      withFirst({ value: toUint256(0n) }),
      withFirst({ proof: [...present!.proof, proof.accountProof.at(-1)!] }),
      ...[...present!.proof.keys()].map((i) => withFirst({ proof: present!.proof.toSpliced(i, 1) })),
      ...[...proof.accountProof.keys()].map((i) => ({ ...proof, accountProof: proof.accountProof.toSpliced(i, 1) })),
      ...present!.proof.flatMap((node, i) =>
        [...node.keys()].map((j) => withFirst({ proof: present!.proof.with(i, node.with(j, toFr(node[j]! + 1n))) })),
      ),
      { ...proof, storageProof: [...others, { ...others.at(-1)!, value: one }] },
    ];
    for (const [i, changed] of wrong.entries())
      expect(verifyEthProof(changed), `change ${i}`).toEqual({ valid: false, reason: expect.any(String) });
  });

  it('fails with a leaf without its 1, with a limb that is too large, and with a node of the other tree', async () => {
    const proof = await proofIn(bits, MANY, [7n]);
    const [first] = proof.storageProof;
    const leaf = first!.proof.at(-1)!;
    expect(leaf.indexOf(toFr(1n))).toBe(bits === 1 ? 2 : 0);
    const withLeaf = (words: EthProof['accountProof'][number]): EthProof => ({
      ...proof,
      storageProof: [{ ...first!, proof: first!.proof.with(-1, words) }],
    });
    const wrong =
      bits === 1
        ? [leaf.with(2, toFr(2n)), leaf.slice(0, 1), [toFr(1n), ...leaf.slice(0, 3)]]
        : [leaf.with(0, toFr(2n)), leaf.with(2, toFr(1n << 128n)), leaf.slice(0, 3), leaf.slice(0, 2)];
    for (const words of wrong)
      expect(verifyEthProof(withLeaf(words))).toEqual({ valid: false, reason: expect.any(String) });
    expect(verifyEthProof(withLeaf(leaf))).toEqual({ valid: true });
  });

  it('is refused as a file with a number out of range, a field too many or too few, or what is no node', async () => {
    const document = JSON.parse(formatEthProof(await proofIn(bits, MANY, [0n]))) as {
      accountProof: string[];
      balance?: string;
    };
    const r = '30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001';
    const isRefused = (changed: object, says: RegExp): void => {
      expect(() => parseEthProof(JSON.stringify({ ...document, ...changed }))).toThrow(EthProofFileError);
      expect(() => parseEthProof(JSON.stringify({ ...document, ...changed }))).toThrow(says);
    };
    isRefused({ balance: `0x1${'0'.repeat(64)}` }, /balance: expected at most 32 bytes/);
    isRefused({ storageHash: `0x${r}` }, /storageHash: expected a field element/);
    isRefused({ accountProof: [`0x${r}${r}`] }, /accountProof\[0\]: expected words below the order of BN254/);
    isRefused(
      { accountProof: ['0xf90211'] },
      /accountProof\[0\]: expected a node: two, three or four words of 32 bytes, got "0xf90211"/,
    );
    isRefused({ more: 1 }, /expected only the fields/);
    const { balance: _balance, ...without } = document;
    expect(() => parseEthProof(JSON.stringify(without))).toThrow(/expected a field "balance", got none/);
  });
});
